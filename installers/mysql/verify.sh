#!/bin/bash
# Checks that the server runs as the inputs say, and that the user can work in the database. Changes nothing.
# shellcheck source=../lib/purvey.sh
. lib/purvey.sh
# shellcheck source=mysql.sh
. ./mysql.sh

progress 10 "Checking the package and the service"
require_root
mysql_read_inputs
mysql_server
apt_installed "$SERVER" || fail_install "the package $SERVER is not installed"
service_require "$UNIT"

progress 40 "Checking the configuration"
render my.cnf.in >"$TMPDIR/my.cnf"
cmp -s -- "$TMPDIR/my.cnf" "$CONF" || fail_config "$CONF is not as it was written"
settings=$(mysql_ask <<<'SELECT @@port, @@max_connections, @@innodb_buffer_pool_size DIV 1048576 >= {{word INNODB_BUFFER_POOL_MB}};') || fail_config "the server does not answer"
[[ $settings == "$PORT"$'\t'"$MAX_CONNECTIONS"$'\t'1 ]] || fail_config "the server runs with other settings than the configuration's"

progress 70 "Logging in"
database_exists "$DATABASE_NAME" || fail_config "the database $DATABASE_NAME is gone"
mysql_login "$DATABASE_USER" "$DATABASE_PASSWORD" "$DATABASE_NAME" || fail_config "$DATABASE_USER cannot log in: $(head -n 1 "$TMPDIR/login.errors")"
for host in "${HOSTS[@]}"; do
  account_may "$host" "$DATABASE_NAME" || fail_config "$DATABASE_USER@$host may not work in $DATABASE_NAME"
done
if [[ -n $ROOT_PASSWORD ]] && mysql_is_ours; then mysql_login root "$ROOT_PASSWORD" || fail_config "the password of root was changed"; fi
progress 100 "The database $DATABASE_NAME is as it should be"
