// The second step of logging in: what is asked for, and which of the two things was typed. Pure.

/** What the daemon accepts: codes of an app, and how many recovery keys are left (undefined: the user has none). */
export interface Asked {
  readonly code: boolean;
  readonly keys: number | undefined;
}

/**
 * Reads a challenge, `PVE:!tfa!<JSON, percent-encoded>:TIME::signature`. One that cannot be read asks for a code: what is typed is
 * checked by the daemon.
 */
export function readChallenge(ticket: string): Asked {
  const encoded = /^PVE:!tfa!([^:]+):/.exec(ticket)?.[1];
  try {
    const parsed: unknown = JSON.parse(decodeURIComponent(encoded ?? ''));
    if (typeof parsed !== 'object' || parsed === null) return { code: true, keys: undefined };
    const { totp, recovery } = parsed as { totp?: unknown; recovery?: unknown };
    return { code: totp === true, keys: Array.isArray(recovery) ? recovery.length : undefined };
  } catch {
    return { code: true, keys: undefined };
  }
}

export interface Answer {
  readonly kind: 'totp' | 'recovery';
  /** As the daemon takes it. */
  readonly text: string;
}

/**
 * What was typed or pasted: a code of six to eight digits, or a recovery key of sixteen (0-9, a-f), with blanks and dashes wherever
 * they were put. Undefined for what is neither, or not all of it yet.
 */
export function readAnswer(typed: string): Answer | undefined {
  const bare = typed.replace(/[\s\u2010-\u2015-]/g, '').toLowerCase();
  if (/^\d{6,8}$/.test(bare)) return { kind: 'totp', text: `totp:${bare}` };
  if (!/^[0-9a-f]{16}$/.test(bare)) return undefined;
  return { kind: 'recovery', text: `recovery:${bare.replace(/(.{4})(?=.)/g, '$1-')}` };
}

/** What it looks like while it is typed: up to eight digits are a code, all else is a key. Nothing is nothing yet. */
export function kindSoFar(typed: string): Answer['kind'] | undefined {
  const bare = typed.replace(/[\s\u2010-\u2015-]/g, '');
  if (bare === '') return undefined;
  return /^\d{1,8}$/.test(bare) ? 'totp' : 'recovery';
}
