#!/busybox sh
# The mounts of Strata's boot, done by busybox as /init: what a boot without an agent costs.
# Runs twice: in the initramfs until the root stands, then in the root. Milestones go to the kernel's log.
bb=/busybox
case "$0" in /run/*) bb=/run/busybox ;; esac

say() { echo "<1>bench: $1" > /dev/kmsg; }

first() {
  $bb mount -t proc -o nosuid,nodev,noexec proc /proc
  $bb mount -t sysfs -o nosuid,nodev,noexec sysfs /sys
  $bb mount -t devtmpfs -o nosuid,noexec,mode=0755 devtmpfs /dev
  for module in loop squashfs virtio_blk xfs overlay; do $bb modprobe $module; done
  $bb mkdir /newroot
  $bb losetup -r /dev/loop0 /rootfs.squashfs
  $bb mount -t squashfs -o ro,nosuid,nodev /dev/loop0 /newroot
  for directory in proc sys dev; do $bb mount --move /$directory /newroot/$directory; done
  $bb mount -t tmpfs -o nosuid,nodev,noexec,mode=0755,size=128m tmpfs /newroot/run
  for file in busybox busybox-init; do
    : > /newroot/run/$file
    $bb mount --bind /$file /newroot/run/$file
  done
  exec $bb switch_root /newroot /run/busybox sh /run/busybox-init
}

second() {
  say root
  $bb mkdir /dev/pts /dev/shm
  $bb mount -t devpts -o nosuid,noexec,mode=0620,gid=5,ptmxmode=0666 devpts /dev/pts
  $bb mount -t tmpfs -o nosuid,nodev,noexec,mode=1777,size=64m tmpfs /dev/shm
  $bb mount -t tmpfs -o nosuid,nodev,noexec,mode=1777,size=192m tmpfs /tmp
  $bb mount -t tmpfs -o nosuid,nodev,noexec,mode=0755,size=32m tmpfs /system
  $bb mount -t cgroup2 -o nosuid,nodev,noexec,nsdelegate cgroup2 /sys/fs/cgroup
  $bb mkdir /system/etc
  for file in hosts hostname resolv.conf machine-id; do
    echo "$file" > /system/etc/$file
    $bb mount --bind /system/etc/$file /etc/$file
    $bb mount -o remount,bind,ro,nosuid,nodev,noexec /etc/$file
  done
  $bb mount -t xfs -o nosuid,nodev /dev/vda1 /var
  say data
  for directory in etc/kubernetes etc/cni opt; do
    layers=/var/bench/$directory
    $bb mkdir -p $layers/upper $layers/work
    $bb mount -t overlay -o "nosuid,nodev,lowerdir=/$directory,upperdir=$layers/upper,workdir=$layers/work" \
      overlay /$directory
  done
  say up
  $bb umount /etc/kubernetes /etc/cni /opt
  $bb umount /var
  $bb poweroff -f
}

case "$0" in /run/*) second ;; *) first ;; esac
