# shellcheck shell=bash
# Ports, and the openings in the host's firewall.

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

# port_require_free PORT PROGRAM...: nobody but these programs listens there.
port_require_free() {
  local port=$1 owners i
  shift
  # A listener whose process has just ended has no name any more; a moment later it is gone itself.
  for ((i = 0; i < 10; i++)); do
    owners=$(port_owners "$port")
    [[ $owners == *\?* ]] || break
    sleep 0.2
  done
  owners=$(grep -vxF -f <(printf '%s\n' "$@") <<<"$owners" || true)
  [[ -z $owners ]] || fail_validation "port $port is taken by another program: ${owners//$'\n'/, }"
}

# --- the firewall ------------------------------------------------------------------------------------------------------
# Only one that is at work gets openings, and only where they are not there already. The state `firewall` remembers, in
# lines `KIND PORT/PROTOCOL`, which ones this install made.

# firewall_kind: prints the firewall that is at work: ufw, firewalld, nftables, or nothing.
firewall_kind() {
  if command -v ufw >/dev/null && LC_ALL=C ufw status 2>/dev/null | grep -qx 'Status: active'; then
    printf ufw
  elif command -v firewall-cmd >/dev/null && [[ $(firewall-cmd --state 2>/dev/null) == running ]]; then
    printf firewalld
  elif command -v nft >/dev/null && systemctl is-active --quiet nftables 2>/dev/null && [[ -n $(_nft_chains) ]]; then
    printf nftables
  fi
}

# firewall_allow [PORT/PROTOCOL...]: these are open for this install, and what was open for it before is closed.
firewall_allow() {
  local kind line opening wanted=''
  kind=$(firewall_kind)
  for opening; do wanted+="$kind $opening"$'\n'; done
  while IFS= read -r line; do
    if ! grep -xF -e "$line" <<<"$wanted" >/dev/null; then _firewall_close "$line"; fi
  done < <(state_get firewall)
  [[ -n $kind ]] || return 0
  for opening; do
    if "_${kind}_is_open" "$opening"; then continue; fi
    { state_get firewall; printf '%s %s\n' "$kind" "$opening"; } | sort -u | _write_raw "$PURVEY_STATE_DIR/firewall" 0600
    undo _firewall_close "$kind $opening"
    log_info "opening $opening in $kind"
    "_${kind}_open" "$opening" >/dev/null || fail_config "$kind did not open $opening"
  done
}

_firewall_close() { # LINE OF THE STATE
  log_info "closing ${1#* } in ${1%% *}"
  if command -v "$(_firewall_program "${1%% *}")" >/dev/null; then "_${1%% *}_close" "${1#* }" >/dev/null 2>&1 || log_warn "${1%% *} did not close ${1#* }"; fi
  state_get firewall | { grep -vxF -e "$1" || true; } | _write_raw "$PURVEY_STATE_DIR/firewall" 0600
  if [[ -z $(state_get firewall) ]]; then state_del firewall; fi
}

_firewall_program() { case $1 in ufw) printf ufw ;; firewalld) printf firewall-cmd ;; *) printf nft ;; esac; }

_ufw_is_open() { LC_ALL=C ufw show added | grep -Eqx "ufw allow ($1|${1%/*})( comment .*)?"; }
_ufw_open() { ufw allow "$1" comment "${PURVEY_APP:-Purvey}"; }
_ufw_close() { ufw --force delete allow "$1"; }

_firewalld_is_open() { firewall-cmd --quiet --query-port="$1" && firewall-cmd --quiet --permanent --query-port="$1"; }
_firewalld_open() { firewall-cmd --permanent --add-port="$1" && firewall-cmd --add-port="$1"; }
_firewalld_close() { firewall-cmd --permanent --remove-port="$1"; firewall-cmd --remove-port="$1"; }

# nftables has no place for openings of others: the rules go to the front of every chain that turns incoming packets away,
# and a drop-in of nftables.service puts them back after each start and reload.
_nft_chains() {
  nft list ruleset 2>/dev/null | awk '
    $1 == "table" { table = $2 " " $3 }
    $1 == "chain" { chain = table " " $2; hook = shut = 0 }
    /hook input/ { hook = 1 }
    /policy drop|[ \t](drop|reject)([ \t]|$)/ { shut = 1 }
    $1 == "}" && hook && shut { print chain; hook = 0 }'
}
_nft_drop_in() { printf '/etc/systemd/system/nftables.service.d/purvey-%s.conf' "${PURVEY_INSTALL_ID:-install}"; }
_nft_comment() { printf 'purvey %s %s' "${PURVEY_INSTALL_ID:-install}" "$1"; }
_nft_rule() { printf 'insert rule %s %s dport %s accept comment "%s"' "$1" "${2#*/}" "${2%/*}" "$(_nft_comment "$2")"; } # CHAIN OPENING

_nftables_is_open() {
  local chain
  while IFS= read -r chain; do
    nft list chain "$chain" 2>/dev/null | grep -qF -e "comment \"$(_nft_comment "$1")\"" || return 1
  done < <(_nft_chains)
}
_nftables_open() {
  local chain
  while IFS= read -r chain; do nft "$(_nft_rule "$chain" "$1")" || return 1; done < <(_nft_chains)
  _nftables_keep
}
_nftables_close() {
  local chain handle
  while IFS= read -r chain; do
    while IFS= read -r handle; do nft "delete rule $chain handle $handle"; done \
      < <(nft -a list chain "$chain" | grep -F -e "comment \"$(_nft_comment "$1")\"" | sed 's/.*# handle //')
  done < <(_nft_chains)
  _nftables_keep "$1"
}

# _nftables_keep [BUT]: the drop-in is as the state says, without the opening BUT.
_nftables_keep() {
  local opening chain lines='' path REPLY
  path=$(_nft_drop_in)
  while IFS= read -r opening; do
    [[ $opening == nftables\ * && $opening != "nftables ${1:-}" ]] || continue
    while IFS= read -r chain; do
      quote_systemd_exec "$(_nft_rule "$chain" "${opening#* }")"
      lines+="ExecStartPost=-/usr/sbin/nft $REPLY"$'\n'"ExecReload=-/usr/sbin/nft $REPLY"$'\n'
    done < <(_nft_chains)
  done < <(state_get firewall)
  if [[ -n $lines ]]; then
    printf '# Openings of %s.\n[Service]\n%s' "${PURVEY_APP:-an app}" "$lines" | _write_raw "$path" 0644
  else
    rm -f -- "$path"
    rmdir --ignore-fail-on-non-empty -- "${path%/*}" 2>/dev/null || true
  fi
  systemctl daemon-reload
}
