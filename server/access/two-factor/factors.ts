// A user's second factors as they are stored, and their rules: what a login asks for, and what an answer changes. Pure.
import { timingSafeEqual } from 'node:crypto';
import type { RecoveryFactor } from './recovery-keys.ts';
import { matchingStep, type TotpKey } from './totp.ts';

/** An authenticator app. */
export type TotpFactor = {
  readonly id: string;
  readonly description: string;
  /** Seconds since the epoch. */
  readonly created: number;
  readonly enable: boolean;
  readonly key: TotpKey;
  /** The step of the newest code that was used. */
  readonly lastStep: number;
};

/** `two-factor/<userid>`; there is none for users without factors. */
export type TwoFactorDocument = {
  readonly totp: readonly TotpFactor[];
  readonly recovery?: RecoveryFactor;
  /** Wrong codes in a row. */
  readonly totpFailures: number;
  readonly totpLocked: boolean;
  /** Wrong answers in a row, of whatever kind. */
  readonly failures: number;
  /** Seconds since the epoch; 0 when all is open. */
  readonly lockedUntil: number;
};

export const noFactors: TwoFactorDocument = {
  totp: [],
  totpFailures: 0,
  totpLocked: false,
  failures: 0,
  lockedUntil: 0,
};

/** The API's own limits (version 8 and later). */
const mostTotpFailures = 8;
const mostFailures = 100;
const lockSeconds = 3600;

/** What a login may be answered with, as clients read it from the challenge: `recovery` holds the numbers of keys left. */
export interface Challenge {
  readonly totp?: true;
  readonly recovery?: readonly number[];
}

/** What the login asks for; undefined when the password is enough. Locked factors are asked for all the same. */
export function challengeOf(document: TwoFactorDocument): Challenge | undefined {
  const totp = document.totp.some((factor) => factor.enable);
  const { recovery } = document;
  if (!totp && recovery === undefined) return undefined;
  const left = recovery?.keys.flatMap((key, number) => (key === null ? [] : [number]));
  return { ...(totp ? { totp } : {}), ...(left ? { recovery: left } : {}) };
}

/** An answer to the challenge: a code, or the hash of a recovery key. */
export type Answer =
  | { readonly kind: 'totp'; readonly code: string }
  | { readonly kind: 'recovery'; readonly hash: string };

export interface Judgement {
  /** Why it is refused; undefined when it is right. */
  readonly refusal: string | undefined;
  /** What to store before the answer counts; undefined when nothing changes. */
  readonly after: TwoFactorDocument | undefined;
}

/** Is the answer right, and what does it leave behind? */
export function judge(document: TwoFactorDocument, answer: Answer, nowSeconds: number): Judgement {
  if (document.lockedUntil > nowSeconds)
    return { refusal: 'too many wrong second factors: locked for a time', after: undefined };
  const used =
    answer.kind === 'totp' ? usingCode(document, answer.code, nowSeconds) : usingKey(document, answer.hash);
  if (used) return { refusal: undefined, after: { ...used, totpFailures: 0, failures: 0, lockedUntil: 0 } };
  return failed(document, answer.kind, nowSeconds);
}

function usingCode(
  document: TwoFactorDocument,
  code: string,
  nowSeconds: number,
): TwoFactorDocument | undefined {
  if (document.totpLocked) return undefined;
  for (const factor of document.totp) {
    const step = factor.enable ? matchingStep(factor.key, code, nowSeconds, factor.lastStep) : undefined;
    if (step === undefined) continue;
    const totp = document.totp.map((one) => (one === factor ? { ...one, lastStep: step } : one));
    return { ...document, totp };
  }
  return undefined;
}

/** Who has a key has more than somebody who guesses codes: it opens the codes again. */
function usingKey(document: TwoFactorDocument, hash: string): TwoFactorDocument | undefined {
  const { recovery } = document;
  const number = recovery?.keys.findIndex((key) => key !== null && sameText(key, hash)) ?? -1;
  if (!recovery || number < 0) return undefined;
  return {
    ...document,
    recovery: { ...recovery, keys: recovery.keys.with(number, null) },
    totpLocked: false,
  };
}

function failed(document: TwoFactorDocument, kind: Answer['kind'], nowSeconds: number): Judgement {
  const locked = document.totpLocked;
  const totpFailures = kind === 'totp' && !locked ? document.totpFailures + 1 : document.totpFailures;
  const failures = document.failures + 1;
  const tooMany = failures >= mostFailures;
  const after: TwoFactorDocument = {
    ...document,
    totpFailures,
    totpLocked: locked || totpFailures >= mostTotpFailures,
    failures: tooMany ? 0 : failures,
    lockedUntil: tooMany ? nowSeconds + lockSeconds : 0,
  };
  const refusal =
    kind === 'recovery'
      ? 'wrong or used recovery key'
      : locked
        ? 'codes are locked after too many wrong ones'
        : 'wrong or used code';
  return { refusal, after };
}

function sameText(a: string, b: string): boolean {
  return a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b));
}
