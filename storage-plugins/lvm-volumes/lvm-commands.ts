// LVM's programs as storages need them, each an argument array, for one volume group.
import { AppError, asAppError, hasCode } from '../../server/core/errors.ts';
import { commandFailed, type Exec } from '../../server/core/exec.ts';
import type { WorkContext } from '../../server/core/work-context.ts';
import { readLvmComplaint } from './lvm-complaint.ts';
import {
  type GroupFacts,
  groupFields,
  type LogicalVolume,
  lvmFailed,
  readGroup,
  readReportLog,
  readVolumes,
  volumeFields,
} from './lvm-report.ts';

/** What is in a guest's disk is its own: LVM must not look for volume groups inside logical volumes (lvm.conf(5)). */
const settings = 'devices{scan_lvs=0} report{time_format="%s"}';
/** Milliseconds. LVM waits for its own lock as long as somebody holds it. */
const limitMs = 120_000;

export interface LvmGroup {
  readonly name: string;
  /** A device is smaller than LVM knows it (a LUN that shrank), as the last program warned; nothing is made or grown then. */
  readonly shrunk: boolean;
  /** Path of a volume's device, once it is active. */
  device(volume: string): string;
  /** `unavailable` without it. */
  facts(context: WorkContext): Promise<GroupFacts>;
  /** Of an extent, as the newest look at the group told. */
  extentBytes(context: WorkContext): Promise<number>;
  /** All volumes of the group, by one program. */
  volumes(context: WorkContext): Promise<LogicalVolume[]>;
  /** Active, its beginning zeroed, old signatures wiped; the rest holds what was there before. Whole extents: it may be larger. */
  create(context: WorkContext, volume: string, sizeBytes: number, tags: readonly string[]): Promise<void>;
  /** Reads as zeros where the pool says so. `open`: active, to be written to at once. */
  createThin(
    context: WorkContext,
    volume: string,
    at: {
      readonly pool: string;
      readonly sizeBytes: number;
      readonly tags: readonly string[];
      readonly open: boolean;
    },
  ): Promise<void>;
  /** A thin snapshot that is only read, and stays inactive. */
  snapshotThin(context: WorkContext, snapshot: string, origin: string): Promise<void>;
  /** A thin snapshot to be written to; inactive. */
  cloneThin(context: WorkContext, volume: string, origin: string, tags: readonly string[]): Promise<void>;
  /** By one program; one that is gone already is no error. `busy` when one is open. */
  remove(context: WorkContext, volumes: readonly string[]): Promise<void>;
  /** `already-exists`, `not-found`. */
  rename(context: WorkContext, from: string, to: string): Promise<void>;
  /** To at least so much; no error when it has that already. */
  extend(context: WorkContext, volume: string, sizeBytes: number): Promise<void>;
  tag(
    context: WorkContext,
    volume: string,
    change: { readonly add?: readonly string[]; readonly remove?: readonly string[] },
  ): Promise<void>;
  makeReadOnly(context: WorkContext, volume: string): Promise<void>;
  makeWritable(context: WorkContext, volume: string): Promise<void>;
  activate(context: WorkContext, volumes: readonly string[]): Promise<void>;
  /** One that somebody has open stays active. */
  deactivate(context: WorkContext, volumes: readonly string[]): Promise<void>;
}

/** `deviceFolder`: where volumes' devices are, for tests. */
export function openLvmGroup(exec: Exec, name: string, deviceFolder = '/dev'): LvmGroup {
  // LVM itself only warns, and goes on.
  let shrunk = false;
  const requireWhole = () => {
    if (shrunk)
      throw new AppError(
        'wrong-state',
        `a device of volume group '${name}' is smaller than it was: nothing more is written beyond its end`,
      );
  };
  const call = async (context: WorkContext, intention: string, program: string, args: readonly string[]) => {
    try {
      const options = {
        ...{ signal: context.signal, intention, timeoutMs: limitMs, okExitCodes: [0, lvmFailed] },
      };
      const { exitCode, stdout, stderr } = await exec(program, ['--config', settings, ...args], options);
      const said = stderr + readReportLog(stdout);
      shrunk = /smaller than corresponding PV size/.test(said);
      if (exitCode !== 0)
        throw commandFailed(intention, [program, ...args].join(' '), exitCode, said || stdout);
      return stdout;
    } catch (error) {
      throw readLvmComplaint(error, intention, name);
    }
  };
  const report = async (context: WorkContext, program: string, fields: readonly string[]) => {
    const form = ['--reportformat', 'json', '--units', 'b', '--nosuffix'];
    return await call(context, 'look at the volume group', program, [
      ...form,
      ...['--options', fields.join(','), name],
    ]);
  };
  const at = (volume: string) => `${name}/${volume}`;
  const tagArgs = (tags: readonly string[]) => tags.flatMap((tag) => ['--addtag', tag]);
  let extentBytes: number | undefined;
  /** Thin volumes take `--setautoactivation` only once they are there: this keeps them from activating by themselves as well. */
  const notByItself = ['--setactivationskip', 'y'];

  return {
    name,
    get shrunk() {
      return shrunk;
    },
    device: (volume) => `${deviceFolder}/${name}/${volume}`,
    async facts(context) {
      const found = readGroup(await report(context, 'vgs', groupFields), name);
      if (!found) throw new AppError('unavailable', `there is no volume group '${name}' on this node`);
      ({ extentBytes } = found);
      return found;
    },
    async extentBytes(context) {
      return extentBytes ?? (await this.facts(context)).extentBytes;
    },
    volumes: async (context) => readVolumes(await report(context, 'lvs', volumeFields)),
    async create(context, volume, sizeBytes, tags) {
      requireWhole();
      await call(context, 'create the volume', 'lvcreate', [
        ...['--yes', '--wipesignatures', 'y', '--zero', 'y', '--activate', 'y', '--setautoactivation', 'n'],
        ...['--size', `${sizeBytes}b`, '--name', volume, ...tagArgs(tags), name],
      ]);
    },
    async createThin(context, volume, { pool, sizeBytes, tags, open }) {
      await call(context, 'create the volume', 'lvcreate', [
        ...['--yes', '--type', 'thin', ...notByItself, ...(open ? ['--ignoreactivationskip'] : [])],
        ...['--virtualsize', `${sizeBytes}b`, '--thinpool', pool, '--name', volume, ...tagArgs(tags), name],
      ]);
    },
    async snapshotThin(context, snapshot, origin) {
      await call(context, 'take the snapshot', 'lvcreate', [
        ...['--yes', '--snapshot', '--permission', 'r', ...notByItself],
        ...['--name', snapshot, at(origin)],
      ]);
    },
    async cloneThin(context, volume, origin, tags) {
      await call(context, 'clone the volume', 'lvcreate', [
        ...['--yes', '--snapshot', '--permission', 'rw', ...notByItself],
        ...['--name', volume, ...tagArgs(tags), at(origin)],
      ]);
    },
    async remove(context, volumes) {
      if (volumes.length === 0) return;
      try {
        await call(context, 'remove the volume', 'lvremove', ['--yes', '--force', ...volumes.map(at)]);
      } catch (error) {
        if (!hasCode(error, 'not-found')) throw error;
        // Of several LVM tells only that one is gone.
        if (volumes.length > 1) for (const volume of volumes) await this.remove(context, [volume]);
      }
    },
    async rename(context, from, to) {
      await call(context, 'name the volume', 'lvrename', [name, from, to]);
    },
    async extend(context, volume, sizeBytes) {
      requireWhole();
      try {
        await call(context, 'grow the volume', 'lvextend', ['--size', `${sizeBytes}b`, at(volume)]);
      } catch (error) {
        if (!/matches existing size/.test(asAppError(error).detail ?? '')) throw error;
      }
    },
    async tag(context, volume, { add = [], remove = [] }) {
      const removed = remove.flatMap((tag) => ['--deltag', tag]);
      await call(context, 'mark the volume', 'lvchange', [...removed, ...tagArgs(add), at(volume)]);
    },
    async makeReadOnly(context, volume) {
      await call(context, 'protect the volume', 'lvchange', ['--permission', 'r', at(volume)]);
    },
    async makeWritable(context, volume) {
      await call(context, 'let the volume be written to', 'lvchange', ['--permission', 'rw', at(volume)]);
    },
    async activate(context, volumes) {
      const args = ['--activate', 'y', '--ignoreactivationskip', ...volumes.map(at)];
      if (volumes.length > 0) await call(context, 'open the volume', 'lvchange', args);
    },
    async deactivate(context, volumes) {
      if (volumes.length === 0) return;
      try {
        await call(context, 'close the volume', 'lvchange', ['--activate', 'n', ...volumes.map(at)]);
      } catch (error) {
        if (!hasCode(error, 'busy') && !hasCode(error, 'not-found')) throw error;
      }
    },
  };
}
