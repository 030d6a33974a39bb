// Realm `pam`: the Linux users of this machine, asked through PAM with Debian's pamtester.
import { existsSync } from 'node:fs';
import { AppError, asAppError } from '../../core/errors.ts';
import type { Exec } from '../../core/exec.ts';
import type { PasswordCheck, Realm } from './realm.ts';

export interface PamOptions {
  readonly exec: Exec;
  /** Name of the PAM service; default: `croft` when `/etc/pam.d/croft` exists, else `login`. */
  readonly service?: string;
  /** Milliseconds for one check; default 15,000 (a wrong password alone costs 2 to 5 seconds in PAM). */
  readonly timeoutMs?: number;
}

/** Written by the machine's set-up; where it is missing, the rules of `login` count. */
const pamServicePath = '/etc/pam.d/croft';

/** Wrong passwords hold a process for seconds: more than this many wait for their turn. */
const atOnce = 8;
const longestQueue = 100;

/** The realm over pamtester. The password goes through standard input, never through arguments. Needs root. */
export function pamRealm(options: PamOptions): Realm {
  let running = 0;
  const waiting: (() => void)[] = [];

  async function run(check: PasswordCheck): Promise<boolean> {
    const service = options.service ?? (existsSync(pamServicePath) ? 'croft' : 'login');
    const address = check.address !== undefined && /^[0-9A-Fa-f.:]{2,45}$/.test(check.address);
    const args = [
      ...(address ? [`-Irhost=${check.address}`] : []),
      service,
      check.name,
      'authenticate',
      'acct_mgmt',
    ];
    const result = await options.exec('pamtester', args, {
      input: `${check.password}\n`,
      timeoutMs: options.timeoutMs ?? 15_000,
      okExitCodes: [0, 1],
      signal: check.signal,
      intention: 'check a password with PAM',
      maxBytes: 64 * 1024,
    });
    return result.exitCode === 0;
  }

  return {
    type: 'pam',
    authenticate: async (check) => {
      if (!isLinuxUserName(check.name) || !isOneLine(check.password)) return false;
      if (running >= atOnce) {
        if (waiting.length >= longestQueue) throw new AppError('busy', 'too many logins at once');
        await new Promise<void>((resolve) => waiting.push(resolve));
      } else {
        running += 1;
      }
      try {
        return await run(check);
      } finally {
        const next = waiting.shift();
        if (next) next();
        else running -= 1;
      }
    },
    setPassword: async (name, password) => {
      if (!isLinuxUserName(name) || !isOneLine(password))
        throw new AppError('invalid-input', 'this user name or password cannot be used with PAM');
      try {
        await options.exec('chpasswd', [], {
          input: `${name}:${password}\n`,
          intention: 'set the password',
        });
      } catch (error) {
        // chpasswd's complaint may quote its input line.
        throw new AppError('command-failed', `setting the password of '${name}' failed`, {
          detail: asAppError(error).code,
        });
      }
    },
  };
}

/** Letters, digits, `.`, `_`, `-`, and a letter, digit or `_` first: nothing that a program could take for an option. */
export function isLinuxUserName(name: string): boolean {
  return /^[A-Za-z0-9_][A-Za-z0-9._-]{0,31}$/.test(name);
}

/** PAM reads one line: a line end would answer its next question; PAM's own limit is 512 bytes. */
function isOneLine(password: string): boolean {
  return password.length > 0 && !/[\n\r\0]/.test(password) && Buffer.byteLength(password) < 512;
}
