#!/bin/bash
# What of the library needs a real host: users and groups, and openings in each of the firewalls. Only as root on a host
# that may be thrown away, and only when told so: PURVEY_THROWAWAY_HOST=yes tests/library.sh
# shellcheck disable=SC2016 # the script's own variables
# shellcheck source=harness.sh
. "${BASH_SOURCE[0]%/*}/harness.sh"
if [[ ${PURVEY_THROWAWAY_HOST:-} != yes || $EUID != 0 || ! -d /run/systemd/system ]]; then
  echo "needs root, systemd, and PURVEY_THROWAWAY_HOST=yes on a host that may be thrown away" >&2
  exit 64
fi

# An app of one script, which is the text.
mkdir -p "$WORK/bundles/app/lib" && cp "$INSTALLERS"/lib/*.sh "$WORK/bundles/app/lib/"
run() { # CODE TEXT
  printf '#!/bin/bash\n. lib/purvey.sh\n%s\n' "$2" >"$WORK/bundles/app/run.sh" && chmod 0755 "$WORK/bundles/app/run.sh"
  job_ends_with "$1" app run.sh
}
accounts() { getent passwd; getent group; }
state() { cat "$WORK/state/app/$1" 2>/dev/null; }

echo "# users and groups"
accounts >"$WORK/accounts.before"
useradd --system theirs && groupadd --system crowd && useradd --system --groups crowd member
accounts >"$WORK/accounts.theirs"
check "a system user is made" run 0 'user_ensure fresh /srv/fresh; user_ensure theirs; group_ensure band; group_ensure crowd; group_members crowd fresh member theirs'
check "... that cannot log in" equal "$(getent passwd fresh | cut -d: -f6,7)" /srv/fresh:/usr/sbin/nologin
check "... in its groups" equal "$(id -nG fresh)" "fresh crowd"
before=$(accounts; stat -c %y /etc/passwd /etc/group)
check "again" run 0 'user_ensure fresh /srv/fresh; group_ensure band; group_members crowd fresh member theirs'
check "... changes nothing" equal "$(accounts; stat -c %y /etc/passwd /etc/group)" "$before"
check "who is not named any more leaves the group, who was there before stays" run 0 'group_members crowd fresh'
check "... so" equal "$(getent group crowd | cut -d: -f4 | tr , '\n' | sort | paste -sd,)" fresh,member
check "a failure puts a member out again" run 3 'txn_begin; group_members crowd fresh theirs; fail_config no'
check "... so" equal "$(id -nG theirs)" theirs
check "they go" run 0 'disown_users'
check "... all, and none of others" equal "$(accounts)" "$(<"$WORK/accounts.theirs")"
check "a user that a package makes counts as made" run 0 'adopt_missing_user late; adopt_missing_user theirs; useradd --system --user-group late; disown_users'
check "... and goes" equal "$(accounts)" "$(<"$WORK/accounts.theirs")"
userdel theirs && userdel member && groupdel crowd
check "the host is as before" equal "$(accounts)" "$(<"$WORK/accounts.before")"

if ! ip link add purvey-test type bridge 2>/dev/null; then
  echo "skipped: the firewalls: this host may not change its network (CAP_NET_ADMIN)"
  finish
  exit
fi
ip link delete purvey-test
apt-get update -qq || exit 64

# openings NAME LISTING: opens, opens again, changes, fails and closes, in the firewall that is at work. LISTING is a
# command that prints what is open, of which 22/tcp is somebody else's.
openings() {
  local listing=$2
  echo "# $1"
  check "it is the one at work" run 0 "[[ \$(firewall_kind) == $1 ]]"
  "$listing" >"$WORK/openings.before"
  check "a port is opened" run 0 'firewall_allow 22/tcp 8080/tcp 53/udp'
  check "... in the firewall" equal "$("$listing")" "$(cat "$WORK/openings.before"; printf '%s\n' 53/udp 8080/tcp)"
  check "again" run 0 'firewall_allow 22/tcp 8080/tcp 53/udp'
  check "... opens nothing twice" equal "$("$listing")" "$(cat "$WORK/openings.before"; printf '%s\n' 53/udp 8080/tcp)"
  check "another port takes its place" run 0 'firewall_allow 9090/tcp'
  check "... so" equal "$("$listing")" "$(cat "$WORK/openings.before"; echo 9090/tcp)"
  check "a failure closes what it opened" run 3 'txn_begin; firewall_allow 9090/tcp 7070/tcp; fail_config no'
  check "... and nothing else" equal "$("$listing")" "$(cat "$WORK/openings.before"; echo 9090/tcp)"
  if [[ -n ${3:-} ]]; then
    "$3"
    check "it is still open after a reload" equal "$("$listing")" "$(cat "$WORK/openings.before"; echo 9090/tcp)"
  fi
  check "all are closed" run 0 'firewall_allow'
  check "... but for those of others" equal "$("$listing")" "$(<"$WORK/openings.before")"
  check "nothing is remembered" equal "$(state firewall)" ""
}

apt-get install -y -qq --no-install-recommends ufw >/dev/null 2>&1
ufw allow 22/tcp >/dev/null && ufw --force enable >/dev/null
ufw_listing() { ufw show added | sed -n 's/^ufw allow \([0-9a-z/]*\).*/\1/p' | sort; }
ufw_reload() { ufw reload >/dev/null; }
openings ufw ufw_listing ufw_reload
ufw --force disable >/dev/null && apt-get purge -y -qq ufw >/dev/null 2>&1

apt-get install -y -qq --no-install-recommends nftables >/dev/null 2>&1
cat >/etc/nftables.conf <<'NFT'
flush ruleset
table inet filter {
	chain input {
		type filter hook input priority filter; policy drop;
		iif lo accept
		tcp dport 22 accept comment "purvey-test 22/tcp"
	}
	chain output { type filter hook output priority filter; policy accept; }
}
table ip other {
	chain input { type filter hook input priority 10; policy accept; }
}
NFT
systemctl restart nftables
# Somebody else's opening is not looked for there: one more rule in front of it does no harm.
nft_listing() { nft list ruleset | sed -n 's/.*comment "purvey.* \([0-9a-z/]*\)"/\1/p' | sort -u; }
nft_reload() { systemctl reload nftables; }
echo "# nftables"
check "it is the one at work" run 0 '[[ $(firewall_kind) == nftables ]]'
check "ports are opened" run 0 'firewall_allow 8080/tcp 53/udp'
check "... in the firewall, in front, and only where packets are dropped" equal "$(nft list chain inet filter input | grep -B9 'iif' | grep -c purvey; nft list chain ip other input | grep -c purvey)" $'2\n0'
check "again" run 0 'firewall_allow 8080/tcp 53/udp'
check "... opens nothing twice" equal "$(nft list ruleset | grep -c 'purvey install')" 2
nft_reload
check "they are still open after a reload" equal "$(nft_listing)" $'22/tcp\n53/udp\n8080/tcp'
systemctl restart nftables
check "... and after a restart" equal "$(nft_listing)" $'22/tcp\n53/udp\n8080/tcp'
check "another port takes their place" run 0 'firewall_allow 9090/tcp'
check "... so" equal "$(nft_listing)" $'22/tcp\n9090/tcp'
check "a failure closes what it opened" run 3 'txn_begin; firewall_allow 9090/tcp 7070/tcp; fail_config no'
check "... and nothing else" equal "$(nft_listing)" $'22/tcp\n9090/tcp'
nft_reload
check "... for good" equal "$(nft_listing)" $'22/tcp\n9090/tcp'
check "all are closed" run 0 'firewall_allow'
check "... but for those of others" equal "$(nft_listing; find /etc/systemd -path '*nftables.service.d*')" 22/tcp
nft flush ruleset
apt-get purge -y -qq nftables >/dev/null 2>&1

apt-get install -y -qq --no-install-recommends firewalld >/dev/null 2>&1
systemctl start firewalld && firewall-cmd --quiet --permanent --add-port=22/tcp && firewall-cmd --quiet --reload
firewalld_listing() { firewall-cmd --list-ports | tr ' ' '\n' | sort; }
firewalld_reload() { firewall-cmd --quiet --reload; }
openings firewalld firewalld_listing firewalld_reload
apt-get purge -y -qq firewalld >/dev/null 2>&1
check "without a firewall at work nothing is opened" run 0 'firewall_allow 8080/tcp; [[ ! -e $PURVEY_STATE_DIR/firewall ]]'
finish
