// The shares that an SMB server tells of, by smbclient(1).
import { AppError, hasCode } from '../../server/core/errors.ts';
import type { Exec } from '../../server/core/exec.ts';
import type { WorkContext } from '../../server/core/work-context.ts';
import { mountParts } from '../mounts/mount-parts.ts';
import { withSecretFile } from '../mounts/secret-file.ts';
import { readServer } from '../mounts/server-name.ts';
import { readSmbUser, renderCredentials } from './cifs-options.ts';

export interface CifsQuestion {
  readonly server: string;
  /** Without it as a guest. */
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  readonly domain?: string | undefined;
}

export interface CifsShareListing {
  readonly share: string;
  /** As the server says; hostile to whoever shows it. */
  readonly description: string;
}

/**
 * `invalid-input` for what is no server or no user; `unavailable` or `timeout` with what the administrator can do. Changes nothing.
 * `secrets`: the folder for the password's file, for tests.
 */
export async function scanCifsShares(
  exec: Exec,
  context: WorkContext,
  question: CifsQuestion,
  secrets: string = mountParts(exec).secrets,
): Promise<CifsShareListing[]> {
  const host = readServer('server', question.server);
  const user = readSmbUser({ ...question });
  const intention = `look for shares of '${host}'`;
  const ask = async (login: readonly string[]) => {
    const { stdout } = await exec('smbclient', ['--list', host, '--grepable', '--timeout=8', ...login], {
      ...{ signal: context.signal, timeoutMs: 12_000, intention },
    });
    return readShares(stdout);
  };
  try {
    if (!user) return await ask(['--no-pass']);
    return await withSecretFile(secrets, 'scan', renderCredentials(user), async (file) => {
      return await ask([`--authentication-file=${file}`]);
    });
  } catch (error) {
    if (hasCode(error, 'unavailable'))
      throw new AppError('unavailable', `${intention}: install the package smbclient on this node first`, {
        cause: error,
      });
    if (!hasCode(error, 'command-failed')) throw error;
    const { detail = '' } = error as AppError;
    throw new AppError('unavailable', `${intention}: ${explain(detail)}`, { detail, cause: error });
  }
}

/** Lines `Disk|name|description` of `smbclient --grepable`. Names that end with `$` are hidden by their server. */
export function readShares(text: string): CifsShareListing[] {
  return text.split('\n').flatMap((line) => {
    const match = /^Disk\|([^|]+)\|(.*?)\r?$/.exec(line);
    const share = match?.[1];
    return share === undefined || share.endsWith('$') ? [] : [{ share, description: match?.[2] ?? '' }];
  });
}

function explain(complaint: string): string {
  if (/LOGON_FAILURE|WRONG_PASSWORD|NO_SUCH_USER/.test(complaint)) return 'wrong user name or password';
  if (/ACCOUNT_DISABLED|ACCOUNT_LOCKED_OUT|PASSWORD_EXPIRED|PASSWORD_MUST_CHANGE/.test(complaint))
    return 'the account may not log in now';
  if (/ACCESS_DENIED/.test(complaint)) return 'the server tells its shares only to users that it knows';
  if (
    /HOST_UNREACHABLE|CONNECTION_REFUSED|IO_TIMEOUT|NETWORK_UNREACHABLE|NOT_FOUND|BAD_NETWORK/.test(complaint)
  )
    return 'the server does not answer';
  return 'the server did not tell them';
}
