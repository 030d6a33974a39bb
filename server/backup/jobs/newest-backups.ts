// When each guest was last backed up, by what lies on the storages: read again and again, never by whoever asks.
import { asAppError } from '../../core/errors.ts';
import type { Logger } from '../../core/log.ts';

/** A backup as a storage lists it; `ctime` in seconds since the epoch. */
export interface ListedBackup {
  readonly vmid?: number | undefined;
  readonly ctime?: number | undefined;
}

export interface NewestBackupsParts {
  readonly log: Pick<Logger, 'info'>;
  /** The storages for backups that this node may use now. */
  storages(): readonly string[];
  list(storage: string): Promise<readonly ListedBackup[]>;
}

export class NewestBackups {
  readonly #parts: NewestBackupsParts;
  /** By storage, then by guest: milliseconds since the epoch. What a storage had stays while it cannot be read. */
  readonly #times = new Map<string, ReadonlyMap<number, number>>();
  #complete = false;
  #reading: Promise<void> | undefined;

  constructor(parts: NewestBackupsParts) {
    this.#parts = parts;
  }

  /** Is every storage known? Before, nobody can say that a backup is missing. */
  get complete(): boolean {
    return this.#complete;
  }

  /** Milliseconds since the epoch; undefined when no storage has a backup of the guest. */
  of(vmid: number): number | undefined {
    const times = [...this.#times.values()].flatMap((guests) => guests.get(vmid) ?? []);
    return times.length === 0 ? undefined : Math.max(...times);
  }

  /** Reads all storages, each by itself: one that hangs holds up no other. Never rejects; joins a reading that is under way. */
  refresh(): Promise<void> {
    this.#reading ??= this.#readAll().finally(() => {
      this.#reading = undefined;
    });
    return this.#reading;
  }

  async #readAll(): Promise<void> {
    const storages = this.#parts.storages();
    for (const known of this.#times.keys()) if (!storages.includes(known)) this.#times.delete(known);
    await Promise.all(storages.map((storage) => this.#read(storage)));
    this.#complete = storages.every((storage) => this.#times.has(storage));
  }

  async #read(storage: string): Promise<void> {
    try {
      const newest = new Map<number, number>();
      for (const { vmid, ctime } of await this.#parts.list(storage)) {
        if (vmid === undefined || ctime === undefined) continue;
        newest.set(vmid, Math.max(newest.get(vmid) ?? 0, ctime * 1000));
      }
      this.#times.set(storage, newest);
    } catch (error) {
      // The storage's own problem is shown with the storage.
      const { message } = asAppError(error);
      this.#parts.log.info({ storage, problem: message }, 'backups could not be listed');
    }
  }
}
