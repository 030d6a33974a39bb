// The audit log: who logged in, who failed to, what was refused, what was changed. Never a secret, never a parameter's value.
import { appendFile, rename, stat } from 'node:fs/promises';
import { type Clock, epochSeconds } from '../core/clock.ts';

export type AuditEvent = 'login' | 'password-right' | 'login-failed' | 'denied' | 'changed';

export interface AuditRecord {
  /** Seconds since the epoch. */
  readonly time: number;
  readonly event: AuditEvent;
  /** User or token id; for failed logins the name that was tried. */
  readonly requester: string;
  /** The client's address; `local` over the local socket. */
  readonly address: string;
  /** The call (`POST /nodes/pve1/qemu`), or why it was refused. */
  readonly what: string;
  /** How many like it were left out before this one, because they came too fast. */
  readonly leftOut?: number;
}

/** Where records go; must not throw. */
export type AuditSink = (record: AuditRecord) => void;

const perMinute = 300;

/** Takes what happened, cuts it to size, and keeps a flood of refusals from filling the disk. */
export class AuditLog {
  readonly #sink: AuditSink;
  readonly #clock: Clock;
  #minute = 0;
  #inMinute = 0;
  #leftOut = 0;

  constructor(sink: AuditSink, clock: Clock) {
    this.#sink = sink;
    this.#clock = clock;
  }

  record(event: AuditEvent, requester: string, address: string, what: string): void {
    const time = epochSeconds(this.#clock);
    const minute = Math.floor(time / 60);
    if (minute !== this.#minute) {
      this.#minute = minute;
      this.#inMinute = 0;
    }
    // What succeeded is always kept: only strangers can cause the rest without limit.
    const unbounded = event === 'login-failed' || event === 'denied';
    if (unbounded) {
      this.#inMinute += 1;
      if (this.#inMinute > perMinute) {
        this.#leftOut += 1;
        return;
      }
    }
    const leftOut = this.#leftOut;
    this.#leftOut = 0;
    this.#sink({
      time,
      event,
      requester: clean(requester, 130),
      address: clean(address, 64),
      what: clean(what, 300),
      ...(leftOut > 0 ? { leftOut } : {}),
    });
  }
}

/** One line, bounded: what comes from outside must not forge records. */
function clean(text: string, longest: number): string {
  return text.replace(/\p{Cc}/gu, '?').slice(0, longest);
}

/**
 * A sink that appends JSON lines to `path` and, above `maxBytes` (default 8 MiB), moves it to `path.1`, replacing the
 * one before: so at most twice `maxBytes` are kept. `onError` hears of a disk that refuses.
 */
export function auditFileSink(
  path: string,
  onError: (error: unknown) => void,
  maxBytes = 8 * 1024 * 1024,
): AuditSink & { flush(): Promise<void> } {
  let pending: string[] = [];
  let writing: Promise<void> | undefined;

  async function drain(): Promise<void> {
    while (pending.length > 0) {
      const lines = pending.join('');
      pending = [];
      try {
        const size = await stat(path).then(
          (found) => found.size,
          () => 0,
        );
        if (size > 0 && size + lines.length > maxBytes) await rename(path, `${path}.1`);
        await appendFile(path, lines, { mode: 0o600 });
      } catch (error) {
        onError(error);
      }
    }
    writing = undefined;
  }

  const sink = (record: AuditRecord): void => {
    if (pending.length >= 10_000) return;
    pending.push(`${JSON.stringify(record)}\n`);
    writing ??= Promise.resolve().then(drain);
  };
  return Object.assign(sink, {
    flush: async () => {
      await writing;
    },
  });
}
