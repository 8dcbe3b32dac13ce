# shellcheck shell=bash
# systemd services and the ports that they listen on.

service_require_systemd() { [[ -d /run/systemd/system ]] || fail_validation "this host is not run by systemd"; }

service_active() { systemctl is-active --quiet "$1"; }

# service_hold UNIT: nothing can start the unit until service_release, so that a package's own scripts do not start it
# with the settings of the package. A start is skipped by a condition that never holds, which dpkg takes for success. The
# drop-in lies in /run: after a crash it is gone with the next boot, or with the next run of the script.
service_hold() {
  local folder=/run/systemd/system/$1.service.d
  mkdir -p -- "$folder"
  printf '[Unit]\nConditionPathExists=/run/purvey/never\n' >"$folder/purvey-hold.conf"
  systemctl daemon-reload
  _HELD=$1
  on_exit _service_abandon
}

# service_release UNIT
service_release() {
  local folder=/run/systemd/system/$1.service.d
  _HELD=''
  [[ -e $folder/purvey-hold.conf ]] || return 0
  rm -f -- "$folder/purvey-hold.conf"
  rmdir --ignore-fail-on-non-empty -- "$folder"
  systemctl daemon-reload
}

# The script ended before it could start the unit: the next boot must not start it either.
_HELD=''
_service_abandon() {
  [[ -n $_HELD ]] || return 0
  systemctl disable --quiet "$_HELD" 2>/dev/null || true
  service_release "$_HELD"
}

# service_start UNIT: starts it now; the reason is in the log when it does not come up.
service_start() {
  log_info "starting $1"
  systemctl start "$1" && service_active "$1" && return 0
  log_error "$1 did not start:"
  journalctl --no-pager --quiet --unit "$1" --lines 15 --output cat >&2 || true
  return 1
}

# service_enable UNIT: it starts at boot.
service_enable() {
  systemctl is-enabled --quiet "$1" || systemctl enable --quiet "$1"
}

# port_owners PORT: prints the names of the programs that listen on the TCP port, `?` for one that cannot be told, and
# nothing when the port is free. Reads /proc, so that it works before any package is installed.
port_owners() {
  local hex inode fd pid
  printf -v hex '%04X' "$1"
  cat /proc/net/tcp /proc/net/tcp6 2>/dev/null | awk -v port=":$hex\$" '$4 == "0A" && $2 ~ port { print $10 }' | sort -u |
    while IFS= read -r inode; do
      fd=$(find /proc/[0-9]*/fd -lname "socket:\[$inode\]" 2>/dev/null | head -n 1 || true)
      pid=${fd#/proc/} pid=${pid%%/*}
      { [[ -n $pid ]] && cat "/proc/$pid/comm" 2>/dev/null; } || echo '?'
    done | sort -u
}

# port_require_free PORT PROGRAM: nobody but PROGRAM listens there.
port_require_free() {
  local owners i
  # A listener whose process has just ended has no name any more; a moment later it is gone itself.
  for ((i = 0; i < 10; i++)); do
    owners=$(port_owners "$1")
    [[ $owners == *\?* ]] || break
    sleep 0.2
  done
  owners=$(grep -vxF -e "$2" <<<"$owners" || true)
  [[ -z $owners ]] || fail_validation "port $1 is taken by another program: ${owners//$'\n'/, }"
}
