#!/bin/sh
# Lets a systemd-journald of its own write some entries, in namespaces where nothing else sees it, and copies its files to $1.
# Called as: unshare --mount --propagation private -- sh record-journal.sh FOLDER
set -u
mount -t tmpfs tmpfs /run && mount -t tmpfs tmpfs /var/log || exit 1
mkdir -p /run/systemd/journal /run/log
# It would take what the kernel says to the real one.
[ -e /dev/kmsg ] && mount --bind /dev/null /dev/kmsg
/lib/systemd/systemd-journald &
daemon=$!
n=0
while [ ! -S /run/systemd/journal/stdout ] && [ $n -lt 100 ]; do
  sleep 0.1
  n=$((n + 1))
done
for i in 1 2 3 4 5 6 7 8; do
  echo "line $i password=geheim" | systemd-cat -t "prog$i"
done
n=0
while [ "$(journalctl -q --no-pager -o cat | grep -c '^line')" -lt 8 ] && [ $n -lt 50 ]; do
  sleep 0.1
  n=$((n + 1))
done
cp -r /run/log/journal/. "$1"
kill $daemon
