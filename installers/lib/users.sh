# shellcheck shell=bash
# System users and groups. What this install made is in its ledger, and goes with disown_users.

# user_ensure NAME [HOME]: a system user that cannot log in, with a group of the same name.
user_ensure() {
  getent passwd "$1" >/dev/null && return 0
  adopt_missing_user "$1"
  log_info "making the system user $1"
  useradd --system --user-group --home-dir "${2:-/nonexistent}" --no-create-home --shell /usr/sbin/nologin -- "$1" \
    || fail_install "the user $1 could not be made"
}

# group_ensure NAME: a system group.
group_ensure() {
  getent group "$1" >/dev/null && return 0
  adopt_missing_group "$1"
  log_info "making the system group $1"
  groupadd --system -- "$1" || fail_install "the group $1 could not be made"
}

# adopt_missing_user NAME, adopt_missing_group NAME: one that is not there, and that a package is about to make, counts
# as made by this install.
adopt_missing_user() {
  if ! getent passwd "$1" >/dev/null; then _ledger_add user - "$1"; fi
  adopt_missing_group "$1"
}
adopt_missing_group() { if ! getent group "$1" >/dev/null; then _ledger_add group - "$1"; fi; }

# is_member GROUP USER
is_member() { id -nG -- "$2" 2>/dev/null | tr ' ' '\n' | grep -xF -e "$1" >/dev/null; }

# group_members GROUP [USER...]: these users are in the group. Those that this install put there before, and that are not
# named any more, leave it; members whom somebody else has put there stay.
group_members() {
  local group=$1 user entry
  shift
  while IFS= read -r entry; do
    user=${entry#"$group":}
    if [[ $entry == "$group":* && " $* " != *" $user "* ]]; then _leave_group "$group" "$user"; fi
  done < <(ledger_of member)
  for user; do
    if is_member "$group" "$user"; then continue; fi
    _ledger_add member - "$group:$user"
    undo _leave_group "$group" "$user"
    log_info "adding $user to the group $group"
    gpasswd --add "$user" "$group" >/dev/null || fail_config "$user could not be added to the group $group"
  done
}

_leave_group() {
  if getent passwd "$2" >/dev/null && is_member "$1" "$2"; then
    log_info "removing $2 from the group $1"
    gpasswd --delete "$2" "$1" >/dev/null
  fi
  _ledger_del member "$1:$2"
}

# disown_users: removes the users, groups and memberships that this install made.
disown_users() {
  local name
  while IFS= read -r name; do _leave_group "${name%%:*}" "${name#*:}"; done < <(ledger_of member)
  while IFS= read -r name; do
    if getent passwd "$name" >/dev/null; then log_info "removing the user $name"; userdel -- "$name" || fail_install "the user $name could not be removed"; fi
    _ledger_del user "$name"
  done < <(ledger_of user)
  while IFS= read -r name; do
    if getent group "$name" >/dev/null; then log_info "removing the group $name"; groupdel -- "$name" || fail_install "the group $name could not be removed"; fi
    _ledger_del group "$name"
  done < <(ledger_of group)
}
