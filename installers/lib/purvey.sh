# shellcheck shell=bash
# The part of the library that every script needs: strictness, logging, exit codes, progress, outputs, state.
# Needs bash and coreutils only; neither root nor a network. Scripts source it as `. lib/purvey.sh` from the bundle folder.

set -Eeuo pipefail
shopt -s inherit_errexit
# With lastpipe `text | write_file PATH` runs the function in this shell, where the transaction lives.
shopt -s lastpipe
# With this option, new in bash 5.2, an `&` in a replacement would mean the matched text.
shopt -u patsub_replacement 2>/dev/null || true
umask 022

# The exit codes of the contract.
readonly EXIT_VALIDATION=1 EXIT_INSTALL=2 EXIT_CONFIG=3

_log() { printf '[%(%F %T)T] %-5s %s\n' -1 "$1" "$2"; }
log_debug() { if [[ -n ${PURVEY_DEBUG:-} ]]; then _log DEBUG "$*"; fi; }
log_info() { _log INFO "$*"; }
log_warn() { _log WARN "$*" >&2; }
log_error() { _log ERROR "$*" >&2; }

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

# input_match NAME REGEX HINT: the input must be there and match as a whole.
input_match() {
  [[ -n ${!1:-} ]] || fail_validation "${1,,} is not set"
  # LC_ALL=C keeps [a-z] and [[:alnum:]] to ASCII.
  local LC_ALL=C
  [[ ${!1} =~ ^($2)$ ]] || fail_validation "${1,,} is not valid: $3"
}

# input_port NAME: a TCP port in decimal.
input_port() {
  input_match "$1" '[1-9][0-9]{0,4}' "a port is a number from 1 to 65535"
  ((${!1} <= 65535)) || fail_validation "${1,,} is not valid: a port is a number from 1 to 65535"
}

# input_integer NAME MIN MAX
input_integer() {
  input_match "$1" '0|[1-9][0-9]{0,8}' "it is a number from $2 to $3"
  ((${!1} >= $2 && ${!1} <= $3)) || fail_validation "${1,,} is not valid: it is a number from $2 to $3"
}

# input_bool NAME: true or false.
input_bool() { input_match "$1" 'true|false' "it is true or false"; }

# input_path NAME: absolute, without control characters; anything else is taken as it is.
input_path() {
  [[ -n ${!1:-} ]] || fail_validation "${1,,} is not set"
  [[ ${!1} == /* ]] || fail_validation "${1,,} is not valid: the path must begin with /"
  [[ ! ${!1} =~ [[:cntrl:]] ]] || fail_validation "${1,,} is not valid: it has a control character"
  local value=${!1}
  ((${#value} <= 1024)) || fail_validation "${1,,} is not valid: it is too long"
}

# html_escape TEXT: sets REPLY to TEXT, safe as HTML text and in quoted attributes.
html_escape() {
  REPLY=${1//&/&amp;}
  REPLY=${REPLY//</&lt;}
  REPLY=${REPLY//>/&gt;}
  REPLY=${REPLY//\"/&quot;}
  REPLY=${REPLY//\'/&#39;}
}

require_root() { ((EUID == 0)) || fail_validation "this script must run as root"; }

[[ -n ${PURVEY_STATE_DIR:-} ]] || fail_validation "PURVEY_STATE_DIR is not set: it names the folder that is private to this install"
[[ -n ${TMPDIR:-} ]] || fail_validation "TMPDIR is not set: it names a folder that is private to this run"

# shellcheck source=files.sh
. "${BASH_SOURCE[0]%/*}/files.sh"
