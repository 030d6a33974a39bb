// What the contract suite of storage plugins is run on inside an appliance. Names only: `storage-things.ts` makes them.

/** `lvm-chain`: LVM with snapshots as chains of images. `nfs3`: the protocol's older version. */
export const thingNames = [
  'dir',
  'btrfs',
  'lvm',
  'lvm-chain',
  'lvmthin',
  'nfs',
  'nfs3',
  'cifs',
  'glusterfs',
  'iscsi',
] as const;

export type ThingName = (typeof thingNames)[number];
