#!/bin/bash
# nginx from install to uninstall on a real Debian or Ubuntu host with systemd. It installs and purges packages, so it runs
# only as root on a host that may be thrown away, and only when told so: PURVEY_THROWAWAY_HOST=yes tests/nginx.sh
# shellcheck disable=SC2016 # hostile text must not be expanded here
# shellcheck source=harness.sh
. "${BASH_SOURCE[0]%/*}/harness.sh"
if [[ ${PURVEY_THROWAWAY_HOST:-} != yes || $EUID != 0 || ! -d /run/systemd/system ]]; then
  echo "needs root, systemd, and PURVEY_THROWAWAY_HOST=yes on a host that may be thrown away" >&2
  exit 64
fi

CONF=/etc/nginx/conf.d/purvey-site.conf
SITE=(SERVER_NAME=example.com ADMIN_EMAIL=admin@example.com ENABLE_SSL=false HTTP_PORT=80 WORKER_PROCESSES=auto
  WORKER_CONNECTIONS=1024 DOCUMENT_ROOT=/var/www/site CLIENT_MAX_BODY_SIZE=16m)
TLS=(ENABLE_SSL=true HTTPS_PORT=443)

files() { find /etc /opt /root /srv /usr /var -xdev \( -path /var/cache/apt -o -path /var/lib/apt -o -path /var/lib/dpkg -o -path /var/log -o -path /var/cache/ldconfig -o -path /var/cache/debconf \) -prune -o -path "$INSTALLERS" -prune -o -print | sort; }
packages() { dpkg-query -W -f='${Package} ${db:Status-Status}\n' | sort; }
others() { getent passwd; getent group; systemctl list-unit-files --no-legend --no-pager | awk '{ print $1, $2 }'; find /run/systemd/system /etc/systemd | sort; }
stamps() { find /etc/nginx /var/www /etc/systemd "$WORK/state/nginx" -printf '%p %T@ %i %m %u\n' | sort; stat -c '%n %Y' /var/lib/dpkg/status; }
started() { systemctl show --property ActiveEnterTimestampMonotonic --property MainPID --value nginx; cat "/proc/$(systemctl show --property MainPID --value nginx)/task/"*/children; }
get() { curl -sk --max-time 5 "$@"; }
code() { get -o /dev/null -w '%{http_code}' "$@"; }
site() { get -H 'Host: example.com' http://127.0.0.1/; }

files >"$WORK/files.before" && packages >"$WORK/packages.before" && others >"$WORK/others.before"

echo "# refusals before anything is touched"
refused() { # BEHAVIOUR MESSAGE INPUT...
  local behaviour=$1 message=$2
  shift 2
  check "$behaviour ends with 1" job_ends_with 1 nginx install.sh "${SITE[@]}" "$@"
  check "... and says so" contains "$(<"$LOG")" "$message"
}
refused "no host name" "server_name is not set" SERVER_NAME=
refused "a host name with a command" "server_name is not valid" SERVER_NAME='a;$(touch /pwned)'
refused "a host name with a line break" "server_name is not valid" SERVER_NAME=$'a\nb'
refused "a host name with other letters" "server_name is not valid" SERVER_NAME='bücher.example'
refused "a port that is none" "http_port is not valid" HTTP_PORT=70000
refused "a port with a command" "http_port is not valid" HTTP_PORT='x[$(touch /pwned)]'
refused "a number of connections with a command" "worker_connections is not valid" WORKER_CONNECTIONS='x[$(touch /pwned)]'
refused "one port for both" "both 80" "${TLS[@]}" HTTPS_PORT=80
refused "a system folder as document root" "belongs to the system" DOCUMENT_ROOT=/var/www/../../etc/nginx
refused "a document root with a line break" "control character" DOCUMENT_ROOT=$'/srv/a\nb'
refused "a certificate without its key" "given together" "${TLS[@]}" SSL_CERTIFICATE=/etc/hostname
refused "a certificate that is not there" "no file" "${TLS[@]}" SSL_CERTIFICATE=/nowhere SSL_CERTIFICATE_KEY=/nowhere
systemd-run --quiet --unit port-taker systemd-socket-activate -l 127.0.0.1:8099 /bin/true
sleep 0.5
refused "a port that another program has" "port 8099 is taken by another program: systemd-socket" HTTP_PORT=8099
systemctl stop port-taker
check "nothing was installed meanwhile" equal "$(packages)" "$(<"$WORK/packages.before")"
check "nothing was executed" not test -e /pwned

echo "# install"
check "it installs" job_ends_with 0 nginx install.sh "${SITE[@]}"
check "the page names the site" contains "$(site)" "<title>example.com</title>"
check "the page has the contact" contains "$(site)" "mailto:admin@example.com"
check "the output is the address" equal "$(output_of url)" "http://example.com/"
check "progress ends at 100" contains "$(tail -n 2 "$WORK/progress")" percent=100
check "progress never goes back" bash -c 'sed -n s/^percent=//p "$1" | sort -nC' _ "$WORK/progress"
check "no error was logged" not grep -qs . /var/log/nginx/error.log
check "it started once" equal "$(journalctl -q -u nginx -o cat | grep -c '^Started')" 1
check "it starts at boot" systemctl is-enabled --quiet nginx
check "no hold is left" not test -e /run/systemd/system/nginx.service.d
check "verify passes" job_ends_with 0 nginx verify.sh "${SITE[@]}"

echo "# again without a change"
before=$(stamps; started)
sleep 1.1
check "a second run succeeds" job_ends_with 0 nginx install.sh "${SITE[@]}"
check "it touches no file and no process" equal "$(stamps; started)" "$before"

echo "# reconfigure"
check "another port" job_ends_with 0 nginx install.sh "${SITE[@]}" HTTP_PORT=8080
check "the site is on the new port" equal "$(code -H 'Host: example.com' http://127.0.0.1:8080/)" 200
check "the old port is closed" equal "$(code http://127.0.0.1:80/)" 000
check "the output has the port" equal "$(output_of url)" "http://example.com:8080/"
check "it was reloaded and not restarted" equal "$(journalctl -q -u nginx -o cat | grep -c '^Started')" 1
check "workers and limits" job_ends_with 0 nginx install.sh "${SITE[@]}" WORKER_PROCESSES=3 WORKER_CONNECTIONS=4096 CLIENT_MAX_BODY_SIZE=1k
check "as many workers as asked for" equal "$(started | tail -n 1 | wc -w)" 3
check "no complaint about open files" not grep -q 'exceed open file' /var/log/nginx/error.log
check "a large upload is refused" equal "$(head -c 3000 /dev/zero | code -H 'Host: example.com' --data-binary @- http://127.0.0.1/)" 413
check "another name shows on the page" job_ends_with 0 nginx install.sh "${SITE[@]}" SERVER_NAME='one.example *.two.example'
check "... and answers" contains "$(get -H 'Host: x.two.example' http://127.0.0.1/)" "<title>one.example *.two.example</title>"
check "any name" job_ends_with 0 nginx install.sh "${SITE[@]}" SERVER_NAME=_
check "... and verify follows" job_ends_with 0 nginx verify.sh "${SITE[@]}" SERVER_NAME=_

echo "# https"
check "https on, self-signed" job_ends_with 0 nginx install.sh "${SITE[@]}" "${TLS[@]}"
check "the page comes over https" contains "$(get --cacert /etc/nginx/purvey/tls.crt --connect-to ::127.0.0.1:443 https://example.com/)" "<title>example.com</title>"
check "http sends there" contains "$(get -o /dev/null -w '%{redirect_url}' -H 'Host: example.com' http://127.0.0.1/x?y)" "https://example.com/x?y"
check "old protocols are refused" not openssl s_client -connect 127.0.0.1:443 -tls1_1 </dev/null
check "http/2" equal "$(get --http2 -o /dev/null -w '%{http_version}' --connect-to ::127.0.0.1:443 https://example.com/)" 2
check "the key is for root only" equal "$(stat -c '%a %U' /etc/nginx/purvey/tls.key)" "600 root"
check "the fingerprint is an output" equal "$(output_of certificate_sha256 | wc -c)" 65
check "verify passes over https" job_ends_with 0 nginx verify.sh "${SITE[@]}" "${TLS[@]}"
before=$(stamps; started)
check "a second run over https succeeds" job_ends_with 0 nginx install.sh "${SITE[@]}" "${TLS[@]}"
check "it makes no new certificate" equal "$(stamps; started)" "$before"
check "another https port" job_ends_with 0 nginx install.sh "${SITE[@]}" "${TLS[@]}" HTTPS_PORT=8443
check "http sends to that port" equal "$(get -o /dev/null -w '%{redirect_url}' -H 'Host: example.com' http://127.0.0.1/)" "https://example.com:8443/"
dir="$WORK/own cert \"x\" é"
mkdir "$dir"
openssl req -x509 -newkey rsa:2048 -nodes -days 9 -subj /CN=own -keyout "$dir/key.pem" -out "$dir/cert.pem" 2>/dev/null
openssl genrsa -out "$dir/other.pem" 2048 2>/dev/null
OWN=("${TLS[@]}" SSL_CERTIFICATE="$dir/cert.pem" SSL_CERTIFICATE_KEY="$dir/key.pem")
check "a given certificate" job_ends_with 0 nginx install.sh "${SITE[@]}" "${OWN[@]}"
check "it is the one that is served" equal "$(openssl s_client -connect 127.0.0.1:443 </dev/null 2>/dev/null | openssl x509 -noout -subject -nameopt RFC2253)" "subject=CN=own"
check "the self-signed one is gone" not test -e /etc/nginx/purvey/tls.key
check "verify passes with it" job_ends_with 0 nginx verify.sh "${SITE[@]}" "${OWN[@]}"
before=$(<"$CONF")
check "a key of another certificate ends with 1" job_ends_with 1 nginx install.sh "${SITE[@]}" "${OWN[@]}" SSL_CERTIFICATE_KEY="$dir/other.pem"
check "the site is as before" equal "$(<"$CONF")" "$before"
openssl req -x509 -key "$dir/key.pem" -days 9 -subj /CN=renewed -out "$dir/cert.pem" 2>/dev/null
check "verify sees a renewed certificate that was not loaded" job_ends_with 3 nginx verify.sh "${SITE[@]}" "${OWN[@]}"
check "https off again" job_ends_with 0 nginx install.sh "${SITE[@]}"
check "its port is closed" equal "$(code https://127.0.0.1/)" 000
check "nothing of it is left" not test -e /etc/nginx/purvey

echo "# hostile document roots land literally"
for root in '/srv/a b' '/srv/$HOME $document_root ${x}' '/srv/"; } evil { "' "/srv/it's \\n \\" '/srv/日本 é' '/srv/`touch /pwned`$(touch /pwned);&|<>*?#{}'; do
  check "document root $root" job_ends_with 0 nginx install.sh "${SITE[@]}" DOCUMENT_ROOT="$root"
  check "... exists and is served" bash -c 'echo mark >"$1/m.txt" && [[ $(curl -s -H "Host: example.com" http://127.0.0.1/m.txt) == mark ]] && rm "$1/m.txt"' _ "$root"
done
check "nothing was executed" not test -e /pwned
check "a hostile contact is only text" job_ends_with 0 nginx install.sh "${SITE[@]}" ADMIN_EMAIL=$'a"<b>;\n} $(touch /pwned)@x.example'
check "... in the configuration and on the page" contains "$(site)" 'a&quot;&lt;b&gt;; } $(touch /pwned)@x.example'
check "the former roots are gone" equal "$(ls -A /srv)" ""
check "nothing was executed by it" not test -e /pwned

echo "# broken"
systemctl stop nginx
check "verify finds a stopped service" job_ends_with 3 nginx verify.sh "${SITE[@]}"
check "install starts it again" job_ends_with 0 nginx install.sh "${SITE[@]}"
echo '# edited' >>"$CONF"
check "verify finds an edited configuration" job_ends_with 3 nginx verify.sh "${SITE[@]}"
check "install puts it right" job_ends_with 0 nginx install.sh "${SITE[@]}"
echo 'nonsense;' >/etc/nginx/conf.d/other.conf
before=$(md5sum "$CONF" /etc/nginx/nginx.conf /var/www/site/index.html)
check "a configuration that nginx refuses ends with 3" job_ends_with 3 nginx install.sh "${SITE[@]}" HTTP_PORT=8081 DOCUMENT_ROOT=/srv/new WORKER_PROCESSES=2
check "... says what nginx said" contains "$(<"$LOG")" nonsense
check "... and everything is as before" equal "$(md5sum "$CONF" /etc/nginx/nginx.conf /var/www/site/index.html; ls -A /srv)" "$before"
check "the old site is still served" contains "$(site)" example.com
printf 'server { listen 80; server_name example.com; }\n' >/etc/nginx/conf.d/other.conf
check "a name that another site has ends with 3" job_ends_with 3 nginx install.sh "${SITE[@]}" CLIENT_MAX_BODY_SIZE=2m
rm /etc/nginx/conf.d/other.conf
# A port that is taken between the check and the reload: nginx stays with the former configuration and says nothing.
printf 'server { listen 127.0.0.1:8099; }\n' >/etc/nginx/conf.d/other.conf
systemd-run --quiet --unit port-taker systemd-socket-activate -l 127.0.0.1:8099 /bin/true
sleep 0.5
check "a reload that nginx does not follow ends with 3" job_ends_with 3 nginx install.sh "${SITE[@]}" CLIENT_MAX_BODY_SIZE=2m
check "... and the former file is back" contains "$(<"$CONF")" "client_max_body_size 16m"
systemctl stop port-taker
rm /etc/nginx/conf.d/other.conf
# A run that is terminated while it tests the configuration.
printf '#!/bin/sh\nsleep 3\nexec /usr/sbin/nginx "$@"\n' >/usr/local/sbin/nginx && chmod 0755 /usr/local/sbin/nginx
before=$(md5sum "$CONF" /etc/nginx/nginx.conf /var/www/site/index.html; started)
(RUNNER=(systemd-run --quiet --scope --unit ended-job) && job nginx install.sh "${SITE[@]}" WORKER_PROCESSES=2 SERVER_NAME=ended.example; echo "$RC" >"$WORK/rc") &
for ((i = 0; i < 400; i++)); do if grep -qs 'ended.example' "$CONF" && pgrep -x sleep >/dev/null; then break; fi; sleep 0.05; done
systemctl kill --signal TERM ended-job.scope
wait
rm /usr/local/sbin/nginx
check "a run that is terminated says so" equal "$(<"$WORK/rc")" 143
check "... and puts everything back" equal "$(md5sum "$CONF" /etc/nginx/nginx.conf /var/www/site/index.html; started)" "$before"
# A run that was killed between writing and loading.
sed -i 's/16m/17m/' "$CONF" && echo yes >"$WORK/state/nginx/pending"
check "a run after a crash succeeds" job_ends_with 0 nginx install.sh "${SITE[@]}" CLIENT_MAX_BODY_SIZE=17m
check "... and loads what it found" contains "$(<"$LOG")" "reloading nginx"
ACTION=upgrade check "upgrade succeeds" job_ends_with 0 nginx install.sh "${SITE[@]}"

echo "# uninstall"
echo mine >/var/www/site/mine.html
check "it uninstalls" job_ends_with 0 nginx uninstall.sh "${SITE[@]}"
check "pages of others stay" equal "$(ls /var/www/site)" mine.html
rm -r /var/www/site && rmdir --ignore-fail-on-non-empty /var/www
files >"$WORK/files.after" && packages >"$WORK/packages.after" && others >"$WORK/others.after"
check "no package is left" diff "$WORK/packages.before" "$WORK/packages.after"
check "no file is left" diff "$WORK/files.before" "$WORK/files.after"
check "no user, group or unit is left" diff "$WORK/others.before" "$WORK/others.after"
check "no process is left" not pgrep -x nginx
check "no state is left" equal "$(ls -A "$WORK/state/nginx")" ""
check "uninstall can run again" job_ends_with 0 nginx uninstall.sh "${SITE[@]}"

echo "# where the host has an nginx of its own"
check "it installs once more" job_ends_with 0 nginx install.sh "${SITE[@]}"
check "a clean uninstall" job_ends_with 0 nginx uninstall.sh
check "the document root is gone too" not test -e /var/www/site
apt-get install -y -qq --no-install-recommends nginx >/dev/null 2>&1
printf 'server { listen 81; root /srv; }\n' >/etc/nginx/sites-enabled/theirs
sed -i 's/worker_processes auto;/worker_processes 2;/; s/worker_connections 768;/worker_connections 500;/; 1i worker_rlimit_nofile 60000;' /etc/nginx/nginx.conf
systemctl reload nginx
find /etc/nginx -type f -exec md5sum {} + | sort >"$WORK/theirs.before"
check "it joins an nginx that is there" job_ends_with 0 nginx install.sh "${SITE[@]}"
check "a higher limit of open files stays" grep -q 'worker_rlimit_nofile 60000;' /etc/nginx/nginx.conf
check "Debian's page is left alone" test -L /etc/nginx/sites-enabled/default
check "verify passes beside others" job_ends_with 0 nginx verify.sh "${SITE[@]}"
check "it leaves" job_ends_with 0 nginx uninstall.sh
find /etc/nginx -type f -exec md5sum {} + | sort >"$WORK/theirs.after"
check "their files are as before" diff "$WORK/theirs.before" "$WORK/theirs.after"
check "their nginx still runs" systemctl is-active --quiet nginx
apt-get purge -y -qq nginx nginx-common >/dev/null 2>&1
rm -rf /etc/nginx /var/www
check "a foreign site keeps an nginx that came with us" job_ends_with 0 nginx install.sh "${SITE[@]}"
printf 'server { listen 81; root /srv; }\n' >/etc/nginx/sites-enabled/theirs
check "... after the uninstall" job_ends_with 0 nginx uninstall.sh
check "... it still serves" equal "$(code http://127.0.0.1:81/)" 403
check "... with the package's own settings" grep -q 'worker_connections 768;' /etc/nginx/nginx.conf
apt-get purge -y -qq nginx nginx-common >/dev/null 2>&1
rm -rf /etc/nginx /var/www

echo "# where another app needs the package"
job nginx install.sh "${SITE[@]}"
mkdir "$WORK/state/other" && echo nginx >"$WORK/state/other/needs"
check "it uninstalls beside another app" job_ends_with 0 nginx uninstall.sh
check "... which keeps nginx" systemctl is-active --quiet nginx
check "... without this site" not grep -q "example.com" <(get -H 'Host: example.com' http://127.0.0.1/)
check "... and now owns it" equal "$(<"$WORK/state/other/packages")" $'nginx\nnginx-common'
rm -r "$WORK/state/other"
apt-get purge -y -qq nginx nginx-common >/dev/null 2>&1
rm -rf /etc/nginx /var/www

echo "# a first install that fails"
mkdir -p /etc/nginx/conf.d && echo 'nonsense;' >/etc/nginx/conf.d/other.conf
check "a first install that nginx refuses ends with 3" job_ends_with 3 nginx install.sh "${SITE[@]}"
check "... leaves no site" not test -e "$CONF"
check "... nothing running" not systemctl is-active --quiet nginx
check "... nothing to start at boot" not systemctl is-enabled --quiet nginx
check "... and no hold" not test -e /run/systemd/system/nginx.service.d
rm /etc/nginx/conf.d/other.conf
check "the next attempt succeeds" job_ends_with 0 nginx install.sh "${SITE[@]}"
check "... and starts at boot" systemctl is-enabled --quiet nginx
job nginx uninstall.sh
packages >"$WORK/packages.after"
check "... and uninstalls all of it" diff "$WORK/packages.before" "$WORK/packages.after"

echo "# trouble with packages"
# Another package manager at work.
perl -e 'open(my $f, ">>", "/var/lib/dpkg/lock-frontend"); my $l = pack("s s x4 q q i x4", 1, 0, 0, 0, 0); fcntl($f, 6, $l) or die; sleep 6' &
sleep 0.3
check "it waits for a lock on dpkg" job_ends_with 0 nginx install.sh "${SITE[@]}"
job nginx uninstall.sh
perl -e 'open(my $f, ">>", "/var/lib/apt/lists/lock"); my $l = pack("s s x4 q q i x4", 1, 0, 0, 0, 0); fcntl($f, 6, $l) or die; sleep 4' &
sleep 0.3
check "it waits for a lock on the package lists" job_ends_with 0 nginx install.sh "${SITE[@]}"
check "... and says so" contains "$(<"$LOG")" "another package manager is at work"
job nginx uninstall.sh
# Killed in the middle of dpkg: no clean-up of any kind runs.
(RUNNER=(systemd-run --quiet --scope --unit killed-job) && job nginx install.sh "${SITE[@]}") &
for ((i = 0; i < 400; i++)); do if [[ -d /etc/nginx ]]; then break; fi; sleep 0.02; done
systemctl kill --signal KILL killed-job.scope
wait
check "it was killed" not systemctl is-active --quiet nginx
check "the next attempt puts things right" job_ends_with 0 nginx install.sh "${SITE[@]}"
check "... and the site is there" contains "$(site)" "example.com"
job nginx uninstall.sh
packages >"$WORK/packages.after"
check "... and no package is left after all" diff "$WORK/packages.before" "$WORK/packages.after"
printf 'Acquire::http::Proxy "http://127.0.0.1:9";\n' >/etc/apt/apt.conf.d/zz-no-mirror
rm -rf /var/lib/apt/lists/*
check "no mirror ends with 2" job_ends_with 2 nginx install.sh "${SITE[@]}"
check "... and says which packages" contains "$(<"$LOG")" "packages not available: nginx"
rm /etc/apt/apt.conf.d/zz-no-mirror
apt-get update -qq
finish
