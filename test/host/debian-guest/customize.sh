#!/bin/sh
# Hooks of the test guest's construction; $2 is its root folder.
set -eu
root=$2
case $1 in
initramfs)
  # Before the kernel's package comes: a small initramfs with just what a virtual machine needs to find its disk.
  mkdir -p "$root/etc/initramfs-tools/conf.d"
  printf 'MODULES=list\nCOMPRESS=gzip\nFSTYPE=ext4\n' >"$root/etc/initramfs-tools/conf.d/croft-test"
  printf 'virtio_pci\nvirtio_blk\nvirtio_scsi\nsd_mod\next4\ncrc32c_generic\n' >"$root/etc/initramfs-tools/modules"
  ;;
system)
  echo croft-guest >"$root/etc/hostname"
  : >"$root/etc/machine-id"
  printf 'LABEL=croft-guest / ext4 defaults,noatime 0 1\n' >"$root/etc/fstab"
  printf '[Match]\nName=en* eth*\n[Network]\nDHCP=ipv4\n[DHCPv4]\nSendHostname=yes\nClientIdentifier=mac\n' >"$root/etc/systemd/network/10-lan.network"
  mkdir -p -m 700 "$root/root/.ssh"
  cp "$3" "$root/root/.ssh/authorized_keys"
  chmod 600 "$root/root/.ssh/authorized_keys"
  chroot "$root" passwd -d root >/dev/null
  chroot "$root" systemctl enable systemd-networkd qemu-guest-agent ssh serial-getty@ttyS0 >/dev/null 2>&1 || true
  chroot "$root" systemctl mask systemd-networkd-wait-online.service apt-daily.timer apt-daily-upgrade.timer e2scrub_all.timer fstrim.timer dpkg-db-backup.timer >/dev/null 2>&1
  kernel=$(basename "$(ls "$root"/boot/vmlinuz-* | tail -n 1)")
  initrd=$(basename "$(ls "$root"/boot/initrd.img-* | tail -n 1)")
  mkdir -p "$root/boot/grub"
  cat >"$root/boot/grub/grub.cfg" <<CFG
serial --unit=0
terminal_output console
linux /boot/$kernel root=LABEL=croft-guest rw console=tty0 console=ttyS0 quiet mitigations=off random.trust_cpu=on
initrd /boot/$initrd
boot
CFG
  rm -rf "$root/var/cache/apt/archives"/*.deb "$root/var/lib/apt/lists"/*
  rm -f "$root/etc/resolv.conf"
  ;;
esac
