# shellcheck shell=bash
# systemd services: never started before they are configured, restarted or reloaded only when something has changed, and
# left as they were when the script fails.

require_systemd() { [[ -d /run/systemd/system ]] || fail_validation "this host is not run by systemd"; }

service_active() { systemctl is-active --quiet "$1"; }

# --- a package's own scripts do not start it ----------------------------------------------------------------------------

# service_hold UNIT: nothing can start the unit until service_release. A start is skipped by a condition that never holds,
# which dpkg takes for success. The drop-in lies in /run: after a crash it is gone with the next boot, or with the next
# run of the script.
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

# service_install UNIT FROM TO PACKAGE...: the packages are installed, with progress between the percentages, and newest
# if this is an upgrade. A unit that comes with the first of them does not start before service_apply.
service_install() {
  local unit=$1 from=$2 to=$3
  shift 3
  if apt_installed "$1"; then service_release "$unit"; else service_hold "$unit"; fi
  apt_ensure "$from" "$to" "$@"
  if [[ ${PURVEY_ACTION:-install} == upgrade ]]; then apt_upgrade; fi
}

# --- in a transaction ---------------------------------------------------------------------------------------------------

_UNIT='' _UNIT_WAS_ACTIVE='' _UNIT_TAKE=() _UNIT_APPLIED=''

# service_begin UNIT [COMMAND...]: opens a transaction over the files of a service. COMMAND makes a running one take them
# over; without it, it is restarted.
service_begin() {
  _UNIT=$1 _UNIT_WAS_ACTIVE='' _UNIT_APPLIED=''
  shift
  if (($#)); then _UNIT_TAKE=("$@"); else _UNIT_TAKE=(service_restart "$_UNIT"); fi
  if service_active "$_UNIT"; then _UNIT_WAS_ACTIVE=yes; fi
  txn_begin
  undo _service_unapply
}

# service_apply: the unit runs with what is on disk. One that does so already is left alone.
service_apply() {
  _UNIT_APPLIED=yes
  if [[ -z $_UNIT_WAS_ACTIVE ]]; then
    service_release "$_UNIT"
    service_start "$_UNIT"
  elif txn_changed; then
    "${_UNIT_TAKE[@]}"
  else
    _UNIT_APPLIED=''
    log_info "nothing has changed: $_UNIT goes on as it is"
  fi
}

# service_applied: service_apply has started the unit or made it take over its files.
service_applied() { [[ -n $_UNIT_APPLIED ]]; }

# service_unapply: after files are put back or taken away, the unit runs with what is there now, if it ran before.
service_unapply() { if [[ -n $_UNIT_WAS_ACTIVE ]]; then "${_UNIT_TAKE[@]}"; fi; }

_service_unapply() {
  [[ -n $_UNIT_APPLIED ]] || return 0
  if [[ -n $_UNIT_WAS_ACTIVE ]]; then "${_UNIT_TAKE[@]}"; else systemctl stop "$_UNIT"; fi
}

# service_start UNIT, service_restart UNIT: the reason is in the log when it does not come up.
service_start() { _service_do start "$1"; }
service_restart() { _service_do restart "$1"; }
_service_do() {
  log_info "$1: $2"
  # A unit that failed too often in a row would refuse another attempt.
  systemctl reset-failed "$2" 2>/dev/null || true
  systemctl "$1" "$2" && service_active "$2" && return 0
  log_error "$2 did not $1:"
  journalctl --no-pager --quiet --unit "$2" --lines 15 --output cat >&2 || true
  return 1
}

# service_enable UNIT: it starts at boot.
service_enable() { systemctl is-enabled --quiet "$1" || systemctl enable --quiet "$1"; }

# service_require UNIT: it runs, and starts at boot.
service_require() {
  service_active "$1" || fail_config "the service $1 does not run"
  systemctl is-enabled --quiet "$1" || fail_config "the service $1 does not start at boot"
}
