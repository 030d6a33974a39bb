// Disks in memory, for tests and the development server: tables, file systems, groups and mounts that obey at once.
import { AppError, notFound } from '../../core/errors.ts';
import type { BlockDevice } from '../../node/block-devices.ts';
import type {
  DirectoryMount,
  DiskDriver,
  LogicalVolume,
  PartitionTable,
  Signature,
  Survey,
  VolumeGroup,
} from '../disk-driver.ts';

interface FakeMark {
  readonly type: string;
  readonly uuid?: string;
  readonly label?: string;
  readonly mountpoint?: string;
  /** A file system that keeps quotas. */
  readonly quotas?: boolean;
}

interface FakePart extends Partial<FakeMark> {
  readonly sizeBytes: number;
  readonly guid?: string;
  readonly partType?: string;
}

/** What a disk is, and what is on it. */
interface FakeDisk {
  readonly path: string;
  readonly sizeBytes: number;
  readonly model?: string;
  readonly vendor?: string;
  readonly serial?: string;
  readonly wwn?: string;
  readonly rotational?: boolean;
  readonly transport?: string;
  readonly mark?: FakeMark;
  /** With a GPT, if only an empty one. */
  readonly parts?: readonly FakePart[];
}

interface FakeGroup {
  readonly devices: readonly string[];
  readonly volumes: readonly (Pick<LogicalVolume, 'name' | 'sizeBytes' | 'type'> & Partial<LogicalVolume>)[];
}

export interface FakeDisksOptions {
  readonly disks: readonly FakeDisk[];
  readonly groups?: Readonly<Record<string, FakeGroup>>;
}

interface State {
  readonly disks: Map<string, FakeDisk>;
  readonly groups: Map<string, FakeGroup>;
  /** `kept`: its file is there. */
  readonly mounts: Map<string, { readonly mount: DirectoryMount; mounted: boolean; kept: boolean }>;
}

export interface FakeDisks extends DiskDriver {
  readonly state: State;
  /** Files that are in directories, by name. */
  readonly files: Map<string, string[]>;
  /** The kernel mounts no file system that keeps quotas. */
  lacksQuotas: boolean;
  /** All of it as plain data, without what is made up anew each time. */
  snapshot(): unknown;
}

const lvmMark: FakeMark = { type: 'LVM2_member' };

export function createFakeDisks(options: FakeDisksOptions): FakeDisks {
  const state: State = {
    disks: new Map(options.disks.map((disk) => [disk.path, disk])),
    groups: new Map(Object.entries(options.groups ?? {})),
    mounts: new Map(),
  };
  const files = new Map<string, string[]>();
  const { disks, groups, mounts } = state;

  const partPath = (disk: FakeDisk, index: number) =>
    `${disk.path}${/\d$/.test(disk.path) ? 'p' : ''}${index + 1}`;
  const diskOf = (device: string) => {
    for (const disk of disks.values()) {
      if (disk.path === device) return { disk, index: undefined };
      const index = (disk.parts ?? []).findIndex((_part, at) => partPath(disk, at) === device);
      if (index >= 0) return { disk, index };
    }
    throw notFound('device', device);
  };
  const markOf = (device: string): (FakeMark & Pick<FakePart, 'guid'>) | undefined => {
    const { disk, index } = diskOf(device);
    if (index === undefined) return disk.mark;
    const part = disk.parts?.[index];
    return part?.type === undefined ? undefined : { ...part, type: part.type };
  };
  const setMark = (device: string, mark: FakeMark | undefined) => {
    const { disk, index } = diskOf(device);
    if (index === undefined) {
      const { mark: _mark, parts: _parts, ...rest } = disk;
      disks.set(disk.path, { ...rest, ...(mark ? { mark } : {}) });
      return;
    }
    const parts = (disk.parts ?? []).map((part, at) => {
      if (at !== index) return part;
      const {
        type: _type,
        uuid: _uuid,
        label: _label,
        mountpoint: _mountpoint,
        quotas: _quotas,
        ...rest
      } = part;
      return { ...rest, ...mark };
    });
    disks.set(disk.path, { ...disk, parts });
  };
  const mountpointsOf = (mark: (FakeMark & Pick<FakePart, 'guid'>) | undefined): string[] => {
    const own = mark?.mountpoint === undefined ? [] : [mark.mountpoint];
    const isThere = ({ uuid, partition }: DirectoryMount) =>
      uuid === mark?.uuid && (mark.guid === undefined || partition === '' || mark.guid === partition);
    const kept = [...mounts.values()].filter(({ mount, mounted }) => mounted && isThere(mount));
    return [...own, ...kept.map(({ mount }) => mount.path)];
  };
  const volumesAbove = (device: string): BlockDevice[] =>
    [...groups]
      .filter(([, group]) => group.devices[0] === device)
      .flatMap(([name, group]) =>
        group.volumes
          .filter((volume) => volume.active)
          .map((volume) => ({
            ...nothing,
            ...{ path: `/dev/mapper/${name}-${volume.name}`, name: 'dm-0', type: 'lvm' },
            sizeBytes: volume.sizeBytes,
          })),
      );
  const nodeOf = (path: string, type: string, sizeBytes: number): BlockDevice => {
    const mark = markOf(path);
    const mountpoints = mountpointsOf(mark);
    return {
      ...nothing,
      ...{ path, name: path.slice('/dev/'.length), type, sizeBytes, mountpoints },
      ...{ mounted: mountpoints.length > 0, children: volumesAbove(path) },
      ...{ fsType: mark?.type ?? '', uuid: mark?.uuid ?? '', label: mark?.label ?? '' },
    };
  };
  const blockDevice = (disk: FakeDisk): BlockDevice => {
    const whole = nodeOf(disk.path, 'disk', disk.sizeBytes);
    const tableType = disk.parts ? 'gpt' : '';
    const parts = (disk.parts ?? []).map((part, index) => ({
      ...nodeOf(partPath(disk, index), 'part', part.sizeBytes),
      ...{ partType: part.partType ?? '', tableType, transport: disk.transport ?? '' },
    }));
    const { model = '', vendor = '', serial = '', wwn = '', rotational = false, transport = '' } = disk;
    return {
      ...whole,
      ...{ model, vendor, serial, wwn, rotational, transport, tableType },
      children: [...parts, ...whole.children],
    };
  };
  const groupOf = (name: string, group: FakeGroup): VolumeGroup => {
    const sizeOf = (device: string) => {
      const { disk, index } = diskOf(device);
      return index === undefined ? disk.sizeBytes : (disk.parts?.[index]?.sizeBytes ?? 0);
    };
    const sizeBytes = group.devices.reduce((sum, device) => sum + sizeOf(device), 0);
    const taken = group.volumes
      .filter(({ pool }) => pool === undefined || pool === '')
      .reduce((sum, volume) => sum + volume.sizeBytes + 2 * (volume.metadataBytes ?? 0), 0);
    return {
      ...{ name, sizeBytes, freeBytes: Math.max(0, sizeBytes - taken), partial: false },
      devices: group.devices.map((device) => ({ device, sizeBytes: sizeOf(device), freeBytes: 0 })),
      volumes: group.volumes.map((volume) => ({ ...noVolume, ...volume })),
    };
  };
  const marks = () =>
    [...disks.values()].flatMap((disk) => [...(disk.mark ? [disk.mark] : []), ...(disk.parts ?? [])]);
  const requireIdle = (device: string) => {
    const { disk } = diskOf(device);
    const used = [blockDevice(disk), ...blockDevice(disk).children].find(
      (node) =>
        (node.path === device || device === disk.path) && (node.mounted || node.children.some(isVolume)),
    );
    if (used) throw new AppError('busy', `${used.path} is in use: the kernel does not let it be erased`);
  };

  const fake: FakeDisks = {
    state,
    files,
    lacksQuotas: false,
    snapshot: () => ({
      disks: [...disks.values()].map(({ path, mark, parts }) => ({
        path,
        mark: mark?.type,
        parts: parts?.map(({ type, sizeBytes }) => ({ type, sizeBytes })),
      })),
      groups: [...groups].map(([name, group]) => ({ name, ...group })),
      mounts: [...mounts.values()].map(({ mount: { name, path }, mounted, kept }) => ({
        ...{ name, path, mounted, kept },
      })),
    }),

    survey: async (): Promise<Survey> => {
      const paths = [...disks.values()].flatMap((disk) => [
        disk.path,
        ...(disk.parts ?? []).map((_part, index) => partPath(disk, index)),
      ]);
      const taken = new Set([...groups.values()].flatMap((group) => group.devices));
      return {
        disks: [...disks.values()].map(blockDevice),
        groups: [...groups].map(([name, group]) => groupOf(name, group)),
        spare: paths.filter((path) => markOf(path)?.type === lvmMark.type && !taken.has(path)),
      };
    },
    resolve: async (path) => path,
    signatures: async (devices) =>
      devices.flatMap((device): Signature[] => {
        const mark = markOf(device);
        const { disk, index } = diskOf(device);
        const none = { device, uuid: '', label: '' };
        return [
          ...(index === undefined && disk.parts ? [{ ...none, type: 'gpt' }] : []),
          ...(mark ? [{ ...none, type: mark.type, uuid: mark.uuid ?? '', label: mark.label ?? '' }] : []),
        ];
      }),
    table: async (path): Promise<PartitionTable | undefined> => {
      const { disk } = diskOf(path);
      if (!disk.parts) return undefined;
      return {
        type: 'gpt',
        partitions: disk.parts.map((part, index) => ({
          ...{
            path: partPath(disk, index),
            number: index + 1,
            guid: part.guid ?? '',
            sizeBytes: part.sizeBytes,
          },
        })),
      };
    },

    async makeTable(path) {
      setMark(path, undefined);
      disks.set(path, { ...diskOf(path).disk, parts: [] });
    },
    async makePartition(path, guid) {
      const { disk } = diskOf(path);
      const wanted = guid.toUpperCase();
      if (!disk.parts?.some((part) => part.guid === wanted))
        disks.set(path, { ...disk, parts: [{ sizeBytes: disk.sizeBytes, guid: wanted }] });
      return partPath(disk, 0);
    },
    async removePartition(path, guid) {
      const { disk } = diskOf(path);
      if (disk.parts)
        disks.set(path, { ...disk, parts: disk.parts.filter((part) => part.guid !== guid.toUpperCase()) });
    },
    async erase(device) {
      requireIdle(device);
      setMark(device, undefined);
      for (const [name, group] of groups) if (group.devices.includes(device)) groups.delete(name);
    },
    async makeFileSystem(device, type, uuid) {
      setMark(device, { type, uuid, quotas: true });
    },

    async makeGroup(name, device) {
      setMark(device, lvmMark);
      if (!groups.has(name)) groups.set(name, { devices: [device], volumes: [] });
    },
    async closeGroup(name) {
      const group = groups.get(name);
      if (!group) return;
      const open = group.volumes.find((volume) => volume.open);
      if (open) throw new AppError('command-failed', `Logical volume ${name}/${open.name} in use.`);
      groups.set(name, { ...group, volumes: group.volumes.map((volume) => ({ ...volume, active: false })) });
    },
    async removeGroup(name) {
      groups.delete(name);
    },
    async releaseDevice(device) {
      const isTaken = [...groups.values()].some((group) => group.devices.includes(device));
      if (!isTaken && markOf(device)?.type === lvmMark.type) setMark(device, undefined);
    },
    async makePool(groupName, name, { dataBytes, metadataBytes }) {
      const group = groups.get(groupName);
      if (!group) throw notFound('volume group', groupName);
      if (group.volumes.some((volume) => volume.name === name)) return;
      const pool = { name, sizeBytes: dataBytes, type: 'thin-pool', active: true, metadataBytes };
      groups.set(groupName, { ...group, volumes: [...group.volumes, pool] });
    },
    async removePool(groupName, name) {
      const group = groups.get(groupName);
      if (!group) return;
      const volumes = group.volumes.filter((volume) => volume.name !== name && volume.pool !== name);
      groups.set(groupName, { ...group, volumes });
    },

    mounts: async () => [...mounts.values()].filter(({ kept }) => kept).map(({ mount }) => mount),
    mountOf: (name, { uuid, type, partition }) => ({
      ...{ name, uuid, type, partition, path: `/mnt/pve/${name}`, options: 'defaults' },
      unitFile: `/var/lib/croft/disk-mounts/${name}.mount`,
    }),
    async withoutQuotas(mount, device) {
      const { quotas, ...mark } = markOf(device) ?? { type: mount.type };
      if (!quotas) return undefined;
      setMark(device, mark);
      return mount;
    },
    async mount(mount) {
      const system = marks().find(({ uuid }) => uuid === mount.uuid);
      const problem = system ? fake.lacksQuotas && system.quotas && 'bad option' : "can't find it";
      mounts.set(mount.name, { mount, mounted: !problem, kept: true });
      if (problem) throw new AppError('command-failed', `mount ${mount.path}: ${problem}`);
    },
    async unmount({ name }) {
      const found = mounts.get(name);
      if (found?.kept) mounts.set(name, { ...found, mounted: false });
      else mounts.delete(name);
    },
    async forgetMount({ name }) {
      const found = mounts.get(name);
      if (found?.mounted) mounts.set(name, { ...found, kept: false });
      else mounts.delete(name);
    },
    async space({ name, uuid }) {
      const sizeBytes = [...disks.values()]
        .flatMap((disk) => [{ ...disk.mark, sizeBytes: disk.sizeBytes }, ...(disk.parts ?? [])])
        .find((one) => one.uuid === uuid)?.sizeBytes;
      if (!mounts.get(name)?.mounted || sizeBytes === undefined) return undefined;
      return { sizeBytes, availableBytes: Math.round(sizeBytes * 0.98) };
    },
    someFiles: async ({ name }, most) => (files.get(name) ?? []).slice(0, most),
  };
  return fake;
}

const isVolume = ({ type }: BlockDevice) => type === 'lvm';

const nothing: BlockDevice = {
  ...{ path: '', name: '', type: '', sizeBytes: 0, model: '', vendor: '', serial: '', wwn: '' },
  ...{ rotational: false, transport: '', fsType: '', tableType: '', partType: '', partLabel: '' },
  ...{ mounted: false, mountpoints: [], label: '', uuid: '', readOnly: false, children: [] },
};
const noVolume: LogicalVolume = {
  ...{ name: '', sizeBytes: 0, type: 'linear', pool: '', active: false, open: false },
  ...{ usedBytes: 0, metadataBytes: 0, metadataUsedBytes: 0 },
};
