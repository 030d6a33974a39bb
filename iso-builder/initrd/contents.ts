// What the initrd holds beside `/init`: programs of the image with their libraries, and the drivers that find the image.

/** Linked statically: it brings no libraries along. */
export const busybox = '/usr/bin/busybox';

/** Programs of the image's root, by their path there, each with its libraries. */
export const initrdPrograms = [
  '/usr/bin/kmod',
  '/usr/sbin/blkid',
  '/usr/sbin/e2fsck',
  '/usr/sbin/mdadm',
] as const;

/** Folders of drivers below `kernel/` that an image may be behind, and the watchdogs. */
export const driverFolders = [
  'drivers/ata',
  'drivers/block',
  'drivers/cdrom',
  'drivers/message/fusion',
  'drivers/mmc',
  'drivers/nvme/host',
  'drivers/scsi',
  'drivers/usb/host',
  'drivers/usb/storage',
  'drivers/hid/usbhid',
  'drivers/virtio',
  'drivers/watchdog',
] as const;

/** Single drivers elsewhere, with all they depend on. */
export const drivers = [
  'ext4',
  'squashfs',
  'overlay',
  'isofs',
  'vfat',
  'nls_cp437',
  'nls_iso8859-1',
  'nls_ascii',
  'raid1',
  'loop',
  'hid-generic',
  'crc32c_generic',
  'crc32c-intel',
  'hv_storvsc',
  'xen-blkfront',
  'vmd',
  'i2c-i801',
  'lpc_ich',
] as const;

/** Below the folders above, and never what a server boots from: networks of storage, tape, and test drivers. */
export const unwanted =
  /\/(scsi\/(lpfc|qla2xxx|qla4xxx|qedf|qedi|bnx2fc|bnx2i|cxgbi|fcoe|libfc|csiostor|bfa|elx|aic94xx|pcmcia|scsi_debug|st\.|be2iscsi|ibmvscsi|fnic|snic|iscsi_tcp|libiscsi|scsi_transport_iscsi|mpi3mr)|block\/(drbd|zram|rbd|nbd|null_blk|rnbd|aoe|pktcdvd|ublk|floppy|brd)|ata\/pata_|nvme\/host\/nvme-(rdma|fc|tcp))/;
