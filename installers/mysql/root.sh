# shellcheck shell=bash
# root of the database server, and what no server should have. Only of a server that came with this install.

root_ensure() {
  if ! mysql_is_ours; then
    log_info "the database server was here before: its root and its defaults stay as they are"
    return 0
  fi
  if ! state_has secured; then
    root_secure
    state_set secured yes
  fi
  if [[ -n $ROOT_PASSWORD ]]; then
    if ! state_has root-password; then state_set root-password set; fi
    if ! mysql_login root "$ROOT_PASSWORD"; then log_info "setting the password of root"; root_set_password; fi
  elif state_has root-password; then
    log_info "taking away the password of root"
    root_take_password
    state_del root-password
  fi
}

# What mysql_secure_installation does: no accounts without a name, no root from elsewhere, no database for everybody.
root_secure() {
  mysql_run <<'SQL'
{{if SERVER=mariadb-server}}
DELETE FROM mysql.global_priv WHERE User = '' OR (User = 'root' AND Host NOT IN ('localhost', '127.0.0.1', '::1'));
{{else}}
DELETE FROM mysql.user WHERE User = '' OR (User = 'root' AND Host NOT IN ('localhost', '127.0.0.1', '::1'));
{{end}}
DELETE FROM mysql.db WHERE User = '';
DROP DATABASE IF EXISTS test;
FLUSH PRIVILEGES;
SQL
}

# MariaDB lets root in by the socket or with the password; in MySQL the password takes the socket's place, and scripts use
# the package's own account.
root_set_password() {
  mysql_run <<'SQL'
{{if SERVER=mariadb-server}}
ALTER USER 'root'@'localhost' IDENTIFIED VIA mysql_native_password USING PASSWORD({{mysql ROOT_PASSWORD}}) OR unix_socket;
{{else}}
ALTER USER 'root'@'localhost' IDENTIFIED WITH caching_sha2_password BY {{mysql ROOT_PASSWORD}};
{{end}}
SQL
}

root_take_password() {
  mysql_run <<'SQL'
{{if SERVER=mariadb-server}}
ALTER USER 'root'@'localhost' IDENTIFIED VIA mysql_native_password USING 'invalid' OR unix_socket;
{{else}}
ALTER USER 'root'@'localhost' IDENTIFIED WITH auth_socket;
{{end}}
SQL
}
