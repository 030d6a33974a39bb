#!/bin/sh
# Makes of the test guest what a cloud image is: cloud-init alone says its name, network, users and keys. $2 is its root folder.
set -eu
root=$2
case $1 in
initramfs)
  # As in Debian's own images: cloud-init looks for its drive before the system loads drivers by itself.
  printf 'ata_piix\nahci\nsr_mod\nisofs\n' >>"$root/etc/initramfs-tools/modules"
  ;;
system)
  rm -rf "$root/root/.ssh" "$root/etc/hostname" "$root/etc/systemd/network/10-lan.network"
  chroot "$root" passwd -l root >/dev/null
  rm -f "$root"/etc/ssh/ssh_host_*
  printf 'datasource_list: [ NoCloud, ConfigDrive, None ]\n' >"$root/etc/cloud/cloud.cfg.d/90-croft-test.cfg"
  # Netplan by systemd-networkd, as Debian's own cloud images.
  chroot "$root" systemctl enable systemd-networkd systemd-networkd-wait-online >/dev/null 2>&1 || true
  chroot "$root" systemctl unmask systemd-networkd-wait-online.service >/dev/null 2>&1 || true
  ;;
esac
