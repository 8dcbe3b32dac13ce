#!/bin/bash
# Brings the newest good backup back. What is in the database now is lost.
# shellcheck source=../lib/purvey.sh
. lib/purvey.sh
# shellcheck source=mysql.sh
. ./mysql.sh

progress 5 "Looking for the newest good backup"
require_root
mysql_read_inputs
mysql_server
backup_newest
zcat -- "$BACKUP/database.sql.gz" | tail -n 1 | grep -q '^-- Dump completed' || fail_config "the backup ${BACKUP##*/} is not complete"
service_active "$UNIT" || service_start "$UNIT" || fail_config "the service $UNIT does not start: install again first"

progress 20 "Reading the backup ${BACKUP##*/} in"
database_drop "$DATABASE_NAME"
database_make
zcat -- "$BACKUP/database.sql.gz" | mysql_sql "$DATABASE_NAME" || fail_config "the backup ${BACKUP##*/} could not be read in"

progress 90 "Checking the user"
accounts_ensure
output backup "$BACKUP"
progress 100 "The database $DATABASE_NAME is as it was in the backup ${BACKUP##*/}"
