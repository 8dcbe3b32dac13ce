# shellcheck shell=bash
# Files: atomic writes that touch nothing when nothing changes, and a transaction that undoes what was done when the script
# does not get to its end.

# --- state: small values kept in the install's own folder between jobs -------------------------------------------------

# state_set NAME VALUE; state_get NAME (prints nothing when unset); state_has NAME; state_del NAME
state_set() { printf '%s\n' "$2" | _write_raw "$PURVEY_STATE_DIR/$1" 0600; }
state_get() { if [[ -f $PURVEY_STATE_DIR/$1 ]]; then cat -- "$PURVEY_STATE_DIR/$1"; fi; }
state_has() { [[ -e $PURVEY_STATE_DIR/$1 ]]; }
state_del() { rm -f -- "$PURVEY_STATE_DIR/$1"; }

# --- atomic writes -----------------------------------------------------------------------------------------------------

_NEW=''
_drop_new() { if [[ -n $_NEW ]]; then rm -f -- "$_NEW"; fi; }
on_exit _drop_new

# same_file PATH CANDIDATE MODE [OWNER:GROUP]: PATH is a regular file with the content of CANDIDATE, mode MODE (four
# digits) and this owner and group.
same_file() {
  [[ -f $1 && ! -L $1 ]] && cmp -s -- "$1" "$2" && [[ $(stat -c %04a -- "$1") == "$3" ]] && [[ -z ${4:-} || $(stat -c %U:%G -- "$1") == "$4" ]]
}

# _write_raw PATH MODE: stdin becomes the file's content by a rename in its folder; outside any transaction.
_write_raw() {
  local path=$1 mode=$2 candidate
  candidate=$(mktemp -- "${TMPDIR:-/tmp}/write.XXXXXX")
  cat >"$candidate"
  if ! same_file "$path" "$candidate" "$mode"; then _install_file "$candidate" "$path" "$mode"; fi
  rm -f -- "$candidate"
}

_install_file() { # CANDIDATE PATH MODE [OWNER:GROUP]
  mkdir -p -- "${2%/*}/"
  # Dot files are skipped by the `*` of include directives, so a crash here leaves nothing that a service would read.
  _NEW=$(mktemp -- "${2%/*}/.purvey.XXXXXX")
  if [[ -n ${4:-} ]]; then chown -- "$4" "$_NEW"; fi
  cat -- "$1" >"$_NEW"
  chmod -- "$3" "$_NEW"
  sync -- "$_NEW"
  mv -fT -- "$_NEW" "$2"
  _NEW=''
}

# write_file PATH [MODE [OWNER:GROUP]]: stdin becomes the content, atomically, as part of the open transaction. Neither
# the file nor its folder is touched when it is already so.
write_file() {
  local path=$1 mode=${2:-0644} owner=${3:-} candidate
  candidate=$(mktemp -- "$TMPDIR/write.XXXXXX")
  cat >"$candidate"
  if ! same_file "$path" "$candidate" "$mode" "$owner"; then
    txn_touch "$path"
    _install_file "$candidate" "$path" "$mode" "$owner"
    _say wrote "$path"
  fi
  rm -f -- "$candidate"
}

# remove_file PATH: removes a file or link as part of the open transaction.
remove_file() {
  [[ -e $1 || -L $1 ]] || return 0
  txn_touch "$1"
  rm -f -- "$1"
  _say removed "$1"
}

# The files in the install's own folder are of no interest to a reader of the log.
_say() { if [[ $2 == "$PURVEY_STATE_DIR"/* ]]; then log_debug "$1 $2"; else log_info "$1 $2"; fi; }

# --- a transaction -----------------------------------------------------------------------------------------------------
# A change is on disk before a service has loaded it. The state `pending` marks that gap, so that a run after a crash
# loads what the crashed one wrote, although it finds nothing to write itself.

_TXN='' _TXN_PENDING='' _TXN_PATHS=() _TXN_UNDO=()

# txn_begin: from here to txn_commit, whatever ends the script undoes what was done.
txn_begin() {
  _TXN=$(mktemp -d -- "$TMPDIR/txn.XXXXXX")
  _TXN_PENDING=$(state_get pending)
  _TXN_PATHS=() _TXN_UNDO=()
}

# undo COMMAND ARGUMENT...: is run when the transaction is rolled back; the last one registered runs first.
undo() {
  local line
  [[ -n $_TXN ]] || return 0
  printf -v line '%q ' "$@"
  _TXN_UNDO+=("$line")
}

# txn_changed: something was written since txn_begin, or by an earlier run that never got to its end.
txn_changed() { state_has pending; }

# txn_mark: something that is no file was changed, and a service has to take it over.
txn_mark() { if ! state_has pending; then state_set pending yes; fi; }

# txn_touch PATH: keeps what is there now. Called before any change; outside a transaction it does nothing.
txn_touch() {
  local known
  [[ -n $_TXN ]] || return 0
  for known in "${_TXN_PATHS[@]}"; do [[ $known != "$1" ]] || return 0; done
  txn_mark
  if [[ -e $1 || -L $1 ]]; then cp -aT -- "$1" "$_TXN/${#_TXN_PATHS[@]}"; fi
  undo _txn_restore "${#_TXN_PATHS[@]}" "$1"
  _TXN_PATHS+=("$1")
}

_txn_restore() { # NUMBER PATH
  if [[ -e $_TXN/$1 || -L $_TXN/$1 ]]; then cp -aT --remove-destination -- "$_TXN/$1" "$2"; else rm -f -- "$2"; fi
}

txn_commit() {
  [[ -n $_TXN ]] || return 0
  state_del pending
  rm -rf -- "$_TXN"
  _TXN=''
}

# txn_rollback: puts everything back as it was at txn_begin.
txn_rollback() {
  local i
  [[ -n $_TXN ]] || return 0
  if ((${#_TXN_PATHS[@]})); then log_warn "putting back ${#_TXN_PATHS[@]} file(s)"; fi
  for ((i = ${#_TXN_UNDO[@]} - 1; i >= 0; i--)); do eval "${_TXN_UNDO[i]}" || log_warn "this could not be undone: ${_TXN_UNDO[i]}"; done
  if [[ -z $_TXN_PENDING ]]; then state_del pending; fi
  rm -rf -- "$_TXN"
  _TXN=''
}
on_exit txn_rollback
