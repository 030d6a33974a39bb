// The exports that an NFS server tells of, by showmount(8).
import { AppError, hasCode } from '../../server/core/errors.ts';
import type { Exec } from '../../server/core/exec.ts';
import type { WorkContext } from '../../server/core/work-context.ts';
import { readServer } from '../mounts/server-name.ts';

export interface NfsExportListing {
  readonly path: string;
  /** Who may mount it, as the server says: `*`, `10.0.0.0/8,backup`, `(everyone)`. */
  readonly options: string;
}

/** `invalid-input` for what is no server; `unavailable` or `timeout` with what the administrator can do. Changes nothing. */
export async function scanNfsExports(
  exec: Exec,
  context: WorkContext,
  server: string,
): Promise<NfsExportListing[]> {
  const host = readServer('server', server);
  const intention = `look for exports of '${host}'`;
  try {
    const { stdout } = await exec('showmount', ['--no-headers', '--exports', host], {
      ...{ signal: context.signal, timeoutMs: 10_000, intention },
    });
    return readExports(stdout);
  } catch (error) {
    if (hasCode(error, 'unavailable'))
      throw new AppError('unavailable', `${intention}: install the package nfs-common on this node first`, {
        cause: error,
      });
    if (!hasCode(error, 'command-failed')) throw error;
    const { detail = '' } = error as AppError;
    throw new AppError('unavailable', `${intention}: ${explain(detail)}`, { detail, cause: error });
  }
}

/** Lines of `showmount --no-headers --exports`: a path, blanks, who may mount it. A path may hold blanks, who may mount does not. */
export function readExports(text: string): NfsExportListing[] {
  return text.split('\n').flatMap((line) => {
    const match = /^(\/.*?)(?:\s+(\S+))?\s*$/.exec(line);
    return match ? [{ path: match[1]!, options: match[2] ?? '' }] : [];
  });
}

function explain(complaint: string): string {
  if (/Unknown host|Name or service not known/i.test(complaint)) return 'nobody knows a server of that name';
  if (/Program not registered/i.test(complaint))
    return 'the server keeps no list of exports (a server of NFSv4 alone does not): type the path in';
  if (
    /Unable to receive|Unable to send|Timed out|Connection refused|No route to host|unreachable/i.test(
      complaint,
    )
  )
    return 'the server does not answer questions about its exports (ports 111 and that of mountd)';
  return 'the server did not tell them';
}
