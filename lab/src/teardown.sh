#!/bin/sh
# Removes everything that a lab made. Safe to run again, beside itself, and on a lab that was never finished.
#   sh teardown.sh LAB_ID [wait]
# With `wait` it first reads its standard input to the end: that is, it waits until the owner of the lab lets go or dies.
# Everything a lab makes is found by the lab's id alone, so there is no list that could be out of date.
id=$1
case $id in '' | *[!a-z0-9]*) echo "no lab id: '$id'" >&2; exit 2 ;; esac
run=/run/purvey-lab/$id
PATH=$PATH:/usr/sbin:/sbin

if [ "$2" = wait ]; then
  trap '' HUP INT TERM
  while read -r _; do :; done
fi
[ -d "$run" ] || exit 0
work=$(cat "$run/work" 2>/dev/null)
case $work in */purvey-lab-"$id") ;; *) work= ;; esac

groups=
for hierarchy in /sys/fs/cgroup /sys/fs/cgroup/unified /sys/fs/cgroup/systemd; do
  [ -d "$hierarchy/purvey-lab-$id" ] && groups="$groups $hierarchy/purvey-lab-$id"
done

pids() {
  # shellcheck disable=SC2086 # a list of paths without spaces
  [ -z "$groups" ] || find $groups -name cgroup.procs -exec cat {} + 2>/dev/null
}

# Again and again, since a program may be starting another one.
tries=200
for group in $groups; do echo 1 2>/dev/null >"$group/cgroup.kill"; done
while [ "$tries" -gt 0 ] && [ -n "$(pids)" ]; do
  pids | xargs -r kill -s KILL 2>/dev/null
  sleep 0.02
  tries=$((tries - 1))
done

mounts() {
  # Ours hold no character that /proc/mounts would have to escape.
  awk -v run="$run/" -v work="$work/" 'index($2, run) == 1 || (work != "/" && index($2, work) == 1) { print $2 }' /proc/mounts |
    sort -r
}
for mount in $(mounts); do
  umount "$mount" 2>/dev/null || umount --lazy "$mount" 2>/dev/null
done

for link in $(ip -o link show 2>/dev/null | sed -n "s/^[0-9]*: \(pl-${id}[-0-9]*\)[@:].*/\1/p"); do
  ip link delete "$link" 2>/dev/null
done

for group in $groups; do
  find "$group" -depth -type d -exec rmdir {} + 2>/dev/null
done
rmdir /run/systemd/nspawn/propagate/"pl-$id"-* /run/systemd/nspawn/unix-export/"pl-$id"-* 2>/dev/null

problem=
[ -z "$(pids)" ] || problem="processes $(pids | tr '\n' ' ')"
[ -z "$(mounts)" ] || problem="$problem mounts $(mounts | tr '\n' ' ')"
if [ -n "$problem" ]; then
  echo "still there: $problem" >&2
  exit 1
fi
[ -z "$work" ] || rm -rf --one-file-system -- "$work" || exit 1
rm -rf --one-file-system -- "$run" || exit 1
# The last one turns off the light, unless somebody is just coming in.
flock --nonblock /run/purvey-lab rmdir /run/purvey-lab 2>/dev/null
exit 0
