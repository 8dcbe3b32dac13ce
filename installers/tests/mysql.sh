#!/bin/bash
# What only a direct call can show of mysql: servers that were there before, runs that are killed, and states in between.
# `purvey lab test installers/mysql` proves the rest. It installs and purges packages, so it runs only as root on a host
# that may be thrown away, and only when told so: PURVEY_THROWAWAY_HOST=yes tests/mysql.sh
# shellcheck disable=SC2016 # hostile text must not be expanded here
# shellcheck source=harness.sh
. "${BASH_SOURCE[0]%/*}/harness.sh"
if [[ ${PURVEY_THROWAWAY_HOST:-} != yes || $EUID != 0 || ! -d /run/systemd/system ]]; then
  echo "needs root, systemd, and PURVEY_THROWAWAY_HOST=yes on a host that may be thrown away" >&2
  exit 64
fi
apt-get update -qq || exit 64

PASSWORD=$'it\'s "so"; \\ %s `touch /pwned` $(touch /pwned) # -- é 日本 😀'
DB=(DATABASE_NAME=shop DATABASE_USER=shop DATABASE_PASSWORD="$PASSWORD" ALLOW_REMOTE=false PORT=3306 MAX_CONNECTIONS=151
  INNODB_BUFFER_POOL_MB=64 CHARACTER_SET=utf8mb4)
files() { find /etc /opt /root /srv /usr /var -xdev \( -path /var/cache/apt -o -path /var/lib/apt -o -path /var/lib/dpkg -o -path /var/log -o -path /var/cache/ldconfig -o -path /var/cache/debconf \) -prune -o -path "$INSTALLERS" -prune -o -print 2>/dev/null | sort; }
packages() { dpkg-query -W -f='${Package} ${db:Status-Status}\n' | sort; }
others() { getent passwd; getent group; systemctl list-unit-files --no-legend --no-pager | awk '{ print $1, $2 }' | grep -v '^run-'; find /etc/systemd /run/systemd/system | sort; }
stamps() { find /etc/mysql /etc/systemd "$WORK/state/mysql" -printf '%p %T@ %i %m %u\n' | sort; find /var/lib/mysql -mindepth 2 -printf '%p %T@ %i %m %u\n' | sort; stat -c '%n %Y' /var/lib/dpkg/status; }
started() { systemctl show --property ActiveEnterTimestampMonotonic --property MainPID --value mariadb; }
sql() { mariadb --batch --raw --skip-column-names --default-character-set=utf8mb4 "$@"; }
as_user() { # PASSWORD SQL [USER [DATABASE]]
  local password=${1//\\/\\\\}
  printf '[client]\nuser=%s\npassword="%s"\n' "${3:-shop}" "${password//\"/\\\"}" >"$WORK/login.cnf"
  mariadb --defaults-file="$WORK/login.cnf" --protocol=tcp --host=127.0.0.1 --port="${PORT:-3306}" --default-character-set=utf8mb4 --batch --skip-column-names "${4:-shop}" <<<"$2"
}

files >"$WORK/files.before"; packages >"$WORK/packages.before" && others >"$WORK/others.before"

echo "# refusals before anything is touched"
refused() { # BEHAVIOUR MESSAGE INPUT...
  local behaviour=$1 message=$2
  shift 2
  check "$behaviour ends with 1" job_ends_with 1 mysql install.sh "${DB[@]}" "$@"
  check "... and says so" contains "$(<"$LOG")" "$message"
}
refused "a database with a command" "database_name is not valid" DATABASE_NAME='a`; DROP'
refused "the server's own database" "the server's own" DATABASE_NAME=mysql
refused "no password" "database_password is not set" DATABASE_PASSWORD=
refused "a password of two lines" "database_password is not valid" DATABASE_PASSWORD=$'a\nb'
refused "a host with a quote" "remote_host is not valid" ALLOW_REMOTE=true REMOTE_HOST="x'"
refused "a number of connections with a command" "max_connections is not valid" MAX_CONNECTIONS='x[$(touch /pwned)]'
check "nothing was installed meanwhile" equal "$(packages)" "$(<"$WORK/packages.before")"

echo "# install"
check "it installs" job_ends_with 0 mysql install.sh "${DB[@]}"
check "it started once" equal "$(journalctl -q -u mariadb -o cat | grep -c '^Started')" 1
check "the user can work in the database" equal "$(as_user "$PASSWORD" 'CREATE TABLE t (x TEXT); INSERT INTO t VALUES ("é 😀"); SELECT x FROM t')" 'é 😀'
check "... and nowhere else" not as_user "$PASSWORD" 'CREATE DATABASE other'
check "... nor in one whose name differs where a pattern would not" not as_user "$PASSWORD" 'SELECT 1 FROM mysql.user'
check "root needs no password on the socket" equal "$(sql -e 'SELECT CURRENT_USER()')" root@localhost
check "... and has none" not as_user "" 'SELECT 1' root mysql
check "no other account can log in" equal "$(sql -e "SELECT CONCAT(User, '@', Host) FROM mysql.global_priv ORDER BY 1")" $'mariadb.sys@localhost\nmysql@localhost\nroot@localhost\nshop@localhost'
check "it listens to this host only" equal "$(ss -Hltn 'sport = 3306' | awk '{ print $4 }')" 127.0.0.1:3306
check "the password is in no file" not grep -rlF "it's \"so\"" /etc /var/lib/mysql /var/log /run/systemd "$WORK/state/mysql" "$LOG"
check "nothing was executed" not test -e /pwned
check "verify passes" job_ends_with 0 mysql verify.sh "${DB[@]}"
before=$(stamps; started)
sleep 1.1
check "a second run succeeds" job_ends_with 0 mysql install.sh "${DB[@]}"
check "it touches no file and restarts nothing" equal "$(stamps; started)" "$before"

echo "# reconfigure keeps data"
check "another password" job_ends_with 0 mysql install.sh "${DB[@]}" DATABASE_PASSWORD='another one'
check "... is the one" equal "$(as_user 'another one' 'SELECT COUNT(*) FROM t')" 1
check "... without a restart" equal "$(started)" "$(tail -n 2 <<<"$before")"
check "... and the former one is not" not as_user "$PASSWORD" 'SELECT 1'
check "another port, other machines, another name and user" job_ends_with 0 mysql install.sh "${DB[@]}" PORT=3307 ALLOW_REMOTE=true REMOTE_HOST='10.%' DATABASE_NAME=shop_2 DATABASE_USER=new.user MAX_CONNECTIONS=77
check "... with the data" equal "$(PORT=3307 as_user "$PASSWORD" 'SELECT x FROM t' new.user shop_2)" 'é 😀'
check "the former database and user are gone" equal "$(sql -e "SHOW DATABASES LIKE 'shop%'; SELECT CONCAT(User, '@', Host) FROM mysql.global_priv WHERE User LIKE '%shop%' OR User LIKE 'new%' ORDER BY 1")" $'shop_2\nnew.user@10.%\nnew.user@localhost'
check "the underscore in the name is no wildcard" equal "$(sql -e "SELECT DISTINCT Db FROM mysql.db WHERE User = 'new.user'")" 'shop\_2'
check "verify passes" job_ends_with 0 mysql verify.sh "${DB[@]}" PORT=3307 ALLOW_REMOTE=true REMOTE_HOST='10.%' DATABASE_NAME=shop_2 DATABASE_USER=new.user MAX_CONNECTIONS=77
check "back again" job_ends_with 0 mysql install.sh "${DB[@]}" CHARACTER_SET=latin1
check "... with the data" equal "$(as_user "$PASSWORD" 'SELECT x FROM t')" 'é 😀'
check "... and the other character set for new tables" contains "$(sql -e 'SHOW CREATE DATABASE shop')" latin1
check "a password for root" job_ends_with 0 mysql install.sh "${DB[@]}" ROOT_PASSWORD="root's \"secret\" \\ é"
check "... works" equal "$(as_user "root's \"secret\" \\ é" 'SELECT CURRENT_USER()' root mysql)" root@localhost
check "... and the socket still does" sql -e 'SELECT 1'
before=$(stamps; started)
check "again" job_ends_with 0 mysql install.sh "${DB[@]}" ROOT_PASSWORD="root's \"secret\" \\ é"
check "... touches nothing" equal "$(stamps; started)" "$before"
check "without it" job_ends_with 0 mysql install.sh "${DB[@]}"
check "... it is gone" not as_user "root's \"secret\" \\ é" 'SELECT 1' root mysql

echo "# failures"
sql -e 'CREATE DATABASE theirs; CREATE USER theirs@localhost'
check "a database of somebody else is left alone" job_ends_with 1 mysql install.sh "${DB[@]}" DATABASE_NAME=theirs
check "a user of somebody else is left alone" job_ends_with 1 mysql install.sh "${DB[@]}" DATABASE_USER=theirs
check "all is as before" job_ends_with 0 mysql verify.sh "${DB[@]}"
sql -e 'DROP USER theirs@localhost'
printf '[mysqld]\nnonsense = 1\n' >/etc/mysql/mariadb.conf.d/99-other.cnf
check "a server that does not start ends with 3" job_ends_with 3 mysql install.sh "${DB[@]}" MAX_CONNECTIONS=99
check "... and says why" contains "$(<"$LOG")" nonsense
check "... and the former file is back" grep -q 'max_connections = 151' /etc/mysql/mariadb.conf.d/90-purvey.cnf
rm /etc/mysql/mariadb.conf.d/99-other.cnf
check "the next attempt mends it" job_ends_with 0 mysql install.sh "${DB[@]}"
# A change of the name that was killed when the copy was there and not complete.
sql -e 'CREATE DATABASE shop_3; CREATE TABLE shop_3.half (x INT)'
printf 'shop\nshop_3\n' >"$WORK/state/mysql/databases"
check "a copy that was broken off is made anew" job_ends_with 0 mysql install.sh "${DB[@]}" DATABASE_NAME=shop_3
check "... with all data and nothing else" equal "$(sql -e 'SELECT x FROM shop_3.t; SHOW TABLES IN shop_3')" $'é 😀\nt'
job mysql install.sh "${DB[@]}"

echo "# backup and restore"
check "a backup" job_ends_with 0 mysql backup.sh "${DB[@]}"
check "... is for root only" equal "$(find "$WORK/state/mysql/backups" -printf '%m\n' | sort -u)" $'600\n700'
sql -e 'DROP TABLE shop.t; DROP USER shop@localhost'
check "verify finds damage" job_ends_with 3 mysql verify.sh "${DB[@]}"
check "a restore" job_ends_with 0 mysql restore.sh "${DB[@]}"
check "... brings data and user back" equal "$(as_user "$PASSWORD" 'SELECT x FROM t')" 'é 😀'
sql -e 'INSERT INTO shop.t VALUES ("later")'
sleep 1
check "another backup" job_ends_with 0 mysql backup.sh "${DB[@]}"
echo x >>"$(find "$WORK/state/mysql/backups" -name '*.gz' | sort | tail -n 1)"
check "a damaged backup is passed over" job_ends_with 0 mysql restore.sh "${DB[@]}"
check "... for the one before" equal "$(as_user "$PASSWORD" 'SELECT COUNT(*) FROM t')" 1
systemctl stop mariadb && rm -r /var/lib/mysql/shop
check "a restore after the files are gone" job_ends_with 0 mysql restore.sh "${DB[@]}"
check "... brings them back" equal "$(as_user "$PASSWORD" 'SELECT x FROM t')" 'é 😀'
systemctl stop mariadb
check "a backup of a server that does not run ends with 2" job_ends_with 2 mysql backup.sh "${DB[@]}"
check "... and leaves no half of one" equal "$(find "$WORK/state/mysql/backups" -mindepth 1 -maxdepth 1 | wc -l)" 2
ACTION=upgrade check "upgrade succeeds, and starts it again" job_ends_with 0 mysql install.sh "${DB[@]}"

echo "# uninstall"
check "with a database of others it uninstalls" job_ends_with 0 mysql uninstall.sh
check "... and the server stays, with theirs" equal "$(sql -e "SHOW DATABASES LIKE 'theirs'; SHOW DATABASES LIKE 'shop'")" theirs
check "... without the user and the settings" equal "$(sql -e "SELECT COUNT(*) FROM mysql.global_priv WHERE User = 'shop'"; find /etc/mysql -name '*purvey*')" 0
check "it installs into that server" job_ends_with 0 mysql install.sh "${DB[@]}" ROOT_PASSWORD=ignored-here
check "... and leaves its root alone" not as_user ignored-here 'SELECT 1' root mysql
check "... and uninstalls from it" job_ends_with 0 mysql uninstall.sh
check "... theirs is still there" sql -e 'USE theirs'
apt-get purge -y -qq 'mariadb-*' mysql-common galera-4 >/dev/null 2>&1 && apt-get autoremove --purge -y -qq >/dev/null 2>&1
rm -rf /var/lib/mysql /etc/mysql /run/mysqld && userdel mysql
packages >"$WORK/packages.before"; files >"$WORK/files.before"; others >"$WORK/others.before"
check "it installs anew" job_ends_with 0 mysql install.sh "${DB[@]}"
job mysql backup.sh "${DB[@]}"
systemctl stop mariadb
check "it uninstalls, though the server does not run" job_ends_with 0 mysql uninstall.sh
files >"$WORK/files.after"; packages >"$WORK/packages.after" && others >"$WORK/others.after"
check "no package is left" diff "$WORK/packages.before" "$WORK/packages.after"
check "no file is left" diff "$WORK/files.before" "$WORK/files.after"
check "no user, group or unit is left" diff "$WORK/others.before" "$WORK/others.after"
check "no state is left" equal "$(ls -A "$WORK/state/mysql")" ""
check "uninstall can run again" job_ends_with 0 mysql uninstall.sh
finish
