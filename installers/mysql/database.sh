# shellcheck shell=bash
# The database. The state `databases` lists those that this install made: one, but for a moment while its name changes.

database_exists() { [[ $(mysql_ask NAME="$1" <<<'SELECT COUNT(*) FROM information_schema.SCHEMATA WHERE BINARY SCHEMA_NAME = {{mysql NAME}};') == 1 ]]; }

# database_ensure: it is there, with everything that was in the one of the former name.
database_ensure() {
  local former made
  made=$(state_get databases)
  if database_exists "$DATABASE_NAME" && ! grep -qxF -e "$DATABASE_NAME" <<<"$made"; then
    fail_validation "database_name is not valid: there is a database $DATABASE_NAME already, which was not made here"
  fi
  for former in $made; do
    if [[ $former != "$DATABASE_NAME" ]] && database_exists "$former"; then
      # One that was begun and not finished is begun again: the former one goes last.
      database_drop "$DATABASE_NAME"
      database_make
      log_info "copying $former to $DATABASE_NAME"
      database_dump "$former" | mysql_sql "$DATABASE_NAME" || fail_config "$former could not be copied to $DATABASE_NAME"
      return 0
    fi
  done
  database_make
}

database_make() {
  { state_get databases; printf '%s\n' "$DATABASE_NAME"; } | sort -u | write_file "$PURVEY_STATE_DIR/databases" 0600
  if ! database_exists "$DATABASE_NAME"; then
    undo database_drop "$DATABASE_NAME"
    mysql_run <<<'CREATE DATABASE {{mysql_name DATABASE_NAME}} CHARACTER SET {{word CHARACTER_SET}} COLLATE {{word CHARACTER_SET}}_general_ci;'
  elif [[ $(mysql_ask <<<'SELECT DEFAULT_CHARACTER_SET_NAME FROM information_schema.SCHEMATA WHERE BINARY SCHEMA_NAME = {{mysql DATABASE_NAME}};') != "$CHARACTER_SET" ]]; then
    mysql_run <<<'ALTER DATABASE {{mysql_name DATABASE_NAME}} CHARACTER SET {{word CHARACTER_SET}} COLLATE {{word CHARACTER_SET}}_general_ci;'
  fi
}

database_drop() { mysql_run NAME="$1" <<<'DROP DATABASE IF EXISTS {{mysql_name NAME}};'; }

# database_dump NAME: prints it as SQL, all tables as of one moment.
database_dump() {
  local program=(mariadb-dump)
  if [[ $SERVER == mysql-server ]]; then program=(mysqldump --defaults-file=/etc/mysql/debian.cnf --no-tablespaces --set-gtid-purged=OFF); fi
  "${program[@]}" --protocol=socket --single-transaction --quick --routines --triggers --events --hex-blob --default-character-set=utf8mb4 -- "$1"
}

# database_forget_former: drops the one of the former name.
database_forget_former() {
  local former
  for former in $(state_get databases); do if [[ $former != "$DATABASE_NAME" ]]; then database_drop "$former"; fi; done
  state_set databases "$DATABASE_NAME"
}

# database_is_alone: nobody else has put a database into this server. The folders tell, also of one that does not run.
database_is_alone() {
  local folder name
  for folder in "$DATA_DIR"/*/; do
    name=${folder%/} name=${name##*/}
    case $name in '*' | mysql | sys | performance_schema | '#'* | lost+found) continue ;; esac
    if ! state_get databases | grep -xF -e "$name" >/dev/null; then log_warn "the server stays: it has the database $name"; return 1; fi
  done
}
