#!/bin/bash
# First process of a lab host, started in fresh namespaces as
#   bash holder.sh virt-deck-lab-host LAB_DIR NAME ADDRESS
# It gives the host its own files, then only waits; when it is killed, the kernel kills every
# process of the host and its mounts and network devices vanish with it.
set -eu
lab=$2 name=$3
own=$lab/hosts/$name

mount -t sysfs sysfs /sys
for target in /etc/libvirt /etc/ssh /var/lib/libvirt /var/cache/libvirt /var/log/libvirt; do
  mount --bind "$own$target" "$target"
done
for target in /etc/passwd /etc/shadow /etc/group /etc/hosts; do
  mount --bind "$own$target" "$target"
done
mount --bind "$lab/shared" /var/lib/libvirt/shared
mount --bind "$own/image" /var/lib/libvirt/boot
# so small that a guest can fill it
mount -t tmpfs -o size=16m,mode=0755 tiny /var/lib/libvirt/tiny
# last: the lab itself may be below /run
mount --bind "$own/run" /run
hostname "$name"
touch /run/holder-ready

# adopted processes end here, and bash reaps them while it waits
while :; do
  sleep 3600 &
  wait $!
done
