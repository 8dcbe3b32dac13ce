# shellcheck shell=bash
# What the engine does to the host's network, and leaves there when it goes: bridges, chains of packet filters, forwarding.

# Prints what becomes of packets that are passed on. Where no filter was set up, they are let through.
_forward_policy() { # PROGRAM
  local policy=''
  if command -v "$1" >/dev/null; then
    policy=$("$1" -S FORWARD 2>/dev/null | sed -n 's/^-P FORWARD //p') || true
  elif command -v nft >/dev/null; then
    policy=$(nft list chain "${1/tables/}" filter FORWARD 2>/dev/null | sed -n 's/.*hook forward.*policy \([a-z]*\).*/\U\1/p') || true
  fi
  printf '%s' "${policy:-ACCEPT}"
}

# network_remember: how it was before the engine first ran.
network_remember() {
  local program
  if state_has network; then return 0; fi
  {
    printf 'ip_forward %s\n' "$(</proc/sys/net/ipv4/ip_forward)"
    for program in iptables ip6tables; do printf '%s %s\n' "$program" "$(_forward_policy "$program")"; done
  } | _write_raw "$PURVEY_STATE_DIR/network" 0600
}

# network_clear: nothing of the engine is left. Rules of others stay.
network_clear() {
  local program table link name value
  for link in $(ip -o link show type bridge 2>/dev/null | sed -n 's/^[0-9]*: \(docker0\|br-[0-9a-f]\{12\}\)[:@].*/\1/p'); do
    log_info "removing the network interface $link"
    ip link delete "$link"
  done
  while read -r name value; do
    case $name:$value in
      iptables:ACCEPT | ip6tables:ACCEPT) if command -v "$name" >/dev/null; then "$name" -P FORWARD ACCEPT; fi ;;
      ip_forward:0) printf 0 >/proc/sys/net/ipv4/ip_forward ;;
    esac
  done < <(state_get network)
  for program in iptables ip6tables; do
    if ! command -v "$program" >/dev/null; then continue; fi
    for table in filter nat; do _chains_clear "$program" "$table"; done
  done
}

# Rules that lead to the engine's chains or speak of its bridges go, then the chains themselves.
_chains_clear() { # PROGRAM TABLE
  local rule chain rules
  rules=$("$1" -t "$2" -S 2>/dev/null) || return 0
  while IFS= read -r rule; do
    if [[ $rule == '-A '* && $rule =~ (^-A\ DOCKER|-j\ DOCKER|[io]\ (docker0|br-[0-9a-f]{12})) ]]; then
      # The listing is in the form of arguments, with quotes only where a comment has them.
      printf '%s' "-D ${rule#-A }" | xargs "$1" -t "$2" || true
    fi
  done <<<"$rules"
  while IFS= read -r chain; do "$1" -t "$2" -F "$chain"; done < <(sed -n 's/^-N \(DOCKER.*\)/\1/p' <<<"$rules")
  while IFS= read -r chain; do "$1" -t "$2" -X "$chain"; done < <(sed -n 's/^-N \(DOCKER.*\)/\1/p' <<<"$rules")
  # With nothing of anybody else in it, the table itself was made for the engine.
  if ! "$1" -t "$2" -S | grep -v '^-P [A-Z]* ACCEPT$' >/dev/null; then
    "$1" -t "$2" -X 2>/dev/null || true
    if command -v nft >/dev/null; then nft delete table "${1/tables/}" "$2" 2>/dev/null || true; fi
  fi
}
