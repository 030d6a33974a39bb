// Debian's packages that Croft needs: to run, and for its tests beyond that.

/** For `npm start`. */
export const runPackages = [
  'qemu-system-x86',
  'qemu-utils',
  // Images of cloud-init drives.
  'xorriso',
  'ovmf',
  // The emulated TPM of VMs.
  'swtpm',
  'swtpm-tools',
  'libvirt-daemon',
  'libvirt-daemon-driver-qemu',
  'libvirt-daemon-system',
  'libvirt-clients',
  'dnsmasq-base',
  'nftables',
  'iproute2',
  'pamtester',
  'tini',
  // Containers: LXC, user namespaces, templates and what they are packed with, file systems of their roots.
  'lxc',
  'lxcfs',
  'uidmap',
  'mmdebstrap',
  'debian-archive-keyring',
  'zstd',
  'xz-utils',
  'bzip2',
  // Backups: compression lzo; the copy of a container's files that is packed.
  'lzop',
  'rsync',
  'e2fsprogs',
  'btrfs-progs',
  // Disks that are put to use.
  'xfsprogs',
  'gdisk',
  'fdisk',
  'openssl',
  'openssh-client',
  'util-linux',
];

/** For `npm run iso`: what unpacks, packs and signs; all else is of the image itself. */
export const isoPackages = [
  'mmdebstrap',
  'debian-archive-keyring',
  'squashfs-tools',
  'xorriso',
  'mtools',
  'cpio',
  'kmod',
  'xz-utils',
  'zstd',
];

/** Beyond these, for `npm run test:lab`. */
export const labPackages = ['qemu-utils', 'openssh-client', 'util-linux', 'chromium'];

/** Beyond these, for `npm test`. */
export const testPackages = [
  'chromium',
  'fonts-dejavu-core',
  'ipxe',
  'grub-common',
  'grub-pc-bin',
  'dosfstools',
  'bsdutils',
  'mawk',
  'libxml2-utils',
  'busybox-static',
  // The guest that writes while it is backed up.
  'gcc',
  // What backups of files must keep.
  'acl',
  'attr',
  'python3-proxmoxer',
  'python3-requests',
  'python3-requests-toolbelt',
];
