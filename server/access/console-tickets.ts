// Tickets for one console connection: used once, within seconds, by the user, for the guest and port they were made for.
import { createHash, randomBytes } from 'node:crypto';
import type { Clock } from '../core/clock.ts';
import { AppError } from '../core/errors.ts';

export interface ConsoleGrant {
  /** User or token id: who asked for the console. */
  readonly requester: string;
  /** The permission path: `/vms/100`, `/nodes/pve1`. */
  readonly path: string;
  /** The port that was answered with the ticket. */
  readonly port: number;
  /** What is behind it: `vnc`, `serial0`, `shell`. */
  readonly console: string;
}

export interface ConsoleTicketOptions {
  /** Milliseconds that a ticket waits to be used; default 30,000. */
  readonly lifetimeMs?: number;
  /** Most tickets waiting at once; default 500, a quarter of it for one requester. */
  readonly limit?: number;
}

interface Waiting extends ConsoleGrant {
  readonly until: number;
}

/** Kept in memory: a restart of the daemon invalidates them, as it ends the consoles. Only hashes are kept. */
export class ConsoleTickets {
  readonly #clock: Clock;
  readonly #lifetimeMs: number;
  readonly #limit: number;
  /** Hash of the ticket to what it opens, oldest first. */
  readonly #waiting = new Map<string, Waiting>();

  constructor(clock: Clock, options: ConsoleTicketOptions = {}) {
    this.#clock = clock;
    this.#lifetimeMs = options.lifetimeMs ?? 30_000;
    this.#limit = options.limit ?? 500;
  }

  /** A new ticket, `PVEVNC:HEXTIME::secret`. Throws `busy` when too many are waiting to be used. */
  issue(grant: ConsoleGrant): string {
    this.#forgetOld();
    let ofRequester = 0;
    for (const waiting of this.#waiting.values()) if (waiting.requester === grant.requester) ofRequester += 1;
    if (this.#waiting.size >= this.#limit || ofRequester >= Math.max(1, this.#limit / 4))
      throw new AppError('busy', 'too many consoles are being opened, try again in a moment');
    const now = this.#clock.now();
    const time = Math.floor(now / 1000)
      .toString(16)
      .toUpperCase();
    const ticket = `PVEVNC:${time}::${randomBytes(32).toString('base64')}`;
    this.#waiting.set(hash(ticket), { ...grant, until: now + this.#lifetimeMs });
    return ticket;
  }

  /**
   * Uses the ticket up and tells what it opens; undefined when it is unknown, used, too old, or for another requester,
   * path or port. A ticket shown with the wrong facts is used up all the same.
   */
  redeem(
    ticket: string,
    claim: { readonly requester: string; readonly path: string; readonly port: number },
  ): ConsoleGrant | undefined {
    // Looking up by a hash tells nothing by its time about tickets that were not shown.
    const key = hash(ticket.slice(0, 256));
    const found = this.#waiting.get(key);
    if (!found) return undefined;
    this.#waiting.delete(key);
    if (found.until < this.#clock.now()) return undefined;
    if (found.requester !== claim.requester || found.path !== claim.path || found.port !== claim.port)
      return undefined;
    return { requester: found.requester, path: found.path, port: found.port, console: found.console };
  }

  /**
   * Is it a waiting ticket of this requester for the path? Does not use it up: for clients that ask the API to confirm
   * one (`POST /access/ticket` with `path`, `POST /access/vncticket`).
   */
  confirms(ticket: string, claim: { readonly requester: string; readonly path: string }): boolean {
    const found = this.#waiting.get(hash(ticket.slice(0, 256)));
    return (
      found !== undefined &&
      found.until >= this.#clock.now() &&
      found.requester === claim.requester &&
      found.path === claim.path
    );
  }

  #forgetOld(): void {
    const now = this.#clock.now();
    for (const [key, waiting] of this.#waiting) {
      if (waiting.until >= now) break;
      this.#waiting.delete(key);
    }
  }
}

function hash(ticket: string): string {
  return createHash('sha256').update(ticket).digest('base64');
}
