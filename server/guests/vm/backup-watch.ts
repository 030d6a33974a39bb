// Notices when a backup under way cannot go on, and tells those who listen: once, for the first reason.
import { setTimeout as delay } from 'node:timers/promises';
import { AppError } from '../../core/errors.ts';
import type { GuestObservation, RunState } from '../guest-driver.ts';
import { type BackupListener, BackupListeners } from './backup-listeners.ts';
import type { ScratchImage } from './backup-places.ts';
import { shortageOf, watchRoom } from './backup-room.ts';
import type { BackupScratch } from './backup-types.ts';

/** Milliseconds in which a guest that went down for a reboot is up again. */
const rebootMs = 3000;

export interface BackupWatchParts {
  /** Is our backup of the guest under way? */
  shows(vmid: number): Promise<boolean>;
  stateOf(vmid: number): Promise<RunState>;
}

interface Watched {
  readonly scratch: BackupScratch;
  readonly images: readonly ScratchImage[];
  /** Ends the watch over the room. */
  readonly over: AbortController;
  /** QEMU shows the disks: so when it does not, that is news. */
  shown: boolean;
  problem: AppError | undefined;
}

export class BackupWatch {
  readonly #parts: BackupWatchParts;
  readonly #watched = new Map<number, Watched>();
  readonly #listeners = new BackupListeners();

  constructor(parts: BackupWatchParts) {
    this.#parts = parts;
  }

  /** A backup is about to begin. */
  expect(vmid: number, scratch: BackupScratch, images: readonly ScratchImage[]): void {
    this.forget(vmid);
    const over = new AbortController();
    this.#watched.set(vmid, { scratch, images, over, shown: false, problem: undefined });
  }

  /** It has begun. */
  begin(vmid: number): void {
    const watched = this.#watched.get(vmid);
    if (!watched) return;
    watched.shown = true;
    const { scratch, images, over } = watched;
    void watchRoom(scratch, images, over.signal, (problem) => this.#tell(vmid, problem));
  }

  /** It is ended on purpose. Repeatable. */
  forget(vmid: number): void {
    this.#watched.get(vmid)?.over.abort();
    this.#watched.delete(vmid);
  }

  close(): void {
    for (const vmid of [...this.#watched.keys()]) this.forget(vmid);
  }

  listen(vmid: number, listener: BackupListener): () => void {
    return this.#listeners.add(vmid, listener, this.#watched.get(vmid)?.problem);
  }

  /** What is told of guests anyway. */
  observed({ vmid, state, reason }: GuestObservation): void {
    if (!this.#watched.has(vmid)) return;
    if (state === 'stopped') this.#tell(vmid, endedMeanwhile(vmid));
    else if (state === 'stopping') void this.#whetherItEnds(vmid);
    else if (reason === 'io-error') void this.#whyItStands(vmid);
    else if (reason === 'reconnected') void this.look(vmid);
  }

  /** Something has ended, or may have: the guest, or the backup alone? */
  async look(vmid: number): Promise<void> {
    if (!this.#watched.get(vmid)?.shown) return;
    try {
      if (await this.#parts.shows(vmid)) return;
      const state = await this.#parts.stateOf(vmid);
      // QEMU ends the backup on its own way down.
      const goes = state === 'stopping' || state === 'stopped';
      const text = `the backup of VM ${vmid} was ended by somebody else`;
      this.#tell(vmid, goes ? endedMeanwhile(vmid) : new AppError('unavailable', text));
    } catch {
      // libvirtd has gone: it is looked again when it is back.
    }
  }

  /**
   * It has powered itself off. QEMU ends only when nobody reads any more, so nobody must wait for that; unless libvirt makes a reboot
   * of it, which goes through the same state.
   */
  async #whetherItEnds(vmid: number): Promise<void> {
    await delay(rebootMs, undefined, { ref: false });
    try {
      const state = await this.#parts.stateOf(vmid);
      if (state === 'stopping' || state === 'stopped') this.#tell(vmid, endedMeanwhile(vmid));
    } catch {
      // As above.
    }
  }

  /** Its own disk failed, or there is no room for the backup: either way it is to go on, which can be tried when the backup has ended. */
  async #whyItStands(vmid: number): Promise<void> {
    const watched = this.#watched.get(vmid);
    if (!watched) return;
    const shortage = await shortageOf(watched.scratch, watched.images).catch(() => undefined);
    const text = `VM ${vmid} stands: one of its disks failed, or there is no room for what it overwrites`;
    this.#tell(vmid, shortage ?? new AppError('command-failed', text));
  }

  #tell(vmid: number, problem: AppError): void {
    const watched = this.#watched.get(vmid);
    if (!watched || watched.problem) return;
    watched.problem = problem;
    this.#listeners.tell(vmid, problem);
  }
}

function endedMeanwhile(vmid: number): AppError {
  return new AppError('wrong-state', `VM ${vmid} was ended meanwhile`);
}
