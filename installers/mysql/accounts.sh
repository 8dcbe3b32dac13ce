# shellcheck shell=bash
# The accounts. The state `accounts` lists those that this install made, in lines `USER HOST`.

account_exists() { [[ $(mysql_ask NAME="$1" HOST="$2" <<<'SELECT COUNT(*) FROM mysql.user WHERE BINARY User = {{mysql NAME}} AND Host = {{mysql HOST}};') == 1 ]]; }
account_drop() { mysql_run NAME="$1" HOST="$2" <<<'DROP USER IF EXISTS {{mysql NAME}}@{{mysql HOST}};'; }

# account_may HOST DATABASE: the user from there has been given something in the database.
account_may() {
  [[ $(mysql_ask HOST="$1" NAME="$2" <<<'SELECT COUNT(*) FROM mysql.db WHERE BINARY Db = {{mysql_like NAME}} AND BINARY User = {{mysql DATABASE_USER}} AND Host = {{mysql HOST}};') == 1 ]]
}

# accounts_ensure: the user can log in from everywhere it may, with this password, and do everything in the database.
accounts_ensure() {
  local host i
  for host in "${HOSTS[@]}"; do
    if ! account_exists "$DATABASE_USER" "$host"; then
      { state_get accounts; printf '%s %s\n' "$DATABASE_USER" "$host"; } | sort -u | write_file "$PURVEY_STATE_DIR/accounts" 0600
      undo account_drop "$DATABASE_USER" "$host"
      mysql_run HOST="$host" <<<'CREATE USER {{mysql DATABASE_USER}}@{{mysql HOST}} IDENTIFIED BY {{mysql DATABASE_PASSWORD}};'
    elif ! state_get accounts | grep -xF -e "$DATABASE_USER $host" >/dev/null; then
      fail_validation "database_user is not valid: there is a user $DATABASE_USER@$host already, who was not made here"
    fi
    if ! account_may "$host" "$DATABASE_NAME"; then
      mysql_run HOST="$host" <<<'GRANT ALL PRIVILEGES ON {{mysql_name_like DATABASE_NAME}}.* TO {{mysql DATABASE_USER}}@{{mysql HOST}};'
    fi
  done
  if mysql_login "$DATABASE_USER" "$DATABASE_PASSWORD" "$DATABASE_NAME"; then return 0; fi
  log_info "setting the password of $DATABASE_USER"
  # localhost, which is tried above, comes last: if it is right, so are the others.
  for ((i = ${#HOSTS[@]} - 1; i >= 0; i--)); do
    mysql_run HOST="${HOSTS[i]}" <<<'ALTER USER {{mysql DATABASE_USER}}@{{mysql HOST}} IDENTIFIED BY {{mysql DATABASE_PASSWORD}};'
  done
  mysql_login "$DATABASE_USER" "$DATABASE_PASSWORD" "$DATABASE_NAME" || fail_config "$DATABASE_USER cannot log in: $(head -n 1 "$TMPDIR/login.errors")"
}

# accounts_forget_former: drops the accounts of former names and hosts, and what the user could do in former databases.
accounts_forget_former() {
  local name host kept=''
  while read -r name host; do
    if [[ $name == "$DATABASE_USER" && " ${HOSTS[*]} " == *" $host "* ]]; then kept+="$name $host"$'\n'; else account_drop "$name" "$host"; fi
  done < <(state_get accounts)
  printf %s "$kept" | _write_raw "$PURVEY_STATE_DIR/accounts" 0600
  for name in $(state_get databases); do
    if [[ $name == "$DATABASE_NAME" ]]; then continue; fi
    for host in "${HOSTS[@]}"; do
      if account_may "$host" "$name"; then
        mysql_run HOST="$host" NAME="$name" <<<'REVOKE ALL PRIVILEGES ON {{mysql_name_like NAME}}.* FROM {{mysql DATABASE_USER}}@{{mysql HOST}};'
      fi
    done
  done
}
