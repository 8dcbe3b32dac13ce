# shellcheck shell=bash
# Backups: folders $PURVEY_STATE_DIR/backups/TIME, readable for root only, each with its checksums. One that was not
# finished, or was changed since, is never taken for a good one.

# How many are kept if a script does not say.
BACKUPS_KEPT=${BACKUPS_KEPT:-7}
_BACKUP=''

_drop_backup() { if [[ -n $_BACKUP ]]; then rm -rf -- "$_BACKUP"; fi; }
on_exit _drop_backup

# backup_begin: sets BACKUP to an empty folder to put files into. It is gone if backup_commit is not reached.
backup_begin() {
  local place=$PURVEY_STATE_DIR/backups
  mkdir -p -- "$place"
  chmod 0700 -- "$place"
  find "$place" -mindepth 1 -maxdepth 1 -name '.partial.*' -exec rm -rf -- {} +
  _BACKUP=$(mktemp -d -- "$place/.partial.XXXXXX")
  BACKUP=$_BACKUP
  umask 077
}

# backup_commit [KEEP]: makes it the newest backup, and removes all but the newest KEEP. Sets BACKUP to its place.
# shellcheck disable=SC2120 # scripts may pass it
backup_commit() {
  local place=$PURVEY_STATE_DIR/backups keep=${1:-$BACKUPS_KEPT} name old
  [[ -n $(ls -A -- "$_BACKUP") ]] || fail_install "there is nothing in the backup"
  (cd -- "$_BACKUP" && find . -type f ! -name SHA256SUMS -print0 | sort -z | xargs -0 sha256sum -- >"$TMPDIR/sums")
  cat -- "$TMPDIR/sums" >"$_BACKUP/SHA256SUMS"
  find "$_BACKUP" -exec sync -- {} +
  printf -v name '%(%Y%m%dT%H%M%SZ)T' -1
  # Two in one second: the later one gets the later name.
  while [[ -e $place/$name ]]; do sleep 0.1; printf -v name '%(%Y%m%dT%H%M%SZ)T' -1; done
  mv -T -- "$_BACKUP" "$place/$name"
  sync -- "$place"
  _BACKUP='' BACKUP=$place/$name
  umask 022
  log_info "backup $name: $(du -sh -- "$BACKUP" | cut -f1)"
  while IFS= read -r old; do
    log_info "removing the old backup ${old##*/}"
    rm -rf -- "$old"
  done < <(backup_list | tail -n "+$((keep + 1))")
}

# backup_list: prints the folders of all backups, the newest first.
backup_list() {
  if [[ -d $PURVEY_STATE_DIR/backups ]]; then
    find "$PURVEY_STATE_DIR/backups" -mindepth 1 -maxdepth 1 -type d -name '[0-9]*T[0-9]*Z' | sort -r
  fi
}

# backup_newest: sets BACKUP to the newest one whose checksums are right; ends with 3 where there is none.
backup_newest() {
  local folder
  while IFS= read -r folder; do
    if (cd -- "$folder" && sha256sum --strict --quiet --check SHA256SUMS >/dev/null 2>&1); then
      BACKUP=$folder
      return 0
    fi
    log_warn "the backup ${folder##*/} is damaged: trying the one before"
  done < <(backup_list)
  fail_config "there is no good backup"
}
