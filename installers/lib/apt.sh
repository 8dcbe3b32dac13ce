# shellcheck shell=bash
# Debian and Ubuntu packages without questions: waits for locks, retries mirrors, repairs what a killed run left behind,
# and remembers which packages this install brought, so that an uninstall takes away those and no others.

export DEBIAN_FRONTEND=noninteractive APT_LISTCHANGES_FRONTEND=none NEEDRESTART_SUSPEND=1 LC_ALL=C.UTF-8

# How long to wait for another package manager to finish, and how often a failing download is tried, in seconds and tries.
APT_LOCK_SECONDS=${APT_LOCK_SECONDS:-300}
APT_TRIES=${APT_TRIES:-4}

# apt-get that never asks: a changed configuration file stays as it is, an interrupted download is retried.
_apt_get() {
  apt-get -q -y \
    -o DPkg::Lock::Timeout="$APT_LOCK_SECONDS" -o Acquire::Retries=3 -o Acquire::http::Timeout=30 -o Acquire::https::Timeout=30 \
    -o APT::Keep-Downloaded-Packages=false -o Dpkg::Use-Pty=0 \
    -o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold "$@" </dev/null
}

# _apt_retry ARGUMENTS: runs apt-get until it succeeds; a held lock costs time and not a try.
_apt_retry() {
  local try=1 delay=2 said='' deadline=$((SECONDS + APT_LOCK_SECONDS)) errors=$TMPDIR/apt.errors status
  while :; do
    status=0
    _apt_get "$@" 2>"$errors" || status=$?
    if [[ -s $errors ]]; then cat -- "$errors" >&2; fi
    ((status != 0)) || return 0
    if grep -Eq 'Could not get lock|Unable to (lock|acquire)' "$errors" && ((SECONDS < deadline)); then
      if [[ -z $said ]]; then said=1; log_info "another package manager is at work: waiting up to $APT_LOCK_SECONDS s"; fi
      sleep 2
      continue
    fi
    if ((try >= APT_TRIES)); then return "$status"; fi
    log_warn "apt-get failed (try $try of $APT_TRIES), next try in $delay s"
    sleep "$delay"
    try=$((try + 1)) delay=$((delay * 2))
  done
}

# A run that was killed in the middle leaves dpkg's journal behind, and apt refuses to work until it is played.
_dpkg_repair() {
  if compgen -G '/var/lib/dpkg/updates/[0-9]*' >/dev/null; then
    log_warn "an earlier package operation was interrupted: finishing it first"
    dpkg --force-confdef --force-confold --configure -a </dev/null || fail_install "dpkg --configure -a failed"
  fi
}

# apt_installed PACKAGE: it is there and configured.
apt_installed() { [[ $(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null || true) == installed ]]; }

# apt_missing PACKAGE...: prints those that are not installed.
apt_missing() {
  local package
  for package; do if ! apt_installed "$package"; then printf '%s\n' "$package"; fi; done
}

# apt_owned PACKAGE: this install brought it.
apt_owned() { state_get packages | grep -xF -e "$1" >/dev/null; }

# Turns apt's status lines (stdin) into progress between two percentages.
_apt_progress() {
  local from=$1 to=$2 kind rest percent text last=-1 now half
  half=$(((to - from) / 2))
  while IFS=: read -r kind rest percent text; do
    percent=${percent%%[!0-9]*}
    case $kind in
      dlstatus) now=$((from + ${percent:-0} * half / 100)) text="Downloading packages" ;;
      pmstatus) now=$((from + half + ${percent:-0} * half / 100)) ;;
      *) continue ;;
    esac
    if ((now > last)); then progress_quiet "$now" "$text"; last=$now; fi
  done
}

# apt_ensure FROM TO PACKAGE...: the packages are installed; progress moves between the percentages FROM and TO.
# Does nothing, and asks no mirror, when they are there already.
apt_ensure() {
  local from=$1 to=$2 missing new status=0
  shift 2
  { state_get needs; printf '%s\n' "$@"; } | sort -u | _write_raw "$PURVEY_STATE_DIR/needs" 0600
  mapfile -t missing < <(apt_missing "$@")
  if ((${#missing[@]} == 0)); then log_info "installed already: $*"; return 0; fi
  _dpkg_repair
  log_info "updating the package lists"
  _apt_retry update || log_warn "the package lists could not be updated: using those that are there"
  progress_quiet "$((from + 2))" "Installing ${missing[*]}"
  # Written down before it happens, so that a run that is killed leaves nothing that nobody owns.
  new=$(_apt_get -s --no-install-recommends install "${missing[@]}" 2>&1) \
    || fail_install "packages not available: ${missing[*]}: $(grep '^E:' <<<"$new" | head -n 3 | tr '\n' ' ')"
  { state_get packages; awk '$1 == "Inst" && $3 !~ /^\[/ { print $2 }' <<<"$new"; } | sort -u | _write_raw "$PURVEY_STATE_DIR/packages" 0600
  { _apt_retry --no-install-recommends -o APT::Status-Fd=3 install "${missing[@]}" 3>&1 >&4 4>&- | _apt_progress "$((from + 2))" "$to" >&4 4>&-; } 4>&1 || status=$?
  ((status == 0)) || fail_install "the packages could not be installed: ${missing[*]}"
}

# apt_available PACKAGE: the archive has it.
apt_available() { [[ $(apt-cache policy "$1" 2>/dev/null | sed -n 's/^ *Candidate: //p') == [!\(]* ]]; }

# apt_first PACKAGE...: prints the first one that is installed or that the archive has. It may have to ask the mirrors.
apt_first() {
  local package
  for package; do if apt_installed "$package"; then printf '%s' "$package"; return 0; fi; done
  if [[ -z $(find /var/lib/apt/lists -name '*_Packages*' -print -quit 2>/dev/null) ]]; then _apt_retry update >&2 || true; fi
  for package; do if apt_available "$package"; then printf '%s' "$package"; return 0; fi; done
  return 1
}

# apt_upgrade: brings the packages that came with this install to their newest version.
apt_upgrade() {
  local mine
  mapfile -t mine < <(state_get packages)
  mapfile -t mine < <(for package in "${mine[@]}"; do if apt_installed "$package"; then printf '%s\n' "$package"; fi; done)
  ((${#mine[@]})) || return 0
  _dpkg_repair
  _apt_retry update || fail_install "the package lists could not be updated"
  _apt_retry --no-install-recommends --only-upgrade install "${mine[@]}" || fail_install "the packages could not be upgraded: ${mine[*]}"
}

# Prints what apt would remove along with the given packages.
_apt_removes() { _apt_get -s purge "$@" 2>/dev/null | awk '$1 == "Purg" || $1 == "Remv" { print $2 }' | sort -u; }

# _apt_claimant PACKAGES: prints the folder of another install on this server that needs one of them. Such an install
# found the package there and so does not own it; it would break if whoever brought the package took it away.
_apt_claimant() {
  local needs
  for needs in "${PURVEY_STATE_DIR%/*}"/*/needs; do
    if [[ -f $needs && $needs != "$PURVEY_STATE_DIR/needs" && -n $(comm -12 <(sort -u "$needs") - <<<"$1") ]]; then
      printf '%s' "${needs%/*}"
      return 0
    fi
  done
}

# _apt_spare PACKAGE...: drops from the array `remove` those that must stay, and hands them to the install that needs them.
_apt_spare() {
  local package removes claimant others
  remove=()
  for package; do
    removes=$(_apt_removes "$package")
    claimant=$(_apt_claimant "$removes")
    others=$(comm -23 - <(printf '%s\n' "$@" | sort -u) <<<"$removes")
    if [[ -n $claimant ]]; then
      log_info "kept the package $package: another app on this server needs it"
      { cat -- "$claimant/packages" 2>/dev/null || true; printf '%s\n' "$package"; } | sort -u | _write_raw "$claimant/packages" 0600
    elif [[ -n $others ]]; then
      log_warn "kept the package $package: needed by ${others//$'\n'/ }"
    else
      remove+=("$package")
    fi
  done
}

# apt_purge_owned: purges what this install brought. A package that something else has come to need stays.
apt_purge_owned() {
  local owned package removes remove=()
  _dpkg_repair
  mapfile -t owned < <(state_get packages)
  for package in "${owned[@]}"; do
    # Also one that was removed but has left its configuration behind.
    if [[ -n $(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null | grep -v '^not-installed$' || true) ]]; then remove+=("$package"); fi
  done
  if ((${#remove[@]})); then
    removes=$(_apt_removes "${remove[@]}")
    if [[ $removes != "$(printf '%s\n' "${remove[@]}" | sort -u)" || -n $(_apt_claimant "$removes") ]]; then _apt_spare "${remove[@]}"; fi
  fi
  if ((${#remove[@]})); then
    _apt_retry purge "${remove[@]}" || fail_install "the packages could not be removed: ${remove[*]}"
  fi
  state_del packages
  state_del needs
}
