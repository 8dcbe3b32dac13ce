# shellcheck shell=bash
# What every script needs: strictness, logging, exit codes, progress, outputs; and all files of the library beside it.
# Scripts source it as `. lib/purvey.sh` from the bundle folder. Sourcing changes nothing on the host.

set -Eeuo pipefail
shopt -s inherit_errexit
# With lastpipe `text | write_file PATH` runs the function in this shell, where the transaction lives.
shopt -s lastpipe
# With this option, new in bash 5.2, an `&` in a replacement would mean the matched text.
shopt -u patsub_replacement 2>/dev/null || true
umask 022

# The exit codes of the contract.
readonly EXIT_VALIDATION=1 EXIT_INSTALL=2 EXIT_CONFIG=3

# log_* MESSAGE: a line of the log, where PURVEY_LOG_LEVEL (debug, info, warn or error; info if not set) lets it pass.
_log() { # NUMBER LEVEL MESSAGE
  case ${PURVEY_LOG_LEVEL:-info} in debug) ;; warn) (($1 >= 2)) || return 0 ;; error) (($1 >= 3)) || return 0 ;; *) (($1 >= 1)) || return 0 ;; esac
  printf '[%(%F %T)T] %-5s %s\n' -1 "$2" "$3"
}
log_debug() { _log 0 DEBUG "$*"; }
log_info() { _log 1 INFO "$*"; }
log_warn() { _log 2 WARN "$*" >&2; }
log_error() { _log 3 ERROR "$*" >&2; }

# fail_* MESSAGE: say what is wrong and end the script with the exit code of the contract.
fail_validation() { log_error "$*"; exit "$EXIT_VALIDATION"; }
fail_install() { log_error "$*"; exit "$EXIT_INSTALL"; }
fail_config() { log_error "$*"; exit "$EXIT_CONFIG"; }

_ON_EXIT=()
# on_exit FUNCTION: call it when the script ends, however it ends; the last one registered runs first.
on_exit() { _ON_EXIT+=("$1"); }

_purvey_err() {
  local status=$? line=$1 file=$2
  if ((BASH_SUBSHELL > 0)); then exit "$status"; fi
  log_error "$file:$line: a command failed with status $status: $BASH_COMMAND"
  exit "$EXIT_INSTALL"
}

_purvey_exit() {
  local status=$? i
  trap - ERR EXIT
  # A second signal must not cut the clean-up short; the agent's SIGKILL still can.
  trap '' TERM INT HUP
  set +e
  for ((i = ${#_ON_EXIT[@]} - 1; i >= 0; i--)); do "${_ON_EXIT[i]}" "$status"; done
  if ((status > EXIT_CONFIG && status < 128)); then status=$EXIT_INSTALL; fi
  exit "$status"
}

trap '_purvey_err "$LINENO" "${BASH_SOURCE[0]##*/}"' ERR
trap _purvey_exit EXIT
trap 'log_error "stopped by SIGTERM"; exit 143' TERM
trap 'log_error "stopped by SIGINT"; exit 130' INT
trap 'log_error "stopped by SIGHUP"; exit 129' HUP

# one_line TEXT: sets REPLY to TEXT with every control character turned into a space.
one_line() { REPLY=${1//[[:cntrl:]]/ }; }

# progress PERCENT MESSAGE: what the person who follows the job sees above the log.
progress() {
  log_info "$2"
  progress_quiet "$@"
}

# progress_quiet PERCENT MESSAGE: the same without a log line.
progress_quiet() {
  local REPLY
  [[ -n ${PURVEY_PROGRESS:-} ]] || return 0
  one_line "$2"
  printf 'percent=%d\nmessage=%s\n' "$1" "$REPLY" >>"$PURVEY_PROGRESS"
}

# output NAME VALUE: a result that others can read, declared under `outputs` in the manifest.
output() {
  local REPLY
  [[ $1 =~ ^[a-z][a-z0-9_]*$ ]] || fail_install "not a name for an output: $1"
  one_line "$2"
  log_info "output $1=$REPLY"
  [[ -n ${PURVEY_OUTPUT:-} ]] || return 0
  printf '%s=%s\n' "$1" "$REPLY" >>"$PURVEY_OUTPUT"
}

require_root() { ((EUID == 0)) || fail_validation "this script must run as root"; }

[[ -n ${PURVEY_STATE_DIR:-} ]] || fail_validation "PURVEY_STATE_DIR is not set: it names the folder that is private to this install"
[[ -n ${TMPDIR:-} ]] || fail_validation "TMPDIR is not set: it names a folder that is private to this run"

# Inputs stay in this shell. A program that is started here gets none of them unless it is handed one: not a package's
# scripts, and not what they start under another user, who could read its environment.
for _name in $(compgen -e); do
  case $_name in PATH | LANG | HOME | TMPDIR | DEBIAN_FRONTEND | PURVEY_*) ;; *) export -n "${_name?}" ;; esac
done
unset _name

# shellcheck source=../lib/inputs.sh
. "${BASH_SOURCE[0]%/*}/inputs.sh"
# shellcheck source=../lib/quote.sh
. "${BASH_SOURCE[0]%/*}/quote.sh"
# shellcheck source=../lib/files.sh
. "${BASH_SOURCE[0]%/*}/files.sh"
# shellcheck source=../lib/ledger.sh
. "${BASH_SOURCE[0]%/*}/ledger.sh"
# shellcheck source=../lib/apt.sh
. "${BASH_SOURCE[0]%/*}/apt.sh"
# shellcheck source=../lib/service.sh
. "${BASH_SOURCE[0]%/*}/service.sh"
# shellcheck source=../lib/ports.sh
. "${BASH_SOURCE[0]%/*}/ports.sh"
# shellcheck source=../lib/users.sh
. "${BASH_SOURCE[0]%/*}/users.sh"
# shellcheck source=../lib/tls.sh
. "${BASH_SOURCE[0]%/*}/tls.sh"
# shellcheck source=../lib/backups.sh
. "${BASH_SOURCE[0]%/*}/backups.sh"
