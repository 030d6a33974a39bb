// Guests' volumes in a volume group: found, made under a name of their own, named when they are whole, swapped, and swept after a crash.
import { AppError, hasCode, notFound } from '../../server/core/errors.ts';
import { quietContext, type WorkContext } from '../../server/core/work-context.ts';
import { inTurn } from '../folders/in-turn.ts';
import type { ContentKind, NewDisk, VolumeInfo } from '../plugin.ts';
import { baseStem, isBaseName, nextDiskStem, reassignedStem, type VolumeName } from '../volume-names.ts';
import type { LvmGroup } from './lvm-commands.ts';
import {
  lvmVolumeName,
  readLvmVolumeName,
  requireShortName,
  snapshotsOf,
  stemOf,
  tryLvmVolumeName,
} from './lvm-names.ts';
import type { LogicalVolume } from './lvm-report.ts';
import { isAwaitingRemoval, leftOver, release, unfinishedName } from './unfinished.ts';
import { guestBytes, nextNameOf, nextNameTag, othersTags, ownerTag } from './volume-tags.ts';

/** Milliseconds for the way back, also of what was cancelled. */
const undoLimitMs = 120_000;
export interface GroupVolumesParts {
  readonly group: LvmGroup;
  /** Is the volume in the part of the group that is this storage's? */
  readonly belongs: (volume: LogicalVolume) => boolean;
  /** List and use only what is tagged with its guest, as the option `tagged_only` says. */
  readonly taggedOnly: boolean;
}

export interface FoundVolume {
  readonly volume: VolumeName;
  readonly lv: LogicalVolume;
  /** Its snapshots, by their names. */
  readonly snapshots: ReadonlyMap<string, LogicalVolume>;
}

export class GroupVolumes {
  readonly #parts: GroupVolumesParts;

  constructor(parts: GroupVolumesParts) {
    this.#parts = parts;
  }

  get #group(): LvmGroup {
    return this.#parts.group;
  }

  describe(volume: VolumeName, lv: LogicalVolume): VolumeInfo {
    const share = lv.kind === 'thin' ? (lv.dataPercent ?? 100) / 100 : 1;
    return {
      ...{ name: volume.name, content: volume.content, format: volume.format },
      sizeBytes: volume.format === 'raw' ? lv.sizeBytes : guestBytes(lv),
      // Of a thin volume that is not active LVM does not tell: then the most that it can be.
      usedBytes: Math.round(lv.sizeBytes * share),
      ...{ vmid: volume.vmid, parent: undefined, createdAt: lv.createdAt },
    };
  }

  async list(
    context: WorkContext,
    filter: { contents?: readonly ContentKind[]; vmid?: number },
  ): Promise<VolumeInfo[]> {
    if (filter.contents && !filter.contents.includes('images')) return [];
    const found: VolumeInfo[] = [];
    for (const lv of await this.#group.volumes(context)) {
      const volume = this.#volumeOf(lv);
      if (!volume) continue;
      // What is the node's own (guest 0) is listed only when it is asked for.
      if (filter.vmid === undefined ? volume.vmid !== 0 : volume.vmid === filter.vmid)
        found.push(this.describe(volume, lv));
    }
    return found.sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** `invalid-input` for what is no volume's name, `not-found`. */
  async find(context: WorkContext, name: string): Promise<FoundVolume> {
    const volume = readLvmVolumeName(name);
    let all = await this.#group.volumes(context);
    let lv = this.#named(all, name);
    if (!lv && (await this.#finishSwaps(context, all))) {
      all = await this.#group.volumes(context);
      lv = this.#named(all, name);
    }
    if (!lv) throw notFound('volume', name);
    const names = all.map((each) => each.name);
    const snapshots = new Map<string, LogicalVolume>();
    for (const [snapshot, at] of snapshotsOf(name, names)) {
      const found = all.find((each) => each.name === at);
      if (found && this.#parts.belongs(found)) snapshots.set(snapshot, found);
    }
    return { volume, lv, snapshots };
  }

  /** As `find`; undefined when there is none. */
  async look(context: WorkContext, name: string): Promise<FoundVolume | undefined> {
    return await this.find(context, name).catch((error: unknown) => {
      if (hasCode(error, 'not-found')) return undefined;
      throw error;
    });
  }

  async info(context: WorkContext, name: string): Promise<VolumeInfo> {
    const { volume, lv } = await this.find(context, name);
    return this.describe(volume, lv);
  }

  /**
   * Makes a volume: `allocate` under the name and with the tags given, `fill` writes onto its device. It is inactive and has its final
   * name only when it is whole. What fails leaves nothing.
   */
  async make(
    context: WorkContext,
    disk: Omit<NewDisk, 'sizeBytes'>,
    allocate: (name: string, tags: readonly string[]) => Promise<void>,
    fill: (name: string) => Promise<void> = async () => {},
  ): Promise<VolumeInfo> {
    const wanted = lvmVolumeName(disk.vmid, disk.name ?? `vm-${disk.vmid}-disk-0`, disk.format);
    requireShortName(this.#group.name, wanted.name);
    if (disk.name !== undefined) requireFree(disk.name, await this.#group.volumes(context));
    return await this.#inTheMaking(context, async (part) => {
      await allocate(part, [ownerTag(disk.vmid)]);
      await fill(part);
      await this.#group.deactivate(context, [part]);
      return await inTurn(`lvm ${this.#group.name}`, async () => {
        const all = await this.#group.volumes(context);
        const stems = all.map(({ name }) => stemOf(name));
        const stem = disk.name ?? nextDiskStem(disk.vmid, 'raw', stems);
        requireFree(stem, all);
        const { name } = lvmVolumeName(disk.vmid, stem, disk.format);
        await this.#group.rename(context, part, name);
        return await this.info(context, name);
      });
    });
  }

  /**
   * Puts another volume in a volume's place, made by `allocate` and `fill` as in `make`: what was there goes to the name `keptAs`, or
   * away by `drop`. Broken off between the two names, it is finished when the volume is looked for, or swept.
   */
  async swap(
    context: WorkContext,
    name: string,
    steps: {
      readonly allocate: (part: string, tags: readonly string[]) => Promise<void>;
      readonly fill?: (part: string) => Promise<void>;
      readonly keptAs?: string;
      readonly drop: (old: string) => Promise<void>;
    },
  ): Promise<void> {
    const { volume, lv } = await this.find(context, name);
    const tags = [...new Set([ownerTag(volume.vmid ?? 0), ...othersTags(lv)])];
    await this.#inTheMaking(context, async (part) => {
      await steps.allocate(part, [...tags, nextNameTag(name)]);
      await steps.fill?.(part);
      await this.#group.deactivate(context, [part]);
      await this.#group.deactivate(context, [name]);
      const old = steps.keptAs ?? unfinishedName(this.#group.name, 'old');
      try {
        await this.#group.rename(context, name, old);
        await this.#group.rename(context, part, name);
        await this.#group.tag(context, name, { remove: [nextNameTag(name)] });
        if (steps.keptAs === undefined) await steps.drop(old);
      } finally {
        release(this.#group.name, old);
      }
    });
  }

  /** The volume without clones and snapshots under another name, its tags with it. */
  async reassign(
    context: WorkContext,
    name: string,
    vmid: number,
    newName: string | undefined,
  ): Promise<VolumeInfo> {
    return await inTurn(`lvm ${this.#group.name}`, async () => {
      const { volume, snapshots, lv } = await this.find(context, name);
      requireNoSnapshots(name, snapshots);
      const all = await this.#group.volumes(context);
      const stems = all.map((each) => stemOf(each.name));
      const stem = reassignedStem({ ...volume, format: 'raw' }, vmid, newName, stems);
      const renamed = lvmVolumeName(vmid, stem, volume.format);
      requireShortName(this.#group.name, renamed.name);
      requireFree(stem, all);
      // First the tag: broken off between, it is still found under its old name, by its name.
      const remove = lv.tags.filter((tag) => /^pve-vm-\d+$/.test(tag) && tag !== ownerTag(vmid));
      await this.#group.tag(context, name, { add: [ownerTag(vmid)], remove });
      await this.#group.rename(context, name, renamed.name);
      return await this.info(context, renamed.name);
    });
  }

  /** Read-only, under a name `base-...`. Repeatable. */
  async makeBase(context: WorkContext, name: string): Promise<VolumeInfo> {
    const wanted = readLvmVolumeName(name);
    const base = lvmVolumeName(wanted.vmid ?? 0, baseStem(stemOf(name)), wanted.format);
    const found = await this.look(context, name);
    if (!found) return await this.info(context, base.name);
    requireNoSnapshots(name, found.snapshots);
    await this.#group.deactivate(context, [name]);
    if (!found.lv.readOnly) await this.#group.makeReadOnly(context, name);
    if (!isBaseName(found.volume)) {
      requireFree(stemOf(base.name), await this.#group.volumes(context));
      await this.#group.rename(context, name, base.name);
    }
    return await this.info(context, base.name);
  }

  /** What of this node nobody works on any more, but what is still to be overwritten: removed, or finished. */
  async sweep(context: WorkContext): Promise<string[]> {
    const all = await this.#group.volumes(context);
    const finished = await this.#finishSwaps(context, all);
    const removed: string[] = [];
    for (const lv of finished ? await this.#group.volumes(context) : all) {
      const kind = leftOver(this.#group.name, lv.name);
      if (!this.#parts.belongs(lv) || (kind !== 'part' && kind !== 'old')) continue;
      await this.#group.remove(context, lv.name);
      removed.push(lv.name);
    }
    return removed;
  }

  /** Volumes of this node that were to be overwritten and removed: those that nobody works on, or also the others. */
  async waitingForRemoval(context: WorkContext, alsoInWork = false): Promise<LogicalVolume[]> {
    const all = await this.#group.volumes(context);
    return all.filter((lv) => {
      if (!this.#parts.belongs(lv)) return false;
      return alsoInWork ? isAwaitingRemoval(lv.name) : leftOver(this.#group.name, lv.name) === 'del';
    });
  }

  #volumeOf(lv: LogicalVolume): VolumeName | undefined {
    const volume = tryLvmVolumeName(lv.name);
    if (!volume || !this.#parts.belongs(lv)) return undefined;
    if (this.#parts.taggedOnly && !lv.tags.includes(ownerTag(volume.vmid ?? 0))) return undefined;
    return volume;
  }

  #named(all: readonly LogicalVolume[], name: string): LogicalVolume | undefined {
    return all.find((lv) => lv.name === name && this.#volumeOf(lv));
  }

  /** Swaps of this node that were broken off when the old volume had lost its name: the new one gets it. True: there was one. */
  async #finishSwaps(context: WorkContext, all: readonly LogicalVolume[]): Promise<boolean> {
    let finished = false;
    for (const lv of all) {
      if (!this.#parts.belongs(lv) || leftOver(this.#group.name, lv.name) !== 'part') continue;
      const next = nextNameOf(lv);
      if (next === undefined || all.some(({ name }) => name === next) || !tryLvmVolumeName(next)) continue;
      await this.#group.rename(context, lv.name, next);
      await this.#group.tag(context, next, { remove: [nextNameTag(next)] });
      finished = true;
    }
    return finished;
  }

  /** Whatever still bears the name when the work failed is removed. */
  async #inTheMaking<T>(context: WorkContext, work: (part: string) => Promise<T>): Promise<T> {
    const part = unfinishedName(this.#group.name, 'part');
    try {
      return await work(part);
    } catch (error) {
      release(this.#group.name, part);
      const undo = { ...quietContext(AbortSignal.timeout(undoLimitMs)), log: context.log };
      // A swap that lost the old name is finished, not undone. What cannot be removed now is swept.
      await this.sweepOne(undo, part).catch(() => {});
      throw error;
    } finally {
      release(this.#group.name, part);
    }
  }

  /** One volume in the making that failed. */
  async sweepOne(context: WorkContext, part: string): Promise<void> {
    const all = await this.#group.volumes(context);
    if (!all.some(({ name }) => name === part)) return;
    if (await this.#finishSwaps(context, all)) return;
    await this.#group.remove(context, part);
  }
}

/** `already-exists`: a volume, in whatever format, or the snapshots of one have the name. */
function requireFree(stem: string, all: readonly LogicalVolume[]): void {
  const names = all.map(({ name }) => name);
  const taken = names.some((name) => stemOf(name) === stem) || snapshotsOf(stem, names).size > 0;
  if (taken) throw new AppError('already-exists', `a disk '${stem}' exists already`);
}

function requireNoSnapshots(name: string, snapshots: ReadonlyMap<string, unknown>): void {
  if (snapshots.size === 0) return;
  throw new AppError(
    'wrong-state',
    `'${name}' has snapshots: remove them first (${[...snapshots.keys()].join(', ')})`,
  );
}
