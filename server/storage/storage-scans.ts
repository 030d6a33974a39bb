// Looking for what a new storage could be made of, on servers and on this node. Each look ends in time, in words.
import { AppError, asAppError } from '../core/errors.ts';
import type { WorkContext } from '../core/work-context.ts';

/** What an administrator gives to be shown the shares of a server. */
export interface CifsQuestion {
  readonly server: string;
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  readonly domain?: string | undefined;
}

/** Reject with an AppError: `unavailable` (no answer, a program that is missing), `timeout`. They change nothing. */
export interface StorageScans {
  nfs(context: WorkContext, server: string): Promise<{ path: string; options: string }[]>;
  cifs(context: WorkContext, question: CifsQuestion): Promise<{ share: string; description: string }[]>;
  iscsi(context: WorkContext, portal: string): Promise<{ target: string; portal: string }[]>;
  volumeGroups(context: WorkContext): Promise<{ vg: string; size?: number; free?: number }[]>;
  thinPools(context: WorkContext, vg: string): Promise<{ lv: string }[]>;
}

const limitMs = 10_000;

/** The same looks, each given up after ten seconds (`ms`, for tests) whether it listens or not. */
export function limitScans(scans: StorageScans, ms = limitMs): StorageScans {
  const limited = async <T>(
    context: WorkContext,
    whom: string,
    look: (context: WorkContext) => Promise<T>,
  ): Promise<T> => {
    const late = AbortSignal.timeout(ms);
    const signal = AbortSignal.any([context.signal, late]);
    const tooLate = () =>
      new AppError('timeout', `${whom} did not answer within ${Math.ceil(ms / 1000)} seconds`);
    const { promise: givenUp, reject } = Promise.withResolvers<never>();
    const giveUp = () =>
      reject(late.aborted ? tooLate() : new AppError('cancelled', 'the look was cancelled'));
    signal.addEventListener('abort', giveUp, { once: true });
    try {
      return await Promise.race([look({ ...context, signal }), givenUp]);
    } catch (error) {
      const { code } = asAppError(error);
      throw code === 'timeout' || (code === 'cancelled' && late.aborted) ? tooLate() : error;
    } finally {
      signal.removeEventListener('abort', giveUp);
    }
  };
  const server = (name: string) => `the server ${name}`;
  return {
    nfs: (context, name) => limited(context, server(name), (within) => scans.nfs(within, name)),
    cifs: (context, question) =>
      limited(context, server(question.server), (within) => scans.cifs(within, question)),
    iscsi: (context, portal) =>
      limited(context, `the portal ${portal}`, (within) => scans.iscsi(within, portal)),
    volumeGroups: (context) => limited(context, 'LVM', (within) => scans.volumeGroups(within)),
    thinPools: (context, vg) => limited(context, 'LVM', (within) => scans.thinPools(within, vg)),
  };
}
