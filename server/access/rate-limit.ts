// Slows down guessing passwords, without locking anybody out: who failed before waits before the next try.
import type { Clock } from '../core/clock.ts';
import { AppError } from '../core/errors.ts';

const windowMs = 5 * 60_000;
/** Most keys remembered for each of the three counts; the one longest unseen is forgotten first. */
const mostKeys = 10_000;
/** Failures remembered for one key: more make no difference. */
const mostFailures = 64;

/** `free` failures cost nothing; each further one doubles the wait from half a second up to `longestMs`. */
interface Rule {
  readonly free: number;
  readonly longestMs: number;
}

const rules = {
  /** The same user from the same address: somebody guesses, or mistypes. */
  pair: { free: 3, longestMs: 8000 },
  /** Any user from one address: high, as an office can sit behind one address. */
  address: { free: 15, longestMs: 8000 },
  /** One user from anywhere: short, or strangers could keep the user out. */
  user: { free: 10, longestMs: 2000 },
} satisfies Record<string, Rule>;

/** Tries under way at once; those of one pair are fewer, so that a guesser leaves room for others behind its address. */
const atOnce = { pair: 4, address: 16, all: 500 };

/**
 * Counts failed logins in a sliding window of five minutes. The wait comes before the password is looked at, and only
 * so many may wait at once from one address: so trying in parallel gains nothing.
 */
export class LoginLimiter {
  readonly #clock: Clock;
  readonly #failures = { pair: new FailureCounts(), address: new FailureCounts(), user: new FailureCounts() };
  readonly #underWay = new Map<string, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Milliseconds that the next try of this user from this address has to wait. */
  delayMs(address: string, userid: string): number {
    const now = this.#clock.now();
    const network = networkOf(address);
    return Math.max(
      delay(this.#failures.pair.count(pair(network, userid), now), rules.pair),
      delay(this.#failures.address.count(network, now), rules.address),
      delay(this.#failures.user.count(userid, now), rules.user),
    );
  }

  /**
   * Waits as long as it must, then runs `attempt` and remembers its outcome (true: the password was right). Throws
   * `busy` when too many tries of the address are under way.
   */
  async guard(
    address: string,
    userid: string,
    attempt: () => Promise<boolean>,
    signal?: AbortSignal,
  ): Promise<boolean> {
    const network = networkOf(address);
    const places = [
      { key: pair(network, userid), most: atOnce.pair },
      { key: network, most: atOnce.address },
      { key: '', most: atOnce.all },
    ];
    if (places.some(({ key, most }) => (this.#underWay.get(key) ?? 0) >= most))
      throw new AppError('busy', 'too many logins at once');
    for (const { key } of places) this.#underWay.set(key, (this.#underWay.get(key) ?? 0) + 1);
    try {
      const wait = this.delayMs(address, userid);
      if (wait > 0) await this.#clock.sleep(wait, signal);
      const right = await attempt();
      if (right) this.#failures.pair.forget(pair(network, userid));
      else this.#failed(network, userid);
      return right;
    } finally {
      for (const { key } of places) {
        const left = (this.#underWay.get(key) ?? 1) - 1;
        if (left > 0) this.#underWay.set(key, left);
        else this.#underWay.delete(key);
      }
    }
  }

  #failed(network: string, userid: string): void {
    const now = this.#clock.now();
    this.#failures.pair.add(pair(network, userid), now);
    this.#failures.address.add(network, now);
    this.#failures.user.add(userid, now);
  }
}

function pair(network: string, userid: string): string {
  return `${network} ${userid}`;
}

/** One IPv6 customer has 2^64 addresses: they count as one. */
function networkOf(address: string): string {
  if (!address.includes(':')) return address;
  const [head = '', tail] = (address.split('%')[0] ?? '').split('::');
  const before = head === '' ? [] : head.split(':');
  const after = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - before.length - after.length);
  return [...before, ...Array<string>(zeros).fill('0'), ...after].slice(0, 4).join(':');
}

function delay(failures: number, rule: Rule): number {
  if (failures < rule.free) return 0;
  return Math.min(rule.longestMs, 500 * 2 ** Math.min(10, failures - rule.free));
}

class FailureCounts {
  readonly #times = new Map<string, number[]>();

  count(key: string, now: number): number {
    return this.#recent(key, now).length;
  }

  add(key: string, now: number): void {
    const times = [...this.#recent(key, now), now].slice(-mostFailures);
    this.#times.delete(key);
    this.#times.set(key, times);
    if (this.#times.size > mostKeys) {
      const [oldest] = this.#times.keys();
      if (oldest !== undefined) this.#times.delete(oldest);
    }
  }

  forget(key: string): void {
    this.#times.delete(key);
  }

  #recent(key: string, now: number): number[] {
    return this.#times.get(key)?.filter((time) => now - time < windowMs) ?? [];
  }
}
