#!/bin/bash
# What only a direct call can show of docker: an engine that was there before, data that moves, and failures in between.
# `purvey lab test installers/docker` proves the rest. It installs and purges packages, so it runs only as root on a host
# that may be thrown away, and only when told so: PURVEY_THROWAWAY_HOST=yes tests/docker.sh
# shellcheck disable=SC2016 # hostile text must not be expanded here
# shellcheck source=harness.sh
. "${BASH_SOURCE[0]%/*}/harness.sh"
if [[ ${PURVEY_THROWAWAY_HOST:-} != yes || $EUID != 0 || ! -d /run/systemd/system ]]; then
  echo "needs root, systemd, and PURVEY_THROWAWAY_HOST=yes on a host that may be thrown away" >&2
  exit 64
fi
if ! ip link add purvey-test type bridge 2>/dev/null; then
  echo "skipped: this host may not change its network (CAP_NET_ADMIN), and Docker must"
  echo "0 passed, 0 failed"
  exit 0
fi
ip link delete purvey-test
apt-get update -qq || exit 64
useradd --create-home alice && useradd --create-home bob

# vfs works on any file system, and so on one that is itself an overlay.
IN=(INSTALL_COMPOSE=true STORAGE_DRIVER=vfs LOG_DRIVER=json-file LOG_MAX_SIZE_MB=50 DATA_ROOT=/var/lib/docker)
files() { find /etc /opt /root /srv /usr /var -xdev \( -path /var/cache/apt -o -path /var/lib/apt -o -path /var/lib/dpkg -o -path /var/log -o -path /var/cache/ldconfig -o -path /var/cache/debconf \) -prune -o -path "$INSTALLERS" -prune -o -print | sort; }
packages() { dpkg-query -W -f='${Package} ${db:Status-Status}\n' | sort; }
others() { getent passwd; getent group; systemctl list-unit-files --no-legend --no-pager | awk '{ print $1, $2 }' | grep -v '^run-'; find /etc/systemd /run/systemd/system | sort; ip -o link | cut -d: -f2; cat /proc/sys/net/ipv4/ip_forward; }
stamps() { find /etc/docker /etc/systemd "$WORK/state/docker" /var/lib/docker -printf '%p %T@ %i %m %u\n' | sort; getent group docker; stat -c '%n %Y' /var/lib/dpkg/status; }
started() { systemctl show --property ActiveEnterTimestampMonotonic --property MainPID --value docker; }
image() { tar -c -C / usr/bin/tini-static 2>/dev/null | docker import - "$1" >/dev/null; }

files >"$WORK/files.before"; packages >"$WORK/packages.before"; others >"$WORK/others.before"

echo "# refusals before anything is touched"
refused() { # BEHAVIOUR MESSAGE INPUT...
  local behaviour=$1 message=$2
  shift 2
  check "$behaviour ends with 1" job_ends_with 1 docker install.sh "${IN[@]}" "$@"
  check "... and says so" contains "$(<"$LOG")" "$message"
}
refused "a user who is not there" "no user nobody-here" DOCKER_USERS='alice nobody-here'
refused "a mirror that is none" "registry_mirrors is not valid" REGISTRY_MIRRORS=$'https://a.example\n"], "x": ["'
refused "a system folder" "belongs to the system" DATA_ROOT=/etc/docker
refused "a folder with a quote" "data_root is not valid" DATA_ROOT='/srv/a"b'
refused "a storage driver that is none" "storage_driver is not valid" STORAGE_DRIVER='x"'
check "nothing was installed meanwhile" equal "$(packages)" "$(<"$WORK/packages.before")"

echo "# install"
check "it installs, and runs a container" job_ends_with 0 docker install.sh "${IN[@]}" DOCKER_USERS=alice REGISTRY_MIRRORS=$'https://one.example\n\nhttp://two.example:5000/\n'
check "... and says so" contains "$(<"$LOG")" "a container ran: tini version"
check "it started once" equal "$(journalctl -q -u docker -o cat | grep -c '^Started')" 1
check "the mirrors are known" equal "$(docker info --format '{{json .RegistryConfig.Mirrors}}')" '["https://one.example/","http://two.example:5000/"]'
check "the user is in the group" equal "$(id -nG alice)" "alice docker"
check "the output says what Compose there is" equal "$(output_of compose)" "$(docker compose version --short 2>/dev/null || echo 'none: the archive has no Compose plugin')"
check "the image of the check is gone" equal "$(docker images -aq; docker ps -aq)" ""
check "verify passes" job_ends_with 0 docker verify.sh "${IN[@]}" DOCKER_USERS=alice REGISTRY_MIRRORS=$'https://one.example\nhttp://two.example:5000/'
before=$(stamps; started)
sleep 1.1
check "a second run succeeds" job_ends_with 0 docker install.sh "${IN[@]}" DOCKER_USERS=alice REGISTRY_MIRRORS=$'https://one.example\nhttp://two.example:5000/'
check "it touches no file and restarts nothing" equal "$(stamps; started)" "$before"

echo "# reconfigure keeps data"
image keep:1
docker create --name kept keep:1 /usr/bin/tini-static --version >/dev/null
docker volume create kept >/dev/null && echo mark >/var/lib/docker/volumes/kept/_data/mark
check "another user" job_ends_with 0 docker install.sh "${IN[@]}" DOCKER_USERS=bob
check "... and the former one is out" equal "$(id -nG alice)/$(id -nG bob)" "alice/bob docker"
check "another log driver and size" job_ends_with 0 docker install.sh "${IN[@]}" LOG_DRIVER=local LOG_MAX_SIZE_MB=7
check "... are in force" equal "$(docker info --format '{{.LoggingDriver}}'; grep -c '"max-size": "7m"' /etc/docker/daemon.json)" $'local\n1'
check "another data folder" job_ends_with 0 docker install.sh "${IN[@]}" DATA_ROOT=/srv/docker
check "... with image, container and volume" equal "$(docker start -a kept; docker volume inspect --format '{{.Mountpoint}}' kept; cat /srv/docker/volumes/kept/_data/mark)" $'tini version 0.19.0\n/srv/docker/volumes/kept/_data\nmark'
check "... and nothing in the former one" equal "$(ls -A /var/lib/docker 2>/dev/null)" ""
check "a folder inside the other is refused" job_ends_with 1 docker install.sh "${IN[@]}" DATA_ROOT=/srv/docker/inside
check "... and all is as before" job_ends_with 0 docker verify.sh "${IN[@]}" DATA_ROOT=/srv/docker
check "a storage driver that this host has not ends with 3" job_ends_with 3 docker install.sh "${IN[@]}" DATA_ROOT=/var/lib/docker STORAGE_DRIVER=zfs
check "... and all is as before" job_ends_with 0 docker verify.sh "${IN[@]}" DATA_ROOT=/srv/docker
check "... with the data" equal "$(docker start -a kept; ls -A /var/lib/docker 2>/dev/null)" "tini version 0.19.0"
check "back again" job_ends_with 0 docker install.sh "${IN[@]}"
check "... with the data" equal "$(docker start -a kept)" "tini version 0.19.0"

echo "# broken"
systemctl stop docker.socket docker
check "verify finds a stopped service" job_ends_with 3 docker verify.sh "${IN[@]}"
check "install starts it again" job_ends_with 0 docker install.sh "${IN[@]}"
echo '{}' >/etc/docker/daemon.json
check "verify finds an edited configuration" job_ends_with 3 docker verify.sh "${IN[@]}"
check "install does not overwrite what others wrote" job_ends_with 3 docker install.sh "${IN[@]}"
rm /etc/docker/daemon.json
check "... and writes it again when it is gone" job_ends_with 0 docker install.sh "${IN[@]}"
ACTION=upgrade check "upgrade succeeds" job_ends_with 0 docker install.sh "${IN[@]}" DOCKER_USERS=alice

echo "# uninstall"
iptables -N THEIRS && iptables -A FORWARD -j THEIRS -m comment --comment 'it is theirs'
docker run -d --name running keep:1 /usr/bin/tini-static -- /usr/bin/tini-static --version >/dev/null
docker network create extra >/dev/null
check "it uninstalls" job_ends_with 0 docker uninstall.sh
check "the volume stays" equal "$(cat /var/lib/docker/volumes/kept/_data/mark)" mark
find /var/lib/docker -mindepth 1 -delete; rmdir /var/lib/docker 2>/dev/null
files >"$WORK/files.after"; packages >"$WORK/packages.after"; others >"$WORK/others.after"
check "no package is left" diff "$WORK/packages.before" "$WORK/packages.after"
check "no file is left" diff "$WORK/files.before" "$WORK/files.after"
check "no user, group, unit, interface or forwarding is left" diff "$WORK/others.before" "$WORK/others.after"
check "no process is left" not pgrep 'dockerd|containerd'
check "no state is left" equal "$(ls -A "$WORK/state/docker")" ""
check "nothing is left in /run" equal "$(find /run -maxdepth 1 -name '*docker*' -o -maxdepth 1 -name 'containerd*')" ""
check "uninstall can run again" job_ends_with 0 docker uninstall.sh
apt-get install -y -qq --no-install-recommends iptables >/dev/null 2>&1
check "the rules of others stay, and no other" equal "$(iptables -S | grep -e FORWARD; iptables-save | grep -c DOCKER)" $'-P FORWARD ACCEPT\n-A FORWARD -m comment --comment "it is theirs" -j THEIRS\n0'
iptables -F && iptables -X

echo "# where the host has a Docker of its own"
apt-get install -y -qq --no-install-recommends docker.io >/dev/null 2>&1
check "it joins a Docker that is there" job_ends_with 0 docker install.sh "${IN[@]}" LOG_DRIVER=journald STORAGE_DRIVER=auto
image theirs:1
check "it leaves" job_ends_with 0 docker uninstall.sh
check "... their Docker runs on, with its images and its own settings" equal "$(docker images -q | wc -l; docker info --format '{{.LoggingDriver}}')" $'1\njson-file'
mkdir -p /etc/docker && echo '{"debug": true}' >/etc/docker/daemon.json
check "settings of others are left alone" job_ends_with 3 docker install.sh "${IN[@]}"
check "... as they were" equal "$(</etc/docker/daemon.json)" '{"debug": true}'
finish
