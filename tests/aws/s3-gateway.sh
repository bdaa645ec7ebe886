#!/usr/bin/env bash
# A real S3 on loopback for tests: the RADOS Gateway of Ceph over one monitor and one storage daemon that keeps all in memory.
#
#   tests/aws/s3-gateway.sh DIR HTTP_PORT MONITOR_PORT ACCESS_KEY SECRET_KEY
#
# DIR is made, and removed at the end. Prints `up` when it answers, and runs until its standard input ends or it is told to stop:
# whoever started it cannot leave it behind, not even by being killed. Several run at once when they have directories and ports of their own.
# Needs radosgw, ceph-mon, ceph-osd and ceph-common: `npm run setup:test` installs them on Debian.
set -euo pipefail
DIR=$1 HTTP_PORT=$2 MONITOR_PORT=$3 ACCESS_KEY=$4 SECRET_KEY=$5

mkdir -p "$DIR/mon" "$DIR/osd"
cd "$DIR"
stop() {
  trap - EXIT TERM INT HUP
  # In memory: nothing is worth an orderly end.
  { jobs -p | xargs -r kill -9; wait; } 2>/dev/null || true
  cd / && rm -rf "$DIR"
}
trap stop EXIT
trap 'exit 0' TERM INT HUP

FSID=$(cat /proc/sys/kernel/random/uuid)
cat > ceph.conf <<CONF
[global]
fsid = $FSID
mon host = [v2:127.0.0.1:$MONITOR_PORT]
auth cluster required = cephx
auth service required = cephx
auth client required = cephx
keyring = $DIR/keyring
run dir = $DIR
admin socket =
log file = $DIR/\$name.log
log to stderr = false
ms bind ipv6 = false
ms bind msgr1 = false
public addr = 127.0.0.1
cluster addr = 127.0.0.1
# One daemon holds everything once.
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 1
osd pool default pgp num = 1
osd pool default pg autoscale mode = off
osd crush chooseleaf type = 0
# Every pool that the gateway makes is a round of the monitor, which waits a second for company unless told otherwise.
paxos propose interval = 0.02
paxos min wait = 0.01
mon allow pool size one = true
mon max pg per osd = 2000
osd objectstore = memstore
memstore device bytes = 1073741824
osd memory target = 939524096
[mon.a]
mon data = $DIR/mon
[osd.0]
osd data = $DIR/osd
[client.rgw]
rgw frontends = beast endpoint=127.0.0.1:$HTTP_PORT tcp_nodelay=1
rgw enable apis = s3, admin
rgw run sync thread = false
rgw gc max objs = 4
rgw lc max objs = 4
rgw usage max shards = 1
rgw data log num shards = 1
rgw md log max shards = 1
rgw thread pool size = 32
CONF
export CEPH_CONF=$DIR/ceph.conf

key() { ceph-authtool keyring --gen-key -n "$@" >/dev/null; }
ceph-authtool --create-keyring keyring --gen-key -n mon. --cap mon 'allow *' >/dev/null
key client.admin --cap mon 'allow *' --cap osd 'allow *' --cap mgr 'allow *'
key client.rgw --cap mon 'allow rwx' --cap osd 'allow rwx'
key osd.0 --cap mon 'allow profile osd' --cap osd 'allow *'
monmaptool --create --addv a "[v2:127.0.0.1:$MONITOR_PORT]" --fsid "$FSID" --clobber monmap >/dev/null
ceph-mon --mkfs -i a --monmap monmap --keyring keyring --fsid "$FSID"

# In the foreground, so that they are children of this script and die with it, however it dies.
daemon() { exec setpriv --pdeathsig KILL "$@" </dev/null >/dev/null 2>&1; }
daemon ceph-mon -f -i a &
timeout 30 ceph -n client.admin auth import -i keyring >/dev/null 2>&1
OSD_UUID=$(cat /proc/sys/kernel/random/uuid)
timeout 30 ceph -n client.admin osd new "$OSD_UUID" >/dev/null
ceph-osd -i 0 --mkfs --osd-uuid "$OSD_UUID" >/dev/null 2>&1
daemon ceph-osd -f -i 0 &
daemon radosgw -f -n client.rgw &

answers() { (exec 3<>"/dev/tcp/127.0.0.1/$HTTP_PORT") 2>/dev/null; }
for _ in $(seq 300); do
  if answers; then break; fi
  sleep 0.1
done
timeout 30 radosgw-admin -n client.admin user create --uid=test --display-name=test \
  --access-key="$ACCESS_KEY" --secret-key="$SECRET_KEY" >/dev/null 2>&1
echo up
cat >/dev/null
