// Second factors of users: listing, adding, changing, removing, unlocking; and checking an answer at a login.
import { randomUUID } from 'node:crypto';
import { type Clock, epochSeconds } from '../../core/clock.ts';
import { AppError, invalidInput } from '../../core/errors.ts';
import type { AccessWriter } from '../access-writer.ts';
import { readAs, twoFactorKey } from '../documents.ts';
import {
  type Answer,
  challengeOf,
  judge,
  noFactors,
  type TotpFactor,
  type TwoFactorDocument,
} from './factors.ts';
import { hashRecoveryKey, isRecoveryKey, makeRecoveryKeys } from './recovery-keys.ts';
import { matchingStep, readTotpUri } from './totp.ts';

/** What may be shown of a factor. */
export interface FactorInfo {
  readonly id: string;
  readonly type: 'totp' | 'recovery';
  readonly description: string;
  /** Seconds since the epoch. */
  readonly created: number;
  readonly enable: boolean;
}

/** Locks that hold now. */
export interface FactorLocks {
  readonly totpLocked: boolean;
  /** Seconds since the epoch; undefined when it is past. */
  readonly lockedUntil: number | undefined;
}

export interface NewTotp {
  readonly description: string | undefined;
  /** `otpauth://...` as the app was given it. */
  readonly uri: string | undefined;
  /** A code of the app now: proves that it was set up. */
  readonly code: string | undefined;
}

/** Of recovery keys there is one set. */
const recoveryId = 'recovery';
const mostTotp = 16;

export class TwoFactorService {
  readonly #writer: AccessWriter;
  readonly #clock: Clock;

  constructor(writer: AccessWriter, clock: Clock) {
    this.#writer = writer;
    this.#clock = clock;
  }

  /** The user's factors, apps first; none for a user that does not exist. */
  list(userid: string): FactorInfo[] {
    const { totp, recovery } = this.#read(userid);
    return [
      ...totp.map(({ id, description, created, enable }) => {
        return { id, type: 'totp' as const, description, created, enable };
      }),
      ...(recovery
        ? [
            {
              ...{ id: recoveryId, type: 'recovery' as const },
              ...{ description: '', created: recovery.created, enable: true },
            },
          ]
        : []),
    ];
  }

  /** Throws `not-found`. */
  get(userid: string, id: string): FactorInfo {
    this.#requireUser(userid);
    const found = this.list(userid).find((factor) => factor.id === id);
    if (!found) throw noSuchFactor(userid);
    return found;
  }

  locks(userid: string): FactorLocks {
    const { totpLocked, lockedUntil } = this.#read(userid);
    return { totpLocked, lockedUntil: lockedUntil > this.#now() ? lockedUntil : undefined };
  }

  /** Adds an app; answers its id. Throws `invalid-input` unless `code` is one of the app's. */
  async addTotp(userid: string, { description, uri, code }: NewTotp): Promise<string> {
    if (!description) throw invalidInput({ description: 'a description is needed, to tell factors apart' });
    const key = readTotpUri(uri ?? '');
    if (typeof key === 'string') throw invalidInput({ totp: key });
    const step = matchingStep(key, code ?? '', this.#now(), 0);
    if (step === undefined) throw invalidInput({ value: 'not a code that the app shows now' });
    const id = randomUUID();
    const factor: TotpFactor = { id, description, created: this.#now(), enable: true, key, lastStep: step };
    await this.#change(userid, (before) => {
      if (before.totp.length >= mostTotp)
        throw new AppError('no-capacity', `user '${userid}' has ${mostTotp} authenticator apps already`);
      return { ...before, totp: [...before.totp, factor] };
    });
    return id;
  }

  /** Makes recovery keys and tells them, for the only time. Throws `already-exists` while there are some. */
  async addRecovery(userid: string): Promise<{ id: string; keys: string[] }> {
    this.#requireUser(userid);
    const { keys, factor } = await makeRecoveryKeys(this.#now());
    await this.#change(userid, (before) => {
      if (before.recovery)
        throw new AppError('already-exists', `user '${userid}' has recovery keys already: delete them first`);
      return { ...before, recovery: factor };
    });
    return { id: recoveryId, keys };
  }

  /** Changes what is given. Throws `not-found`, and `wrong-state` for recovery keys: they are deleted, not changed. */
  async update(
    userid: string,
    id: string,
    change: { description?: string | undefined; enable?: boolean | undefined },
  ): Promise<void> {
    await this.#change(userid, (before) => {
      if (id === recoveryId && before.recovery)
        throw new AppError('wrong-state', 'recovery keys can only be deleted, not changed');
      const old = before.totp.find((factor) => factor.id === id);
      if (!old) throw noSuchFactor(userid);
      if (change.description === '') throw invalidInput({ description: 'must not be empty' });
      const { description = old.description, enable = old.enable } = change;
      return {
        ...before,
        totp: before.totp.map((factor) => (factor === old ? { ...old, description, enable } : factor)),
      };
    });
  }

  /** Throws `not-found`. */
  async remove(userid: string, id: string): Promise<void> {
    await this.#change(userid, (before) => {
      const { recovery, ...rest } = before;
      if (id === recoveryId && recovery) return rest;
      const totp = before.totp.filter((factor) => factor.id !== id);
      if (totp.length === before.totp.length) throw noSuchFactor(userid);
      return { ...before, totp };
    });
  }

  /** Opens what was locked, and forgets wrong answers; answers whether anything was locked. */
  async unlock(userid: string): Promise<boolean> {
    this.#requireUser(userid);
    const { totpLocked, lockedUntil } = this.locks(userid);
    if (this.#writer.version(twoFactorKey(userid)) > 0 && this.list(userid).length > 0)
      await this.#change(userid, (before) => {
        return { ...before, totpFailures: 0, totpLocked: false, failures: 0, lockedUntil: 0 };
      });
    return totpLocked || lockedUntil !== undefined;
  }

  /** The challenge of a login, as JSON; undefined when the user has no factor. */
  challengeFor(userid: string): string | undefined {
    const challenge = challengeOf(this.#read(userid));
    return challenge && JSON.stringify(challenge);
  }

  /**
   * Checks an answer, `totp:123456` or `recovery:0123-4567-89ab-cdef`, uses it up and counts failures; a bare code or key is
   * understood too. Answers why it is refused; undefined when it is right.
   */
  async refusalOf(userid: string, text: string): Promise<string | undefined> {
    const answer = await this.#readAnswer(userid, text);
    if (!answer) return 'not an answer to a second factor';
    let refusal: string | undefined;
    await this.#writer.change(() => {
      const stored = readAs<TwoFactorDocument>(this.#writer.store, twoFactorKey(userid));
      if (!stored) {
        refusal = 'the user has no second factor';
        return [];
      }
      const judged = judge(stored.value, answer, this.#now());
      refusal = judged.refusal;
      if (!judged.after) return [];
      return [{ key: stored.key, value: judged.after, ifVersion: stored.version }];
    });
    return refusal;
  }

  async #readAnswer(userid: string, text: string): Promise<Answer | undefined> {
    const match = /^(?:(totp|recovery):)?([0-9a-fA-F-]{1,32})$/.exec(text.trim());
    const [, kind, value = ''] = match ?? [];
    if (kind !== 'recovery' && /^\d{6,8}$/.test(value)) return { kind: 'totp', code: value };
    const key = value.toLowerCase();
    if (kind === 'totp' || !isRecoveryKey(key)) return undefined;
    const salt = this.#read(userid).recovery?.salt ?? '';
    return { kind: 'recovery', hash: await hashRecoveryKey(salt, key) };
  }

  async #change(userid: string, change: (before: TwoFactorDocument) => TwoFactorDocument): Promise<void> {
    const key = twoFactorKey(userid);
    await this.#writer.change(() => {
      this.#requireUser(userid);
      const after = change(this.#read(userid));
      const ifVersion = this.#writer.version(key);
      const empty = after.totp.length === 0 && after.recovery === undefined;
      return [empty ? { key, delete: true, ifVersion } : { key, value: after, ifVersion }];
    });
  }

  #read(userid: string): TwoFactorDocument {
    return readAs<TwoFactorDocument>(this.#writer.store, twoFactorKey(userid))?.value ?? noFactors;
  }

  #requireUser(userid: string): void {
    if (!this.#writer.directory.users.has(userid))
      throw new AppError('not-found', `no such user ('${userid}')`);
  }

  #now(): number {
    return epochSeconds(this.#clock);
  }
}

function noSuchFactor(userid: string): AppError {
  return new AppError('not-found', `no such second factor of user '${userid}'`);
}
