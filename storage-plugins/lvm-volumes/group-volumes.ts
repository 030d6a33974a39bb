// Guests' volumes in a volume group: found, made under a name of their own, named when they are whole, swapped, and swept after a crash.
import { AppError, hasCode, notFound } from '../../server/core/errors.ts';
import type { WorkContext } from '../../server/core/work-context.ts';
import { inTurn } from '../folders/in-turn.ts';
import type { ContentKind, NewDisk, VolumeInfo } from '../plugin.ts';
import { baseStem, isBaseName, nextDiskStem, reassignedStem, type VolumeName } from '../volume-names.ts';
import type { LvmGroup } from './lvm-commands.ts';
import {
  imageNameOf,
  lvmVolumeName,
  readLvmVolumeName,
  requireShortName,
  snapshotsOf,
  stemOf,
  tryLvmVolumeName,
} from './lvm-names.ts';
import type { LogicalVolume } from './lvm-report.ts';
import { isAwaitingRemoval, isInTheMaking, leftOver, release, unfinishedName } from './unfinished.ts';
import { guestBytes, nextNameOf, nextNameTag, othersTags, ownerTag } from './volume-tags.ts';
import { wayBack } from './way-back.ts';

export interface GroupVolumesParts {
  readonly group: LvmGroup;
  /** Is the volume in the part of the group that is this storage's? */
  readonly belongs: (volume: LogicalVolume) => boolean;
  /** List and use only what is tagged with its guest, as the option `tagged_only` says. */
  readonly taggedOnly: boolean;
  /** Other nodes reach the group: nothing stays active there that nobody has attached. On a node's own group closing can wait for `detach`. */
  readonly shared: boolean;
  /** Takes a logical volume away for good: what was in it is not to be read by who gets its space. */
  readonly drop: (context: WorkContext, logicalVolume: string) => Promise<void>;
}

export interface FoundVolume {
  readonly volume: VolumeName;
  readonly lv: LogicalVolume;
  /** Its snapshots, by their names. */
  readonly snapshots: ReadonlyMap<string, LogicalVolume>;
  /** All that are taken in the group. */
  readonly names: readonly string[];
}

type DescribedVolume = Pick<LogicalVolume, 'kind' | 'sizeBytes' | 'tags' | 'dataPercent' | 'createdAt'>;

export class GroupVolumes {
  readonly #parts: GroupVolumesParts;

  constructor(parts: GroupVolumesParts) {
    this.#parts = parts;
  }

  get #group(): LvmGroup {
    return this.#parts.group;
  }

  describe(volume: VolumeName, lv: DescribedVolume): VolumeInfo {
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
    if (this.#brokenSwaps(all, name).length > 0) ({ all } = await this.#endSwaps(context, name));
    const lv = all.find((each) => each.name === name && this.#volumeOf(each));
    if (!lv) throw notFound('volume', name);
    const names = namesOf(all);
    const snapshots = new Map<string, LogicalVolume>();
    for (const [snapshot, at] of snapshotsOf(name, names)) {
      const found = all.find((each) => each.name === at);
      if (found && this.#parts.belongs(found)) snapshots.set(snapshot, found);
    }
    return { volume, lv, snapshots, names };
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
   * Makes a volume that nothing is written onto: `allocate`, one program, under its final name and with the tags given. `like`: what it
   * is known to be then; `all`: what is in the group. A group of several nodes is left without it active. What fails leaves nothing; whoever is killed just then knows
   * the name that he asked for.
   */
  async makeEmpty(
    context: WorkContext,
    disk: Omit<NewDisk, 'sizeBytes'>,
    like: Pick<LogicalVolume, 'kind' | 'sizeBytes'>,
    allocate: (name: string, tags: readonly string[], all: readonly LogicalVolume[]) => Promise<void>,
  ): Promise<VolumeInfo> {
    this.#requireFit(disk);
    return await inTurn(`lvm ${this.#group.name}`, async () => {
      const all = await this.#group.volumes(context);
      const volume = freeName(disk, all);
      const tags = [ownerTag(disk.vmid)];
      const extentBytes = await this.#group.extentBytes(context);
      try {
        await allocate(volume.name, tags, all);
        if (this.#parts.shared) await this.#group.deactivate(context, [volume.name]);
      } catch (error) {
        // It was not there before; one that is there now for this reason is another node's.
        if (!hasCode(error, 'already-exists'))
          await this.#group.remove(wayBack(context), [volume.name]).catch(() => {});
        throw error;
      }
      const sizeBytes = Math.ceil(like.sizeBytes / extentBytes) * extentBytes;
      const createdAt = Math.floor(Date.now() / 1000);
      return this.describe(volume, { kind: like.kind, sizeBytes, tags, dataPercent: undefined, createdAt });
    });
  }

  /**
   * Makes a volume and what is in it: `allocate` under the name and with the tags given, active, `fill` writes onto its device. It has
   * its final name only when it is whole. What fails leaves nothing.
   */
  async make(
    context: WorkContext,
    disk: Omit<NewDisk, 'sizeBytes'>,
    allocate: (name: string, tags: readonly string[]) => Promise<void>,
    fill: (name: string) => Promise<void>,
  ): Promise<VolumeInfo> {
    this.#requireFit(disk);
    if (disk.name !== undefined) freeName(disk, await this.#group.volumes(context));
    return await this.#inTheMaking(context, async (part) => {
      await allocate(part, [ownerTag(disk.vmid)]);
      await fill(part);
      await this.close(context, [part]);
      return await inTurn(`lvm ${this.#group.name}`, async () => {
        const all = await this.#group.volumes(context);
        const volume = freeName(disk, all);
        const lv = all.find(({ name }) => name === part);
        if (!lv) throw new AppError('internal', 'the new volume is gone');
        // The last call: a volume that is there is never answered as one that failed.
        await this.#group.rename(context, part, volume.name);
        return this.describe(volume, lv);
      });
    });
  }

  /**
   * Puts another volume in a volume's place, made by `allocate` and `fill` as in `make`: what was there goes to the name `keptAs`, or
   * away for good. Broken off between the two names, it is finished when the volume is looked for, or swept; broken off before, it
   * comes to nothing then.
   */
  async swap(
    context: WorkContext,
    name: string,
    steps: {
      readonly allocate: (part: string, tags: readonly string[]) => Promise<void>;
      readonly fill?: (part: string) => Promise<void>;
      readonly keptAs?: string;
    },
  ): Promise<void> {
    const { volume, lv } = await this.find(context, name);
    const tags = [...new Set([ownerTag(volume.vmid ?? 0), ...othersTags(lv)])];
    await this.#inTheMaking(context, async (part) => {
      await steps.allocate(part, [...tags, nextNameTag(name)]);
      await steps.fill?.(part);
      await this.close(context, [part, name]);
      const old = steps.keptAs ?? unfinishedName(this.#group.name, 'old');
      try {
        await this.#group.rename(context, name, old);
        await this.#group.rename(context, part, name).catch(async (error: unknown) => {
          await this.#takeBack(wayBack(context), { part, name, old }).catch(() => {});
          throw error;
        });
        await this.#group.tag(context, name, { remove: [nextNameTag(name)] });
        if (steps.keptAs === undefined) await this.#parts.drop(context, old);
      } finally {
        release(this.#group.name, old);
      }
    });
  }

  /** Closes what work on volumes has opened, where it must not stay so: `detach` does it, too. */
  async close(context: WorkContext, names: readonly string[]): Promise<void> {
    if (this.#parts.shared) await this.#group.deactivate(context, names);
  }

  /** The new volume of a swap is gone, whoever removed it: the old one gets its name again. */
  async #takeBack(
    context: WorkContext,
    { part, name, old }: { readonly part: string; readonly name: string; readonly old: string },
  ): Promise<void> {
    const all = await this.#group.volumes(context);
    if (all.some((lv) => lv.name === part || lv.name === name)) return;
    await this.#group.rename(context, old, name);
  }

  /** The volume without clones and snapshots under another name, its tags with it. */
  async reassign(
    context: WorkContext,
    name: string,
    vmid: number,
    newName: string | undefined,
  ): Promise<VolumeInfo> {
    return await inTurn(`lvm ${this.#group.name}`, async () => {
      const { volume, snapshots, lv, names } = await this.find(context, name);
      requireNoSnapshots(name, snapshots);
      const stem = reassignedStem({ ...volume, format: 'raw' }, vmid, newName, names.map(stemOf));
      const renamed = lvmVolumeName(vmid, stem, volume.format);
      requireShortName(this.#group.name, renamed.name);
      requireFree(stem, names);
      // Both tags while it is renamed: broken off, it is found under whichever name it has.
      await this.#group.tag(context, name, { add: [ownerTag(vmid)] });
      await this.#group.rename(context, name, renamed.name);
      const remove = lv.tags.filter((tag) => /^pve-vm-\d+$/.test(tag) && tag !== ownerTag(vmid));
      // One that stays says nothing: a volume is its owner's by its name.
      if (remove.length > 0)
        await this.#group.tag(wayBack(context), renamed.name, { remove }).catch(() => {});
      return this.describe(renamed, lv);
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
      requireFree(stemOf(base.name), found.names);
      await this.#group.rename(context, name, base.name);
    }
    return await this.info(context, base.name);
  }

  /** What of this node nobody works on any more, but what is still to be overwritten: removed, or finished. */
  async sweep(context: WorkContext): Promise<string[]> {
    const { all, dropped } = await this.#endSwaps(context);
    for (const lv of all) {
      const kind = leftOver(this.#group.name, lv.name);
      if (!this.#parts.belongs(lv) || (kind !== 'part' && kind !== 'old')) continue;
      if (await this.#dropIdle(context, lv.name)) dropped.push(lv.name);
    }
    return dropped;
  }

  /** Volumes of this node that were to be overwritten and removed: those that nobody works on, or also the others. */
  async waitingForRemoval(context: WorkContext, alsoInWork = false): Promise<LogicalVolume[]> {
    const all = await this.#group.volumes(context);
    return all.filter((lv) => {
      if (!this.#parts.belongs(lv)) return false;
      return alsoInWork ? isAwaitingRemoval(lv.name) : leftOver(this.#group.name, lv.name) === 'del';
    });
  }

  /** Of whatever number it gets. */
  #requireFit({ vmid, name, format }: Omit<NewDisk, 'sizeBytes'>): void {
    requireShortName(this.#group.name, lvmVolumeName(vmid, name ?? `vm-${vmid}-disk-0`, format).name);
  }

  #volumeOf(lv: LogicalVolume): VolumeName | undefined {
    const volume = tryLvmVolumeName(lv.name);
    if (!volume || !this.#parts.belongs(lv)) return undefined;
    if (this.#parts.taggedOnly && !lv.tags.includes(ownerTag(volume.vmid ?? 0))) return undefined;
    return volume;
  }

  /** New volumes of this node's swaps that were broken off: of all, or those that were to have the name. */
  #brokenSwaps(all: readonly LogicalVolume[], name?: string): LogicalVolume[] {
    return all.filter((lv) => {
      const next = nextNameOf(lv);
      if (next === undefined || (name !== undefined && next !== name) || !tryLvmVolumeName(next))
        return false;
      return this.#parts.belongs(lv) && leftOver(this.#group.name, lv.name) === 'part';
    });
  }

  /**
   * Where the old volume has lost its name already the new one gets it. Where it still has it the new one goes, before that name is
   * free for another reason: a volume that was removed must not come back.
   */
  async #endSwaps(context: WorkContext, name?: string): Promise<{ all: LogicalVolume[]; dropped: string[] }> {
    return await inTurn(`lvm swaps ${this.#group.name}`, async () => {
      let all = await this.#group.volumes(context);
      const dropped: string[] = [];
      for (const { name: part } of this.#brokenSwaps(all, name)) {
        if ((await this.#endSwap(context, all, part)) === 'dropped') dropped.push(part);
        all = await this.#group.volumes(context);
      }
      return { all, dropped };
    });
  }

  async #endSwap(
    context: WorkContext,
    all: readonly LogicalVolume[],
    part: string,
  ): Promise<'finished' | 'dropped' | 'left'> {
    const lv = all.find((each) => each.name === part);
    if (!lv) return 'left';
    const next = nextNameOf(lv);
    if (next === undefined || all.some((each) => each.name === next))
      return (await this.#dropIdle(context, part)) ? 'dropped' : 'left';
    await this.#group.rename(context, part, next);
    await this.#group.tag(context, next, { remove: [nextNameTag(next)] });
    return 'finished';
  }

  /** False: a program that outlived its caller still has it open. */
  async #dropIdle(context: WorkContext, name: string): Promise<boolean> {
    try {
      await this.#parts.drop(context, name);
      return true;
    } catch (error) {
      if (!hasCode(error, 'busy')) throw error;
      return false;
    }
  }

  /** Whatever still bears the name when the work failed is removed; a swap that lost the old name is finished. */
  async #inTheMaking<T>(context: WorkContext, work: (part: string) => Promise<T>): Promise<T> {
    const part = unfinishedName(this.#group.name, 'part');
    try {
      return await work(part);
    } catch (error) {
      const undo = wayBack(context);
      // What cannot be removed now is swept.
      await this.#group
        .volumes(undo)
        .then((all) => this.#endSwap(undo, all, part))
        .catch(() => {});
      throw error;
    } finally {
      release(this.#group.name, part);
    }
  }
}

/** Names that are taken: also that of a volume between the two renames of a swap. */
function namesOf(all: readonly LogicalVolume[]): string[] {
  const awaited = all.map((lv) => (isInTheMaking(lv.name) ? nextNameOf(lv) : undefined));
  return [...all.map(({ name }) => name), ...awaited.filter((name) => name !== undefined)];
}

/** The name that a disk wants, or the next one that nothing has; `already-exists`. */
function freeName(disk: Omit<NewDisk, 'sizeBytes'>, all: readonly LogicalVolume[]): VolumeName {
  const names = namesOf(all);
  const stem = disk.name ?? nextDiskStem(disk.vmid, 'raw', names.map(stemOf));
  requireFree(stem, names);
  return lvmVolumeName(disk.vmid, stem, disk.format);
}

/** `already-exists`: a volume, in whatever format, or the snapshots of one have the name. */
function requireFree(stem: string, names: readonly string[]): void {
  const taken =
    names.some((name) => stemOf(name) === stem) ||
    [stem, imageNameOf(stem)].some((name) => snapshotsOf(name, names).size > 0);
  if (taken) throw new AppError('already-exists', `a disk '${stem}' exists already`);
}

function requireNoSnapshots(name: string, snapshots: ReadonlyMap<string, unknown>): void {
  if (snapshots.size === 0) return;
  throw new AppError(
    'wrong-state',
    `'${name}' has snapshots: remove them first (${[...snapshots.keys()].join(', ')})`,
  );
}
