#!/bin/bash
# Before the server starts: attaches the data volume, whichever machine had it before, and mounts it.
set -euo pipefail
. "$(dirname "$0")/common.sh"

device=/dev/disk/by-id/nvme-Amazon_Elastic_Block_Store_${VOLUME_ID/-/}
instance=$(describe instance-id)

attach() {
  [ -e "$device" ] && return 0
  # Refused while the machine before this one is still stopping: a volume is never attached twice.
  aws ec2 attach-volume --volume-id "$VOLUME_ID" --instance-id "$instance" --device /dev/sdf >/dev/null || true
  udevadm settle || true
  [ -e "$device" ]
}
try 120 5 attach

filesystem=0
blkid -p "$device" >/dev/null || filesystem=$?
case $filesystem in
  0) ;;
  # Nothing recognisable is on it. Every other answer of blkid means that it could not tell.
  2) say "making a file system on $VOLUME_ID" && mkfs.ext4 -q -L wallet "$device" ;;
  *) say "cannot read $VOLUME_ID" && exit 1 ;;
esac
mkdir -p "$MOUNT"
mountpoint -q "$MOUNT" || mount -o noatime "$device" "$MOUNT"
# The volume may have been made larger.
resize2fs "$device" 2>/dev/null || say "the file system was not resized"
