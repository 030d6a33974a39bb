// Storages of a lab node through its API: one of each type, over its own servers and spare disks.
import {
  cifsPassword,
  cifsShare,
  cifsUser,
  glusterVolume,
  iscsiTarget,
  nfsRoot,
  type StorageServer,
  serverAddresses,
  spareDisks,
} from '../appliance/storage-places.ts';
import { eventually } from '../host/wait.ts';
import type { LabNode } from './node.ts';

const minute = 60_000;

export interface StorageStatus {
  readonly storage: string;
  readonly type: string;
  readonly active: number;
  readonly total?: number;
  readonly used?: number;
  readonly avail?: number;
  readonly content?: string;
  readonly problem?: string;
  readonly warnings?: readonly string[];
}

/** The options of a storage on each server. */
export const onServer = {
  nfs: { type: 'nfs', server: serverAddresses.nfs, export: nfsRoot, content: 'images,iso,snippets' },
  cifs: {
    ...{ type: 'cifs', server: serverAddresses.cifs, share: cifsShare, content: 'images,iso' },
    ...{ username: cifsUser, password: cifsPassword },
  },
  iscsi: {
    ...{ type: 'iscsi', portal: `${serverAddresses.iscsi}:3260`, target: iscsiTarget, content: 'none' },
  },
  glusterfs: {
    type: 'glusterfs',
    server: serverAddresses.glusterfs,
    volume: glusterVolume,
    content: 'images',
  },
} satisfies Record<StorageServer, Record<string, string>>;

/** Creates a storage, which must be active soon. */
export async function addStorage(
  node: LabNode,
  storage: string,
  options: Readonly<Record<string, unknown>>,
): Promise<void> {
  await node.api.call('POST', '/storage', { storage, ...options });
  await untilStorage(node, storage, ({ active }) => active === 1);
}

export async function removeStorage({ api }: LabNode, storage: string): Promise<void> {
  await api.call('DELETE', `/storage/${storage}`);
}

export async function storageStatus({ api, name }: LabNode, storage: string): Promise<StorageStatus> {
  const all = await api.call<StorageStatus[]>('GET', `/nodes/${name}/storage`);
  const one = all.find((status) => status.storage === storage);
  if (!one) throw new Error(`the node has no storage '${storage}'`);
  return one;
}

/** Waits until the storage's status is as wanted; the error says how it was last. */
export async function untilStorage(
  node: LabNode,
  storage: string,
  wanted: (status: StorageStatus) => boolean,
  withinMs = minute,
): Promise<StorageStatus> {
  let last: unknown;
  return eventually(
    `storage '${storage}' as wanted`,
    withinMs,
    async () => {
      const status = await storageStatus(node, storage);
      last = status;
      return wanted(status) && status;
    },
    500,
  ).catch((error: unknown) => {
    throw new Error(`${error}: ${JSON.stringify(last)}`);
  });
}

/** Names of the storage's volumes of these contents. */
export async function volumesOn(
  { api, name }: LabNode,
  storage: string,
  content = 'images',
): Promise<string[]> {
  const volumes = await api.call<{ volid: string }[]>('GET', `/nodes/${name}/storage/${storage}/content`, {
    content,
  });
  return volumes.map(({ volid }) => volid);
}

/** `/dev/vdb` of the lab's first spare disk and so on: what the pages of disks name. */
export async function deviceOf({ ssh }: LabNode, spare: 0 | 1): Promise<string> {
  return ssh.output(['readlink', '--canonicalize', spareDisks[spare]]);
}

/** A volume group, and in another one a thin pool, on the spare disks; storages `thick` and `thin`. By the page of disks. */
export async function makeLvmStorages(node: LabNode): Promise<void> {
  const { api, name } = node;
  const make = async (kind: 'lvm' | 'lvmthin', spare: 0 | 1, storage: string) => {
    const device = await deviceOf(node, spare);
    const task = await api.call<string>('POST', `/nodes/${name}/disks/${kind}`, {
      ...{ device, name: storage, add_storage: 1 },
    });
    await api.waitTask(task, 5 * minute);
    await untilStorage(node, storage, ({ active }) => active === 1);
  };
  await make('lvm', 0, 'thick');
  await make('lvmthin', 1, 'thin');
}

/** A volume group on the first unit of the target, under a storage of type iscsi: `san` and `san-lvm`. */
export async function makeSanStorages(node: LabNode, more: Record<string, unknown> = {}): Promise<void> {
  await addStorage(node, 'san', { ...onServer.iscsi, ...more });
  const base = (await volumesOn(node, 'san')).sort()[0];
  if (base === undefined) throw new Error('the target shows no unit');
  await addStorage(node, 'san-lvm', { type: 'lvm', vgname: 'sanvg', base, content: 'images', shared: 1 });
}

/** A file system on an image of the node's local volume, mounted; gone with the node. */
export async function makeFileSystem(
  { ssh }: LabNode,
  kind: 'btrfs' | 'ext4',
  at: string,
  mebibytes: number,
): Promise<void> {
  const image = `/var/lib/croft/local/${at.split('/').at(-1)}.img`;
  await ssh.script(
    `truncate -s ${mebibytes}M ${image}\nmkfs.${kind} -q ${image}\nmkdir -p ${at}\nmount -o loop ${image} ${at}`,
    { timeoutMs: 2 * minute },
  );
}

/** `CROFT_LAB_STORAGES=lvm,nfs`: only these of what a test tries one after the other. */
export function chosenOf(things: readonly string[]): readonly string[] {
  const wanted = process.env['CROFT_LAB_STORAGES']?.split(',');
  return things.filter((name) => wanted?.includes(name) ?? true);
}
