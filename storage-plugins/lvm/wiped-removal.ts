// Volumes overwritten with zeros before they go (`saferemove`): out of sight at once, then in the background, and taken up again after a restart.
import { setTimeout as delay } from 'node:timers/promises';
import { invalidInput } from '../../server/core/errors.ts';
import type { Exec } from '../../server/core/exec.ts';
import { quietContext, type WorkContext } from '../../server/core/work-context.ts';
import { inTurn } from '../folders/in-turn.ts';
import { zeroRange } from '../lvm-volumes/block-io.ts';
import type { GroupVolumes } from '../lvm-volumes/group-volumes.ts';
import type { LvmGroup } from '../lvm-volumes/lvm-commands.ts';
import { claim, release, unfinishedName } from '../lvm-volumes/unfinished.ts';
import { wayBack } from '../lvm-volumes/way-back.ts';

/** Bytes in a second, as in Proxmox VE: other guests' disks are on the same devices. */
const defaultThroughput = 10 * 1024 ** 2;
/** Pieces are so many of these: whole sectors of any device. */
const leastPieceBytes = 1024 ** 2;
const mostPieceBytes = 1024 ** 3;

/**
 * Bytes in a second of `saferemove_throughput`, 0 for as fast as it goes. Written as clients know it: a number, with k, m or g for
 * powers of 1024, a minus before it means nothing here. `invalid-input` for anything else.
 */
export function readThroughput(value: unknown): number {
  if (value === undefined || value === '') return defaultThroughput;
  const match = /^-?(\d{1,15})([kmg]?)$/i.exec(String(value));
  if (!match)
    throw invalidInput({
      saferemove_throughput: 'write bytes in a second, with k, m or g for powers of 1024; 0: no limit',
    });
  return Number(match[1]) * 1024 ** ['', 'k', 'm', 'g'].indexOf((match[2] ?? '').toLowerCase());
}

/** Bytes of `saferemove-stepsize`; undefined: as the throughput asks for. */
export function readStep(value: unknown): number | undefined {
  return value === undefined || value === '' ? undefined : Number(value) * 1024 ** 2;
}

export class WipedRemoval {
  readonly #exec: Exec;
  readonly #group: LvmGroup;
  readonly #volumes: GroupVolumes;
  readonly #bytesPerSecond: number;
  readonly #stepBytes: number;
  #ending = new AbortController();
  #work: Promise<unknown> = Promise.resolve();

  constructor(parts: {
    readonly exec: Exec;
    readonly group: LvmGroup;
    readonly volumes: GroupVolumes;
    readonly bytesPerSecond: number;
    /** The most that is overwritten by one program. */
    readonly stepBytes: number | undefined;
  }) {
    this.#exec = parts.exec;
    this.#group = parts.group;
    this.#volumes = parts.volumes;
    this.#bytesPerSecond = parts.bytesPerSecond;
    this.#stepBytes = parts.stepBytes ?? mostPieceBytes;
  }

  /** Takes the name away and begins. `busy` when it is open. */
  async begin(context: WorkContext, volume: string): Promise<void> {
    const name = unfinishedName(this.#group.name, 'del');
    try {
      await this.#group.rename(context, volume, name);
    } catch (error) {
      release(this.#group.name, name);
      throw error;
    }
    context.log('it is overwritten with zeros in the background; then its space is free');
    this.#start(name);
  }

  /** Goes on with what was broken off. Repeatable. */
  async resume(context: WorkContext): Promise<void> {
    if (this.#ending.signal.aborted) this.#ending = new AbortController();
    for (const { name } of await this.#volumes.waitingForRemoval(context))
      if (claim(this.#group.name, name)) this.#start(name);
  }

  /** Ends it; what is left is taken up by `resume`. */
  async stop(): Promise<void> {
    this.#ending.abort();
    await this.#work;
  }

  /** Resolves when nothing is under way. */
  async idle(): Promise<void> {
    await this.#work;
  }

  #start(name: string): void {
    const { signal } = this.#ending;
    const wiped = inTurn(`wipe ${this.#group.name}`, () => this.#wipe(quietContext(signal), name))
      // A device that failed: it stays, out of sight, and is tried again when the storage is activated or swept.
      .catch(() => {})
      .finally(() => release(this.#group.name, name));
    this.#work = Promise.all([this.#work, wiped]);
  }

  async #wipe(context: WorkContext, name: string): Promise<void> {
    context.signal.throwIfAborted();
    const lv = (await this.#group.volumes(context)).find((each) => each.name === name);
    if (!lv) return;
    // One that was a base.
    if (lv.readOnly) await this.#group.makeWritable(context, name);
    await this.#group.activate(context, [name]);
    const rate = this.#bytesPerSecond;
    const wholePieces = Math.floor(rate / leastPieceBytes) * leastPieceBytes;
    const perSecond = rate === 0 ? mostPieceBytes : Math.max(leastPieceBytes, wholePieces);
    const piece = Math.min(perSecond, this.#stepBytes);
    try {
      for (let offset = 0; offset < lv.sizeBytes; offset += piece) {
        const bytes = Math.min(piece, lv.sizeBytes - offset);
        const began = Date.now();
        await zeroRange(this.#exec, context, this.#group.device(name), { offset, bytes });
        const wholeMs = rate === 0 ? 0 : (bytes / rate) * 1000;
        const restMs = wholeMs - (Date.now() - began);
        if (restMs > 0) await delay(restMs, undefined, { signal: context.signal });
      }
    } catch (error) {
      await this.#group.deactivate(wayBack(), [name]).catch(() => {});
      throw error;
    }
    await this.#group.remove(context, [name]);
  }
}
