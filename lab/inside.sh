#!/bin/bash
# The first process of a lab's PID namespace: `inside.sh DIRECTORY`.
#
# It puts the lab's directories over the machine's, starts virtlogd and libvirtd, and obeys one command a line on
# standard input. When that ends it exits, and the kernel ends everything else in the namespace. It is bash because
# bash, unlike Node, reaps the machines that QEMU leaves to the first process; libvirt waits for them to be gone.
set -u
directory=$1

fail() {
  echo "failed $*"
  exit 1
}

cover() {
  [ -d "$2" ] || fail "$2 is not there; install the Debian packages with: node scripts/setup.mjs"
  mount --bind "$directory/$1" "$2" || fail "cannot mount $directory/$1 over $2; a lab needs root and CAP_SYS_ADMIN"
}

# Without D-Bus (in /run) and cgroups libvirt cannot register its machines with the host's systemd.
umount --recursive --lazy /sys/fs/cgroup 2>>"$directory/log/inside.log"
mount -t sysfs sysfs /sys || fail 'cannot mount sysfs for the network namespace'
cover etc /etc/libvirt
cover lib /var/lib/libvirt
cover log /var/log/libvirt
cover cache /var/cache/libvirt
cover run /run

# A lab emulates on every machine alike: KVM that half works in a nested machine would make results differ.
# It is covered by a plain file on a read-only mount: libvirt asks access(2), which root passes for any device, and
# an accessible /dev/kvm that turns out to be none makes it probe QEMU anew (1 s) at every call.
if [ -e /dev/kvm ]; then
  touch "$directory/no-kvm"
  mount --bind "$directory/no-kvm" /dev/kvm && mount -o remount,bind,ro /dev/kvm || fail 'cannot hide /dev/kvm'
fi
ip link set lo up || fail 'cannot bring up the loopback device of the network namespace'
basename "$directory" >/proc/sys/kernel/hostname

virtlogd </dev/null >>"$directory/log/virtlogd.log" 2>&1 &

start_libvirtd() {
  # A socket left by a killed daemon would look like a live one to whoever waits for it.
  rm -f /run/libvirt/libvirt-sock
  libvirtd </dev/null >>"$directory/log/libvirtd.log" 2>&1 &
  libvirtd=$!
  local tries=0
  until [ -S /run/libvirt/libvirt-sock ]; do
    kill -0 "$libvirtd" 2>/dev/null || fail 'libvirtd ended at once'
    [ "$((tries += 1))" -lt 600 ] || fail 'libvirtd did not open its socket within 30 s'
    sleep 0.05
  done
  echo "started $libvirtd"
}

start_libvirtd
while read -r command argument; do
  case $command in
    stop-libvirtd)
      kill -s "$argument" "$libvirtd" 2>/dev/null
      wait "$libvirtd"
      echo 'stopped'
      ;;
    start-libvirtd) start_libvirtd ;;
    *) fail "does not know the command $command" ;;
  esac
done
