#!/usr/bin/env bash
# A ceph object gateway of one's own on loopback: real SigV4, STS and IAM policies. Nothing survives `stop`.
#
#   radosgw.sh install            installs the Debian packages it needs (as root)
#   radosgw.sh start DIR [PORT]   starts it with all its files in DIR (new or empty), prints its address
#   radosgw.sh stop DIR           stops it and removes DIR
#   radosgw.sh admin DIR ARGS…    runs radosgw-admin against it
#
# Tried with ceph 16.2.15 of Debian 12.
set -euo pipefail

packages=(ceph-mon ceph-osd radosgw ceph-common)
command=${1:?install, start, stop or admin}

if [ "$command" = install ]; then
  export DEBIAN_FRONTEND=noninteractive
  apt-get update
  apt-get install -y --no-install-recommends "${packages[@]}"
  exit
fi

dir=${2:?a folder}
conf=$dir/ceph.conf

free_port() {
  python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

write_conf() {
  local fsid=$1 mon_port=$2 port=$3
  cat > "$conf" <<CONF
[global]
fsid = $fsid
mon host = v1:127.0.0.1:$mon_port
ms bind ipv4 = true
ms bind msgr2 = false
public addr = 127.0.0.1
cluster addr = 127.0.0.1
public network = 127.0.0.1/32
cluster network = 127.0.0.1/32
auth cluster required = none
auth service required = none
auth client required = none
run dir = $dir/run
admin socket = $dir/run/\$name.asok
log file = $dir/log/\$name.log
pid file = $dir/run/\$name.pid
crash dir = $dir/crash
osd crush chooseleaf type = 0
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 1
osd pool default pgp num = 1
osd pool default pg autoscale mode = off
mon allow pool size one = true
mon warn on pool no redundancy = false
[mon.a]
mon data = $dir/mon
[osd.0]
osd data = $dir/osd
osd objectstore = memstore
memstore device bytes = 2147483648
osd class dir = /usr/lib/$(uname -m)-linux-gnu/rados-classes
[client.rgw.a]
rgw frontends = beast endpoint=127.0.0.1:$port
rgw s3 auth use sts = true
# With the other order a wrong key or signature is answered with AccessDenied only.
rgw s3 auth order = local, sts
rgw sts key = abcdefghijklmnop
rgw data = $dir/rgw
rgw enable usage log = false
rgw enable gc threads = false
rgw enable lc threads = false
CONF
}

wait_until() {
  local what=$1 deadline=$((SECONDS + 60))
  shift
  until "$@" > /dev/null 2>&1; do
    if [ "$SECONDS" -ge "$deadline" ]; then
      echo "radosgw.sh: $what did not come up; see $dir/log" >&2
      exit 1
    fi
    sleep 0.2
  done
}

# Now and then the first start of the storage asks the monitor too early and ends; it is started again then.
storage_is_up() {
  timeout 5 ceph -c "$conf" osd stat | grep -q '1 up' && return
  kill -0 "$(cat "$dir/run/osd.0.pid")" || ceph-osd -c "$conf" -i 0 || true
  return 1
}

answers() {
  python3 -c 'import sys, urllib.request; urllib.request.urlopen(sys.argv[1], timeout=2)' "$1"
}

start() {
  local port=${1:-$(free_port)} mon_port fsid
  mon_port=$(free_port)
  fsid=$(cat /proc/sys/kernel/random/uuid)
  mkdir -p "$dir"/{mon,osd,rgw,run,log,crash}
  write_conf "$fsid" "$mon_port" "$port"
  {
    monmaptool --create --clobber --fsid "$fsid" --addv a "[v1:127.0.0.1:$mon_port]" "$dir/monmap"
    ceph-authtool --create-keyring "$dir/keyring" --gen-key -n mon. --cap mon 'allow *'
    ceph-mon -c "$conf" -i a --mkfs --monmap "$dir/monmap" --keyring "$dir/keyring"
    ceph-mon -c "$conf" -i a
    wait_until 'the monitor' timeout 5 ceph -c "$conf" --connect-timeout 3 -s
    local uuid
    uuid=$(cat /proc/sys/kernel/random/uuid)
    ceph -c "$conf" osd new "$uuid" 0
    ceph-osd -c "$conf" -i 0 --mkfs --osd-uuid "$uuid"
    wait_until 'the storage' storage_is_up
    radosgw -c "$conf" -n client.rgw.a
    wait_until 'the gateway' answers "http://127.0.0.1:$port/"
  } >> "$dir/log/start.log" 2>&1
  echo "http://127.0.0.1:$port"
}

stop() {
  local file pid
  for file in "$dir"/run/client.rgw.a.pid "$dir"/run/osd.0.pid "$dir"/run/mon.a.pid; do
    [ -f "$file" ] || continue
    pid=$(cat "$file")
    kill "$pid" 2> /dev/null || continue
    for _ in $(seq 50); do
      kill -0 "$pid" 2> /dev/null || break
      sleep 0.1
    done
    kill -9 "$pid" 2> /dev/null || true
  done
  [ ! -f "$conf" ] || rm -rf "$dir"
}

case $command in
  start) start "${3:-}" ;;
  stop) stop ;;
  admin)
    shift 2
    exec radosgw-admin -c "$conf" "$@"
    ;;
  *)
    echo "radosgw.sh: unknown command $command" >&2
    exit 2
    ;;
esac
