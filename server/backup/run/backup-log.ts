// What is said during a guest's backup: in its task's log as vzdump says it, and with times in the log that is kept beside the archive.
import type { ByteProgress } from '../../core/work-context.ts';
import { zoneClock } from '../../core/zone-clock.ts';
import { wallText } from './log-texts.ts';

/** Somebody who hears a guest's backup while it runs: the task of the whole run. */
export interface BackupListener {
  line(text: string): void;
  progress(fraction: number, bytes?: ByteProgress): void;
  made(archive: { readonly name: string; readonly sizeBytes: number }): void;
  /** Its own name, as soon as it is known. */
  named(guestName: string): void;
}

const mostLines = 20_000;

/** Of the running backups, by their tasks. In memory alone: a backup that is cut off leaves no archive beside which a log could lie. */
export class BackupLogs {
  readonly #lines = new Map<string, string[]>();
  readonly #listeners = new Map<string, BackupListener>();
  readonly #now: () => number;
  readonly #zone: () => string;

  /** `now` in milliseconds; `zone`: the node's. */
  constructor(now: () => number, zone: () => string) {
    this.#now = now;
    this.#zone = zone;
  }

  /** Under a key of the listener's own choice, until the returned function is called. */
  listen(key: string, listener: BackupListener): () => void {
    this.#listeners.set(key, listener);
    return () => this.#listeners.delete(key);
  }

  listenerOf(key: string | null): BackupListener | undefined {
    return key === null ? undefined : this.#listeners.get(key);
  }

  add(upid: string, line: string): void {
    const lines = this.#lines.get(upid) ?? [];
    this.#lines.set(upid, lines);
    if (lines.length < mostLines) lines.push(`${this.timeText()} ${line}`);
  }

  /** The time on the node's wall: `2026-06-01 02:30:00`. */
  timeText(): string {
    return wallText(zoneClock(this.#zone()).wallOf(this.#now()));
  }

  /** All that was said so far. */
  textOf(upid: string): string {
    return (this.#lines.get(upid) ?? []).map((line) => `${line}\n`).join('');
  }

  forget(upid: string): void {
    this.#lines.delete(upid);
  }
}
