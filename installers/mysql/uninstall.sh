#!/bin/bash
# Takes away what install.sh made: the database, its user and its backups, and the server with all its data when it came
# with this install. A server that was there before, or in which somebody else has put a database, stays.
# shellcheck source=../lib/purvey.sh
. lib/purvey.sh
# shellcheck source=mysql.sh
. ./mysql.sh

progress 5 "Closing the port"
require_root
mysql_server
service_release "$UNIT"
firewall_allow

if mysql_is_ours && database_is_alone; then
  progress 20 "Removing packages and data"
  systemctl stop "$UNIT" 2>/dev/null || true
  remove_file "$CONF"
  apt_purge_owned
  disown_all
elif apt_installed "$SERVER"; then
  progress 20 "Removing the database and its user"
  service_active "$UNIT" || service_start "$UNIT" || fail_config "the database cannot be removed while the server does not run"
  while read -r name host; do account_drop "$name" "$host"; done < <(state_get accounts)
  for name in $(state_get databases); do database_drop "$name"; done

  progress 60 "Putting the settings of the server back"
  service_begin "$UNIT"
  remove_file "$CONF"
  service_apply || fail_config "$UNIT would not run without this configuration"
  txn_commit
fi
forget_install
progress 100 "The database is uninstalled"
