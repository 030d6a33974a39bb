// Where the storage servers of a lab node are, for who starts them and for who uses them. Plain values: also part of bundles.

/** The servers that a node plays for itself, each with an address of its own on loopback: cutting one off leaves the others. */
export const serverAddresses = {
  nfs: '10.99.0.2',
  cifs: '10.99.0.3',
  iscsi: '10.99.0.4',
  glusterfs: '10.99.0.5',
} as const;

export type StorageServer = keyof typeof serverAddresses;

/** On the node's large local volume: images of file systems, and the servers' root. */
export const serversFolder = '/var/lib/croft/local/lab-servers';
/** The root that the servers run in. */
export const serversRoot = '/run/lab-servers/root';
/** File systems that are served, at the same place on the node and in the servers' root. */
export const servedFolder = '/srv/lab';

export const nfsExport = `${servedFolder}/nfs`;
/** What clients of version 4 call it. */
export const nfsRoot = '/';

export const cifsShare = 'lab';
export const cifsFolder = `${servedFolder}/cifs`;
export const cifsUser = 'lab';
/** A comma ends an option of mount(8): passwords must not go that way. */
export const cifsPassword = 'pass,word="lab"';

export const iscsiTarget = 'iqn.2026-01.org.croft.lab:target';
export const iscsiUser = 'initiator';
export const iscsiPassword = 'twelve-letters';
export const lunFile = (number: number) => `${serversFolder}/lun${number}.img`;

export const glusterVolume = 'labvol';
/** Two bricks on one server, each a mirror of the other. */
export const glusterBricks = ['one', 'two'].map((name) => `${servedFolder}/bricks/${name}/brick`);

/** The lab's two empty disks. */
export const spareDisks = ['/dev/disk/by-id/virtio-lab-disk1', '/dev/disk/by-id/virtio-lab-disk2'] as const;

/** The two nodes of mirrored volumes, on the lab's private network. */
export const drbdNodes = { lab1: '10.88.0.1', lab2: '10.88.0.2' } as const;
export const drbdGroup = 'mirrored';
/** Of the first node, which the second lets in. */
export const drbdKey = '/run/lab-drbd-key';
