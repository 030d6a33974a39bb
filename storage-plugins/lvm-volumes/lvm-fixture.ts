// A volume group for tests: LVM's programs played on files, with the words that lvm2 2.03 has for what goes wrong.
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import path from 'node:path';
import { AppError } from '../../server/core/errors.ts';
import { commandFailed, type Exec } from '../../server/core/exec.ts';
import type { StreamingRun } from '../files/qemu-img.ts';

interface Volume {
  name: string;
  sizeBytes: number;
  tags: string[];
  pool: string | undefined;
  kind: '-' | 'V' | 't';
  readOnly: boolean;
  active: boolean;
  open: boolean;
  skipsActivation: boolean;
  byItself: boolean;
  /** Where its bytes are. */
  store: string;
}

export interface FakeGroup {
  readonly exec: Exec;
  readonly name: string;
  readonly deviceFolder: string;
  /** Each call, as one line. */
  readonly calls: string[];
  readonly volumes: Map<string, Volume>;
  /** Names, but for pools. */
  names(): string[];
  /** Makes a volume as somebody else would. */
  add(name: string, facts?: Partial<Volume>): Volume;
  pool: { dataPercent: number; metadataPercent: number };
  /** Calls that are still carried out; then the power is gone, `after` the call or before it. */
  powerFor: { calls: number; after: boolean } | undefined;
  /** Answers of other programs, by name. */
  readonly others: Map<string, (args: readonly string[]) => string>;
}

const extent = 4 * 1024 ** 2;
export const fakeGroupBytes = 1024 ** 3;

/** `device` makes what a volume is opened by of the file with its bytes; without it the file itself. */
export function fakeGroup(
  folder: string,
  name = 'vg0',
  device: { attach(store: string): string; detach(store: string): void } = {
    attach: (store) => store,
    detach: () => {},
  },
): FakeGroup {
  const volumes = new Map<string, Volume>();
  let stores = 0;
  mkdirSync(path.join(folder, name), { recursive: true });
  mkdirSync(path.join(folder, 'store'));
  const linkOf = (volume: Volume) => path.join(folder, name, volume.name);
  const setActive = (volume: Volume, active: boolean) => {
    if (active && !existsSync(linkOf(volume))) symlinkSync(device.attach(volume.store), linkOf(volume));
    if (!active && volume.active) {
      unlinkSync(linkOf(volume));
      device.detach(volume.store);
    }
    volume.active = active;
  };
  const fail = (program: string, complaint: string): never => {
    throw commandFailed('test', program, 5, `  ${complaint}\n`);
  };
  const whole = (bytes: number) => Math.ceil(bytes / extent) * extent;
  const usedBytes = () =>
    [...volumes.values()].reduce((sum, each) => sum + (each.kind === 'V' ? 0 : each.sizeBytes), 0);
  const add: FakeGroup['add'] = (volumeName, facts = {}) => {
    const store = path.join(folder, 'store', String(stores++));
    const volume: Volume = {
      ...{ name: volumeName, sizeBytes: extent, tags: [], pool: undefined, kind: '-', readOnly: false },
      ...{ active: false, open: false, skipsActivation: false, byItself: true, store },
      ...facts,
    };
    writeFileSync(store, '');
    truncateSync(store, volume.sizeBytes);
    volumes.set(volumeName, volume);
    if (volume.active) {
      volume.active = false;
      setActive(volume, true);
    }
    return volume;
  };
  const known = (program: string, at: string): Volume => {
    const volumeName = at.replace(/^[^/]*\//, '');
    return volumes.get(volumeName) ?? fail(program, `Failed to find logical volume "${at}"`);
  };

  const fake: FakeGroup = {
    ...{ name, deviceFolder: folder, calls: [], volumes, add, powerFor: undefined, others: new Map() },
    pool: { dataPercent: 10, metadataPercent: 10 },
    names: () =>
      [...volumes.values()]
        .filter(({ kind }) => kind !== 't')
        .map((each) => each.name)
        .sort(),
    exec: async (program, args, { signal } = {}) => {
      if (signal?.aborted) throw new AppError('cancelled', 'cancelled');
      fake.calls.push([program, ...args.slice(args[0] === '--config' ? 2 : 0)].join(' '));
      const power = fake.powerFor;
      const gone = () => {
        throw new Error('the power is gone');
      };
      if (power && power.calls <= 0 && !(power.after && power.calls === 0)) gone();
      const stdout = play(program, readOptions(args.slice(args[0] === '--config' ? 2 : 0)), args);
      if (power) {
        power.calls -= 1;
        if (power.after && power.calls < 0) gone();
      }
      return { exitCode: 0, stdout, stderr: '' };
    },
  };

  function play(
    program: string,
    { options, tags, untags, rest }: ReturnType<typeof readOptions>,
    args: readonly string[],
  ): string {
    const last = rest.at(-1) ?? '';
    switch (program) {
      case 'lvs':
        if (last !== name)
          fail(program, `Volume group "${last}" not found\n  Cannot process volume group ${last}`);
        return JSON.stringify({ report: [{ lv: [...volumes.values()].map(renderVolume) }] });
      case 'vgs':
        if (last !== name)
          fail(program, `Volume group "${last}" not found\n  Cannot process volume group ${last}`);
        return JSON.stringify({ report: [{ vg: [renderGroup()] }] });
      case 'lvcreate': {
        const wanted = options.get('--name') ?? '';
        if (volumes.has(wanted))
          fail(program, `Logical Volume "${wanted}" already exists in volume group "${name}"`);
        const snapshotOf = options.has('--snapshot') ? known(program, last) : undefined;
        const pool = snapshotOf?.pool ?? options.get('--thinpool');
        if (pool !== undefined && volumes.get(pool)?.kind !== 't')
          fail(program, `Pool ${pool} not found in Volume group ${name}.`);
        const size = options.get('--size') ?? options.get('--virtualsize') ?? '0';
        const sizeBytes = snapshotOf?.sizeBytes ?? whole(Number(size.replace(/b$/, '')));
        if (pool === undefined && usedBytes() + sizeBytes > fakeGroupBytes)
          fail(program, `Volume group "${name}" has insufficient free space (3 extents): 9 required.`);
        const skips = options.get('--setactivationskip') === 'y';
        const opened = !skips || options.has('--ignoreactivationskip');
        const made = add(wanted, {
          ...{ sizeBytes, tags: [...tags], pool, kind: pool === undefined ? '-' : 'V' },
          ...{ readOnly: options.get('--permission') === 'r', skipsActivation: skips },
          byItself: options.get('--setautoactivation') !== 'n' && !skips,
        });
        if (snapshotOf) copyBeginning(snapshotOf.store, made.store);
        if (opened) setActive(made, true);
        return '';
      }
      case 'lvchange': {
        const chosen = rest.map((at) => known(program, at));
        const busy = chosen.find(({ open }) => open && options.get('--activate') === 'n');
        for (const volume of chosen) {
          volume.tags = [...new Set([...volume.tags.filter((tag) => !untags.includes(tag)), ...tags])];
          if (options.has('--permission')) volume.readOnly = options.get('--permission') === 'r';
          if (options.get('--setautoactivation') === 'n') volume.byItself = false;
          if (options.get('--activate') === 'n' && !volume.open) setActive(volume, false);
          if (
            options.get('--activate') === 'y' &&
            (!volume.skipsActivation || options.has('--ignoreactivationskip'))
          )
            setActive(volume, true);
        }
        if (busy) fail(program, `Logical volume ${name}/${busy.name} in use.`);
        return '';
      }
      case 'lvremove': {
        for (const at of rest) {
          const volume = known(program, at);
          if (volume.open) fail(program, `Logical volume ${name}/${volume.name} in use.`);
          setActive(volume, false);
          volumes.delete(volume.name);
          rmSync(volume.store);
        }
        return '';
      }
      case 'lvrename': {
        const [, from = '', to = ''] = rest;
        const volume = volumes.get(from);
        if (!volume)
          return fail(program, `Existing logical volume "${from}" not found in volume group "${name}"`);
        if (volumes.has(to)) fail(program, `Logical volume "${to}" already exists in volume group "${name}"`);
        const link = linkOf(volume);
        volume.name = to;
        volumes.delete(from);
        volumes.set(to, volume);
        if (volume.active) renameSync(link, linkOf(volume));
        return '';
      }
      case 'lvextend': {
        const volume = known(program, last);
        const sizeBytes = whole(Number((options.get('--size') ?? '').replace(/b$/, '')));
        if (sizeBytes === volume.sizeBytes)
          fail(
            program,
            `New size (${sizeBytes / extent} extents) matches existing size (${sizeBytes / extent} extents).`,
          );
        if (volume.kind === '-' && usedBytes() + sizeBytes - volume.sizeBytes > fakeGroupBytes)
          fail(program, 'Insufficient free space: 5115 extents needed, but only 122 available');
        volume.sizeBytes = sizeBytes;
        truncateSync(volume.store, sizeBytes);
        return '';
      }
      default: {
        const other = fake.others.get(program);
        if (!other) throw new Error(`no such program in this test: ${program}`);
        return other(args);
      }
    }
  }

  function renderVolume(volume: Volume): Record<string, string> {
    const isPool = volume.kind === 't';
    const attributes = [
      ...[volume.kind, volume.readOnly ? 'r' : 'w', 'i', '-', volume.active ? 'a' : '-'],
      ...[volume.open ? 'o' : '-', volume.kind === '-' ? '-' : 't', isPool ? 'z' : '-', '-'],
      volume.skipsActivation ? 'k' : '-',
    ];
    return {
      ...{ lv_name: volume.name, lv_size: String(volume.sizeBytes), lv_attr: attributes.join('') },
      ...{ lv_tags: volume.tags.join(','), pool_lv: volume.pool ?? '' },
      data_percent: isPool ? fake.pool.dataPercent.toFixed(2) : volume.active && volume.pool ? '25.00' : '',
      metadata_percent: isPool ? fake.pool.metadataPercent.toFixed(2) : '',
      lv_time: '1793347225',
    };
  }

  function renderGroup(): Record<string, string> {
    return {
      ...{
        vg_name: name,
        vg_uuid: '8mtnHZ-eTOU-53tD-00IZ-IBoe-5fal-J4VDoL',
        vg_size: String(fakeGroupBytes),
      },
      ...{ vg_free: String(fakeGroupBytes - usedBytes()), vg_attr: 'wz--n-', vg_extent_size: String(extent) },
      vg_missing_pv_count: '0',
    };
  }
  return fake;
}

/** What tests write; the rest of a volume stays a hole. */
function copyBeginning(from: string, to: string): void {
  const bytes = Buffer.alloc(64 * 1024);
  const source = openSync(from, 'r');
  readSync(source, bytes, 0, bytes.length, 0);
  closeSync(source);
  const target = openSync(to, 'r+');
  writeSync(target, bytes, 0, bytes.length, 0);
  closeSync(target);
}

/** `qemu-img convert` and `rebase` of a played group: through at once. */
export function fakeRun(group: () => FakeGroup): StreamingRun {
  return async (program, args, { signal, onOutput }) => {
    await group().exec(program, args, { signal });
    onOutput('    (100.00/100%)\r');
  };
}

const flags = new Set(['--yes', '--snapshot', '--force', '--ignoreactivationskip']);

function readOptions(args: readonly string[]) {
  const found = {
    ...{ options: new Map<string, string>(), tags: [] as string[] },
    ...{ untags: [] as string[], rest: [] as string[] },
  };
  for (let at = 0; at < args.length; at++) {
    const word = args[at] ?? '';
    if (!word.startsWith('--')) found.rest.push(word);
    else if (flags.has(word)) found.options.set(word, '');
    else {
      const value = args[++at] ?? '';
      if (word === '--addtag') found.tags.push(value);
      else if (word === '--deltag') found.untags.push(value);
      else found.options.set(word, value);
    }
  }
  return found;
}

/** A qcow2 image's first bytes, as `qemu-img create` writes them: version 3, its size, the name of the image below. */
export function qcow2Head(sizeBytes: number, backing?: string): Buffer {
  const head = Buffer.alloc(2048);
  head.writeUInt32BE(0x514649fb, 0);
  head.writeUInt32BE(3, 4);
  if (backing !== undefined) {
    head.writeBigUInt64BE(1024n, 8);
    head.writeUInt32BE(Buffer.byteLength(backing), 16);
    head.write(backing, 1024);
  }
  head.writeUInt32BE(16, 20);
  head.writeBigUInt64BE(BigInt(sizeBytes), 24);
  head.writeUInt32BE(104, 100);
  return head;
}

/** `qemu-img` as far as images on devices need it, without their contents: sizes, and which stands on which. */
export function fakeQemuImg(args: readonly string[]): string {
  const valueAfter = (flag: string) => (args.includes(flag) ? args[args.indexOf(flag) + 1] : undefined);
  const write = (device: string, head: Buffer) => {
    const file = openSync(device, 'r+');
    writeSync(file, head, 0, head.length, 0);
    closeSync(file);
  };
  const read = (device: string) => {
    const head = Buffer.alloc(104);
    const file = openSync(device, 'r');
    readSync(file, head, 0, head.length, 0);
    closeSync(file);
    return head;
  };
  switch (args[0]) {
    case 'measure':
      return JSON.stringify({
        required: 327_680,
        'fully-allocated': Number(valueAfter('--size')) + 1024 ** 2,
      });
    case 'create': {
      const [device = '', size = ''] = args.slice(-2);
      write(device, qcow2Head(Number(size), valueAfter('-b')));
      return '';
    }
    case 'resize': {
      const [device = '', size = ''] = args.slice(-2);
      write(device, qcow2Head(Number(size)));
      return '';
    }
    case 'info': {
      const description = JSON.parse((args.at(-1) ?? '').slice('json:'.length)) as {
        driver: string;
        file: { filename: string };
      };
      const { filename } = description.file;
      const size =
        description.driver === 'qcow2' ? Number(read(filename).readBigUInt64BE(24)) : statSync(filename).size;
      return JSON.stringify({ 'virtual-size': size, format: description.driver });
    }
    case 'rebase': {
      const device = args.at(-1) ?? '';
      const size = Number(read(device).readBigUInt64BE(24));
      write(device, qcow2Head(size, valueAfter('-b') || undefined));
      return '';
    }
    case 'convert': {
      const [source = '', device = ''] = args.slice(-2);
      const { driver, file } = JSON.parse(source.slice('json:'.length)) as {
        driver: string;
        file: { filename: string };
      };
      if (driver === 'raw' && valueAfter('-O') === 'raw') write(device, readFileSync(file.filename));
      return '';
    }
    default:
      throw new Error(`qemu-img ${args[0]} is not played`);
  }
}

/** A group with a pool, whose devices are in memory: what is written is synced again and again. */
export async function conformingGroup(): Promise<FakeGroup> {
  const group = fakeGroup(await mkdtemp('/dev/shm/croft-lvm-suite-'));
  group.add('data', { kind: 't', sizeBytes: 256 * 1024 ** 2 });
  group.others.set('qemu-img', fakeQemuImg);
  group.others.set('blkdiscard', () => '');
  return group;
}

/** What the storage contract's suite asks besides the plugin. */
export function underTest(group: FakeGroup) {
  return {
    cleanUp: async () => await rm(group.deviceFolder, { recursive: true }),
    leftovers: async () => group.names().filter((name) => name.startsWith('croft-')),
    tooManyBytes: 2 * fakeGroupBytes,
    contents: 'raw' as const,
  };
}
