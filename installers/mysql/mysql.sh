# shellcheck shell=bash
# What the scripts share: the inputs, which server it is, and how to talk to it. SQL goes in by standard input and never
# by an argument, so that no secret shows in a list of processes.

# shellcheck source=database.sh
. ./database.sh
# shellcheck source=accounts.sh
. ./accounts.sh
# shellcheck source=root.sh
. ./root.sh

readonly DATA_DIR=/var/lib/mysql

mysql_read_inputs() {
  : "${DATABASE_NAME:=app}" "${DATABASE_USER:=app}" "${ROOT_PASSWORD:=}" "${ALLOW_REMOTE:=false}" "${REMOTE_HOST:=%}"
  : "${PORT:=3306}" "${MAX_CONNECTIONS:=151}" "${INNODB_BUFFER_POOL_MB:=128}" "${CHARACTER_SET:=utf8mb4}"
  input_match DATABASE_NAME '[A-Za-z_][A-Za-z0-9_]{0,63}' "it begins with a letter and consists of letters, digits and underscores"
  case ${DATABASE_NAME,,} in mysql | sys | information_schema | performance_schema) fail_validation "database_name is not valid: $DATABASE_NAME is the server's own" ;; esac
  input_match DATABASE_USER '[A-Za-z_][A-Za-z0-9_.-]{0,31}' "it begins with a letter and consists of letters, digits and . _ -"
  input_line DATABASE_PASSWORD 200
  if [[ -n $ROOT_PASSWORD ]]; then input_line ROOT_PASSWORD 200; fi
  input_bool ALLOW_REMOTE
  input_match REMOTE_HOST '[A-Za-z0-9.%:/_-]{1,60}' "it is an address, a host name or a pattern such as 10.0.0.%"
  input_port PORT
  input_integer MAX_CONNECTIONS 10 10000
  input_integer INNODB_BUFFER_POOL_MB 16 1048576
  input_choice CHARACTER_SET utf8mb4 latin1 ascii
  HOSTS=(localhost)
  if [[ $ALLOW_REMOTE == true && $REMOTE_HOST != localhost ]]; then HOSTS+=("$REMOTE_HOST"); fi
}

# mysql_server: sets SERVER to the package of the server that is here or will be, and UNIT and CONF to what belongs to it.
mysql_server() {
  local servers=(mariadb-server mysql-server)
  if grep -qx 'ID=ubuntu' /etc/os-release; then servers=(mysql-server mariadb-server); fi
  SERVER=$(apt_first "${servers[@]}") || fail_install "the archive has none of these packages: ${servers[*]}"
  # shellcheck disable=SC2034 # for the scripts that source this
  case $SERVER in
    mariadb-server) UNIT=mariadb CONF=/etc/mysql/mariadb.conf.d/90-purvey.cnf ;;
    mysql-server) UNIT=mysql CONF=/etc/mysql/mysql.conf.d/90-purvey.cnf ;;
  esac
}

# mysql_is_ours: the server and its data came with this install, so that its root and its defaults are ours to set.
mysql_is_ours() { apt_owned "$SERVER" && is_owned_tree "$DATA_DIR"; }

# mysql_sql [DATABASE]: runs the SQL of standard input as the server's root, who needs no password on the socket. A
# complaint about the SQL would quote it, and a secret with it, so only its number is passed on.
mysql_sql() {
  local as_root=(mariadb)
  # On Ubuntu the package keeps an account for scripts, in a file for root only.
  if [[ $SERVER == mysql-server ]]; then as_root=(mysql --defaults-file=/etc/mysql/debian.cnf); fi
  { printf "SET SESSION sql_mode = REPLACE(@@sql_mode, 'NO_BACKSLASH_ESCAPES', '');\n"; cat; } \
    | "${as_root[@]}" --protocol=socket --default-character-set=utf8mb4 --batch --raw --skip-column-names "$@" 2>"$TMPDIR/sql.errors" && return 0
  sed -E "s/( at line [0-9]+: You have an error in your SQL syntax).*/\1/" "$TMPDIR/sql.errors" >&2
  return 1
}

# mysql_run [NAME=VALUE...]: runs the template of standard input. mysql_ask prints the answer of one.
mysql_run() { render - "$@" | mysql_sql || fail_config "the database server refused it"; }
mysql_ask() { render - "$@" | mysql_sql; }

# mysql_login USER PASSWORD [DATABASE]: over TCP, where a password is needed, this one is right.
mysql_login() {
  local file=$TMPDIR/login.cnf client=mariadb
  if [[ $SERVER == mysql-server ]]; then client=mysql; fi
  (umask 077 && render - NAME="$1" VALUE="$2" >"$file") <<<$'[client]\nuser = {{ini NAME}}\npassword = {{ini VALUE}}'
  "$client" --defaults-file="$file" --protocol=tcp --host=127.0.0.1 --port="$PORT" --default-character-set=utf8mb4 --batch --execute='DO 1' \
    "${@:3}" >/dev/null 2>"$TMPDIR/login.errors"
}
