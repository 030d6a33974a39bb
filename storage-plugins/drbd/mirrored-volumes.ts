// Mirrored volumes: a logical volume on each of two nodes and a DRBD device over both. All facts of one are in the volumes' tags.
import { AppError, asAppError, hasCode, notFound } from '../../server/core/errors.ts';
import { quietContext, type WorkContext } from '../../server/core/work-context.ts';
import { inTurn } from '../folders/in-turn.ts';
import { type LvmGroup, openLvmGroup } from '../lvm-volumes/lvm-commands.ts';
import type { DrbdNode } from './drbd-node.ts';
import type { DrbdOptions } from './drbd-options.ts';
import { drbdadmOn, secondaryIfIdle, secondaryInTime } from './drbdadm.ts';
import { farNode } from './far-node.ts';
import {
  freeNumber,
  isUnfinished,
  type Mirrored,
  makingTag,
  numberTag,
  readMirrored,
  sizeTag,
} from './mirror-tags.ts';
import { type DeviceStatus, readProcDrbd } from './proc-drbd.ts';
import { devicePath, diskBytes, renderResourceFile, resourceFile, resourceName } from './resource-file.ts';
import { type Patience, until } from './until.ts';

export interface MirrorParts {
  /** The storage's id. */
  readonly id: string;
  readonly options: DrbdOptions;
  readonly local: DrbdNode;
  readonly peer: DrbdNode;
  /** For the connection of a new mirror, for a copy that is to end, for who still has it open. */
  readonly wait?: Patience;
}

export class MirroredVolumes {
  readonly #parts: MirrorParts;
  readonly #working = new Set<string>();

  constructor(parts: MirrorParts) {
    this.#parts = { ...parts, peer: farNode(parts.peer) };
  }

  get #both(): readonly DrbdNode[] {
    return [this.#parts.local, this.#parts.peer];
  }

  get #wait(): Patience {
    return this.#parts.wait ?? { stepMs: 250, limitMs: 30_000 };
  }

  /** The tag of what this node makes or removes. */
  get #mark(): string {
    return `${makingTag}${this.#parts.local.name}`;
  }

  #group(node: DrbdNode): LvmGroup {
    return openLvmGroup(node.exec, this.#parts.options.group);
  }

  resource(volume: string): string {
    return resourceName(this.#parts.id, volume);
  }

  async facts(context: WorkContext) {
    return await this.#group(this.#parts.local).facts(context);
  }

  /** Whole ones, by this node's volume group. */
  async all(context: WorkContext): Promise<Mirrored[]> {
    const volumes = await this.#group(this.#parts.local).volumes(context);
    return volumes.flatMap((volume) => (isUnfinished(volume) ? [] : (readMirrored(volume) ?? [])));
  }

  async find(context: WorkContext, name: string): Promise<Mirrored> {
    const found = (await this.all(context)).find(({ volume }) => volume.name === name);
    if (!found) throw notFound('volume', name);
    return found;
  }

  /** Does a new volume read as zeros all over, on both nodes? */
  async startsZeroed(context: WorkContext): Promise<boolean> {
    const { pool } = this.#parts.options;
    if (pool === undefined) return false;
    const both = await Promise.all(this.#both.map((node) => this.#group(node).volumes(context)));
    return both.every((volumes) => volumes.some(({ name, zeroes }) => name === pool && zeroes));
  }

  /** Of this node, by number. */
  async statuses(): Promise<Map<number, DeviceStatus>> {
    const text = await this.#parts.local.readFile('/proc/drbd');
    return new Map(readProcDrbd(text).map((status) => [status.number, status]));
  }

  /**
   * On both nodes or on none. `name` answers the volume's name by those that are taken; `fill` writes its content, before anybody sees
   * it, through the device that it is given.
   */
  async create(
    context: WorkContext,
    sizeBytes: number,
    tags: readonly string[],
    name: (taken: readonly string[]) => string,
    fill?: (device: string) => Promise<void>,
  ): Promise<Mirrored> {
    const { options, id } = this.#parts;
    const { chosen, number } = await inTurn(`drbd ${id}`, async () => {
      const both = await Promise.all(this.#both.map((node) => this.#group(node).volumes(context)));
      const taken = both.flat();
      const wanted = name(taken.map((volume) => volume.name));
      if (taken.some((volume) => volume.name === wanted))
        throw new AppError('already-exists', `there is a volume '${wanted}' already`);
      const free = freeNumber(options.ports, taken);
      const own = [`${numberTag}${free}`, `${sizeTag}${sizeBytes}`, this.#mark, ...tags];
      this.#working.add(wanted);
      try {
        // This node's first: the next to be made finds its name and number taken.
        for (const node of this.#both) await this.#createDisk(context, node, wanted, sizeBytes, own);
      } catch (error) {
        await this.#unmake(wanted, free);
        throw error;
      }
      return { chosen: wanted, number: free };
    });
    try {
      await this.#start(context, chosen, number, sizeBytes);
      if (fill) {
        const [mirror, resource] = [drbdadmOn(this.#parts.local), this.resource(chosen)];
        await mirror.primary(context, resource);
        await fill(devicePath(number));
        await secondaryInTime(mirror, context, resource, this.#wait);
      }
      // The peer's first: while this node's is marked, the way back is known.
      for (const node of [...this.#both].reverse())
        await this.#group(node).tag(context, chosen, { remove: [this.#mark] });
    } catch (error) {
      await this.#unmake(chosen, number);
      throw error;
    } finally {
      this.#working.delete(chosen);
    }
    return await this.find(context, chosen);
  }

  async #createDisk(
    context: WorkContext,
    node: DrbdNode,
    name: string,
    sizeBytes: number,
    tags: readonly string[],
  ): Promise<void> {
    const { pool } = this.#parts.options;
    const bytes = diskBytes(sizeBytes);
    if (pool === undefined) await this.#group(node).create(context, name, bytes, tags);
    else await this.#group(node).createThin(context, name, { pool, sizeBytes: bytes, tags, open: true });
  }

  async #start(context: WorkContext, name: string, number: number, sizeBytes: number): Promise<void> {
    const { local, options } = this.#parts;
    const resource = this.resource(name);
    for (const node of this.#both) {
      await this.#describe(node, name, number, sizeBytes);
      await drbdadmOn(node).createMetadata(context, resource);
      await drbdadmOn(node).adjust(context, resource);
    }
    await this.#waitConnected(context, resource);
    if (options.pool !== undefined) return await drbdadmOn(local).skipFirstSync(context, resource);
    // What lay on thick volumes before differs: it is copied once, in the background.
    await drbdadmOn(local).forcePrimary(context, resource);
    await secondaryInTime(drbdadmOn(local), context, resource, this.#wait);
  }

  async #describe(node: DrbdNode, name: string, number: number, sizeBytes: number): Promise<void> {
    const { options } = this.#parts;
    const resource = this.resource(name);
    const text = renderResourceFile({
      ...{ name: resource, number, sizeBytes, peers: options.peers, secret: options.secret },
      disk: `/dev/${options.group}/${name}`,
    });
    await node.writeFile(resourceFile(resource), text);
  }

  async #waitConnected(context: WorkContext, resource: string): Promise<void> {
    const { local, peer } = this.#parts;
    const connected = async () => (await drbdadmOn(local).connection(context, resource)) === 'Connected';
    if (await until(context, 'make the mirror', this.#wait, connected)) return;
    throw new AppError(
      // This node's storage is well.
      'wrong-state',
      `the mirror on ${peer.name} does not connect to this node: see the network between them`,
    );
  }

  /** Small volumes are copied in a moment; who waits for large ones is told how far it is. */
  async #waitSynced(context: WorkContext, name: string, number: number): Promise<void> {
    let percent: number | undefined;
    const synced = async () => {
      const status = (await this.statuses()).get(number);
      percent = status?.syncedPercent;
      return !/^(StartingSync|WFBitMap|WFSyncUUID|Sync|PausedSync)/.test(status?.connection ?? '');
    };
    if (await until(context, 'grow the mirror', this.#wait, synced)) return;
    const done = percent === undefined ? '' : `, ${percent} % done`;
    throw new AppError('busy', `${name} is being copied to the other node${done}: it can grow after that`);
  }

  /** Takes away what there is of a volume that did not become whole. What cannot be taken away now stays marked, for `sweep`. */
  async #unmake(name: string, number: number): Promise<void> {
    const context = quietContext(AbortSignal.timeout(120_000));
    try {
      // This node's is made first. Where it is not ours, the peer has made one of that name at the same time, of the same number perhaps.
      const own = (await this.#group(this.#parts.local).volumes(context)).find(
        (volume) => volume.name === name,
      );
      // This node's last: it is what `sweep` finds.
      if (own?.tags.includes(this.#mark))
        for (const node of [...this.#both].reverse()) await this.#removeFrom(context, node, name, number);
    } catch {
      // It stays marked.
    }
    this.#working.delete(name);
  }

  /** Repeatable. Only what bears the number: a volume of the same name that is not ours, or that the peer is making, stays. */
  async #removeFrom(context: WorkContext, node: DrbdNode, name: string, number: number): Promise<void> {
    const group = this.#group(node);
    const found = (await group.volumes(context)).find((volume) => volume.name === name);
    if (found && !found.tags.includes(`${numberTag}${number}`)) return;
    if (found && isUnfinished(found) && !found.tags.includes(this.#mark)) return;
    await this.#downOn(context, node, name);
    if (found) await group.remove(context, [name]);
  }

  /** From both nodes; `busy` while it is open on one of them. The peer must answer: else its copy would come back. */
  async remove(context: WorkContext, name: string): Promise<void> {
    const found = (await this.all(context)).find(({ volume }) => volume.name === name);
    if (!found) return;
    const { local, peer } = this.#parts;
    this.#working.add(name);
    try {
      // Before it is marked: nobody removes the peer's side of a volume that is open here.
      await drbdadmOn(local).secondary(context, this.resource(name));
      // Marked: what is interrupted from here on is finished by `sweep`.
      await this.#group(local).tag(context, name, { add: [this.#mark] });
      try {
        await this.#removeFrom(context, peer, name, found.number);
      } catch (error) {
        await this.#group(local).tag(quietContext(), name, { remove: [this.#mark] });
        throw error;
      }
      await this.#removeFrom(context, local, name, found.number);
    } finally {
      this.#working.delete(name);
    }
  }

  /** Repeatable. The new part is copied in the background unless volumes are thin. */
  async resize(context: WorkContext, name: string, sizeBytes: number): Promise<void> {
    const found = await this.find(context, name);
    if (found.sizeBytes === sizeBytes) return;
    const { local } = this.#parts;
    await this.#waitSynced(context, name, found.number);
    // The peer's first: when it does not answer nothing has changed.
    for (const node of [...this.#both].reverse()) {
      await this.#group(node).extend(context, name, diskBytes(sizeBytes));
      await this.#describe(node, name, found.number, sizeBytes);
    }
    await this.#whileOpen(context, name, found.number, () =>
      drbdadmOn(local).resize(context, this.resource(name)),
    );
    for (const node of [...this.#both].reverse())
      await this.#group(node).tag(context, name, {
        add: [`${sizeTag}${sizeBytes}`],
        remove: [`${sizeTag}${found.sizeBytes}`],
      });
  }

  /** The kernel grows a mirror only while it is open on one of the nodes: one that is not is opened here for that time. */
  async #whileOpen(
    context: WorkContext,
    name: string,
    number: number,
    work: () => Promise<void>,
  ): Promise<void> {
    const status = (await this.statuses()).get(number);
    if (status?.role === 'Primary' || status?.peerRole === 'Primary') return await work();
    await this.open(context, name);
    try {
      await work();
    } finally {
      await this.close(quietContext(), name);
    }
  }

  /**
   * Gives a volume that nobody has open another name, on both nodes, the peer first: cut off, it is done again by the old name.
   * `tags`: those to take away, and to add.
   */
  async rename(
    context: WorkContext,
    name: string,
    pick: (taken: readonly string[]) => string,
    tags: { readonly add: readonly string[]; readonly remove: readonly string[] },
  ): Promise<Mirrored> {
    const found = await this.find(context, name);
    return await inTurn(`drbd ${this.#parts.id}`, async () => {
      const all = (await Promise.all(this.#both.map((node) => this.#group(node).volumes(context)))).flat();
      // What bears the number on the peer already was renamed by an attempt that was cut off.
      const others = all.filter((volume) => readMirrored(volume)?.number !== found.number);
      const wanted = pick(others.map((volume) => volume.name));
      if (others.some((volume) => volume.name === wanted))
        throw new AppError('already-exists', `there is a volume '${wanted}' already`);
      await drbdadmOn(this.#parts.local).secondary(context, this.resource(name));
      for (const node of [...this.#both].reverse()) {
        const group = this.#group(node);
        await this.#downOn(context, node, name);
        if (wanted !== name)
          await group.rename(context, name, wanted).catch((error: unknown) => {
            if (!hasCode(error, 'not-found') || node === this.#parts.local) throw error;
          });
        await group.tag(context, wanted, tags);
        await this.#describe(node, wanted, found.number, found.sizeBytes);
        await drbdadmOn(node).adjust(context, this.resource(wanted));
      }
      return await this.find(context, wanted);
    });
  }

  async #downOn(context: WorkContext, node: DrbdNode, name: string): Promise<void> {
    const resource = this.resource(name);
    await drbdadmOn(node)
      .down(context, resource)
      .catch((error: unknown) => {
        if (!hasCode(error, 'not-found')) throw error;
      });
    await node.removeFile(resourceFile(resource));
  }

  /** Starts the mirrors of this node's volumes. Repeatable; one that does not start keeps none of the others from it. */
  async start(context: WorkContext): Promise<void> {
    const { local } = this.#parts;
    const found = await this.all(context);
    await this.#group(local).activate(
      context,
      found.map(({ volume }) => volume.name),
    );
    for (const { volume, number, sizeBytes } of found) {
      await this.#describe(local, volume.name, number, sizeBytes);
      await drbdadmOn(local)
        .adjust(context, this.resource(volume.name))
        .catch((error: unknown) => context.log(`${volume.name}: ${asAppError(error).message}`));
    }
  }

  /** Ends the mirrors of this node's volumes. One that is open stays, and is told: `busy`. */
  async stop(context: WorkContext): Promise<void> {
    const { local } = this.#parts;
    for (const { volume } of await this.all(context)) {
      await this.#downOn(context, local, volume.name);
      await this.#group(local).deactivate(context, [volume.name]);
    }
  }

  async open(context: WorkContext, name: string): Promise<Mirrored> {
    const found = await this.find(context, name);
    await drbdadmOn(this.#parts.local).primary(context, this.resource(name));
    return found;
  }

  /** One that is still open stays so. */
  async close(context: WorkContext, name: string): Promise<void> {
    await this.find(context, name);
    await secondaryIfIdle(drbdadmOn(this.#parts.local), context, this.resource(name), this.#wait);
  }

  /** For the time of a migration only: both nodes have it open at once. */
  async allowTwoPrimaries(context: WorkContext, name: string, allow: boolean): Promise<void> {
    await this.find(context, name);
    for (const node of this.#both)
      await drbdadmOn(node).allowTwoPrimaries(context, this.resource(name), allow);
  }

  /** Removes what this node left half made or half removed, on both; answers the names. */
  async sweep(context: WorkContext): Promise<string[]> {
    const removed: string[] = [];
    for (const volume of await this.#group(this.#parts.local).volumes(context)) {
      const found = readMirrored(volume);
      if (!found || !volume.tags.includes(this.#mark)) continue;
      if (this.#working.has(volume.name)) continue;
      for (const node of [...this.#both].reverse())
        await this.#removeFrom(context, node, volume.name, found.number);
      removed.push(volume.name);
    }
    return removed;
  }
}
