#!/bin/bash
# Installs a database server with a database and a user, or brings them in line with changed inputs.
# shellcheck source=../lib/purvey.sh
. lib/purvey.sh
# shellcheck source=mysql.sh
. ./mysql.sh

progress 2 "Checking the inputs"
require_root
require_systemd
mysql_read_inputs
port_require_free "$PORT" mariadbd mysqld
mysql_server

progress 8 "Installing packages"
if ! apt_installed "$SERVER"; then
  adopt_missing_user mysql
  adopt_missing_tree "$DATA_DIR" /etc/mysql /var/log/mysql /run/mysqld
fi
service_install "$UNIT" 8 60 "$SERVER"

progress 62 "Writing the configuration"
service_begin "$UNIT"
render my.cnf.in | write_file "$CONF"

progress 66 "Starting the server"
service_apply || fail_config "$UNIT does not run with this configuration"

progress 76 "Preparing the database and its user"
root_ensure
database_ensure
accounts_ensure
if [[ $ALLOW_REMOTE == true ]]; then firewall_allow "$PORT/tcp"; else firewall_allow; fi
txn_commit
service_enable "$UNIT"

progress 92 "Clearing what is not used any more"
accounts_forget_former
database_forget_former

if [[ $ALLOW_REMOTE == true ]]; then output host "$(uname -n)"; else output host 127.0.0.1; fi
output port "$PORT"
output database "$DATABASE_NAME"
output user "$DATABASE_USER"
output server "$(mysql_ask <<<'SELECT VERSION();')"
progress 100 "The database $DATABASE_NAME is ready on port $PORT"
