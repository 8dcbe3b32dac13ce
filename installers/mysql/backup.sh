#!/bin/bash
# Keeps a copy of the database, as of one moment, in the install's own folder.
# shellcheck source=../lib/purvey.sh
. lib/purvey.sh
# shellcheck source=mysql.sh
. ./mysql.sh

progress 5 "Writing out the database"
require_root
mysql_read_inputs
mysql_server
backup_begin
database_dump "$DATABASE_NAME" | gzip >"$BACKUP/database.sql.gz"

progress 80 "Checking what was written"
zcat -- "$BACKUP/database.sql.gz" | tail -n 1 | grep -q '^-- Dump completed' || fail_install "the server broke off in the middle"
backup_commit 7
output backup "$BACKUP"
progress 100 "The backup ${BACKUP##*/} is complete"
