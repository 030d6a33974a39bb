// The calls of drbdadm(8) on a node, in the words of DRBD 8.4; the secret is in the resource's file, in no argument.
import { AppError, asAppError, hasCode } from '../../server/core/errors.ts';
import type { WorkContext } from '../../server/core/work-context.ts';
import type { DrbdNode } from './drbd-node.ts';
import { type Patience, until } from './until.ts';

/** Milliseconds. A peer that does not answer is no matter of these calls; a disk that does not is. */
const limitMs = 60_000;

export interface Drbdadm {
  /** Writes fresh metadata at the end of the disk: what is there is lost. */
  createMetadata(context: WorkContext, resource: string): Promise<void>;
  /** Makes the kernel's state what the file says; starts what is down. Repeatable. */
  adjust(context: WorkContext, resource: string): Promise<void>;
  /** Repeatable; `busy` while somebody has the device open. */
  down(context: WorkContext, resource: string): Promise<void>;
  primary(context: WorkContext, resource: string): Promise<void>;
  /** Although no side is up to date: this one's data is what the other gets. */
  forcePrimary(context: WorkContext, resource: string): Promise<void>;
  /** `busy` while somebody has the device open. */
  secondary(context: WorkContext, resource: string): Promise<void>;
  /** Declares two fresh sides equal: of thin volumes, which read as zeros. */
  skipFirstSync(context: WorkContext, resource: string): Promise<void>;
  /** `Connected`, ...; `Unconfigured` when it is down. */
  connection(context: WorkContext, resource: string): Promise<string>;
  /** To what its disks hold now; one of the nodes must have it open. `busy` while it is copied. */
  resize(context: WorkContext, resource: string): Promise<void>;
  allowTwoPrimaries(context: WorkContext, resource: string, allow: boolean): Promise<void>;
}

export function drbdadmOn(node: DrbdNode): Drbdadm {
  const call = async (context: WorkContext, intention: string, args: readonly string[]) => {
    try {
      const options = { signal: context.signal, timeoutMs: limitMs, intention };
      return (await node.exec('drbdadm', args, options)).stdout.trim();
    } catch (error) {
      throw readComplaint(error, `${intention} on ${node.name}`);
    }
  };
  return {
    async createMetadata(context, resource) {
      await call(context, 'prepare the mirror', ['--', '--force', 'create-md', resource]);
    },
    async adjust(context, resource) {
      await call(context, 'start the mirror', ['adjust', resource]);
    },
    async down(context, resource) {
      await call(context, 'stop the mirror', ['down', resource]);
    },
    async primary(context, resource) {
      await call(context, 'open the mirror', ['primary', resource]);
    },
    async forcePrimary(context, resource) {
      await call(context, 'begin the first copy', ['primary', '--force', resource]);
    },
    async secondary(context, resource) {
      await call(context, 'close the mirror', ['secondary', resource]);
    },
    async skipFirstSync(context, resource) {
      await call(context, 'begin the mirror', ['new-current-uuid', '--clear-bitmap', resource]);
    },
    connection: (context, resource) => call(context, 'look at the mirror', ['cstate', resource]),
    async resize(context, resource) {
      await call(context, 'grow the mirror', ['resize', resource]);
    },
    async allowTwoPrimaries(context, resource, allow) {
      const word = `--allow-two-primaries=${allow ? 'yes' : 'no'}`;
      await call(context, 'prepare the mirror for a migration', [
        'net-options',
        '--protocol=C',
        word,
        resource,
      ]);
    },
  };
}

/** Closes what we had open ourselves: udev looks at a device that was written to, for a moment. `busy` when it stays open. */
export async function secondaryInTime(
  drbdadm: Drbdadm,
  context: WorkContext,
  resource: string,
  patience: Patience,
): Promise<void> {
  let problem: unknown;
  const closed = async () => {
    try {
      await drbdadm.secondary(context, resource);
      return true;
    } catch (error) {
      if (!hasCode(error, 'busy')) throw error;
      problem = error;
      return false;
    }
  };
  if (!(await until(context, 'close the mirror', patience, closed))) throw problem;
}

/** As `secondaryInTime`; what stays open is left so. A guest that ended just now has it open for a moment, one that goes on for long. */
export async function secondaryIfIdle(
  drbdadm: Drbdadm,
  context: WorkContext,
  resource: string,
  { stepMs, limitMs }: Patience,
): Promise<void> {
  const patience = { stepMs, limitMs: Math.min(limitMs, 2000) };
  await secondaryInTime(drbdadm, context, resource, patience).catch((error: unknown) => {
    if (!hasCode(error, 'busy')) throw error;
  });
}

function readComplaint(thrown: unknown, intention: string): AppError {
  const error = asAppError(thrown);
  if (error.code !== 'command-failed') return error;
  const text = `${error.message}\n${error.detail ?? ''}`;
  const options = { detail: error.detail ?? '', cause: error };
  if (/held open by someone|Device is held open/i.test(text))
    return new AppError('busy', `${intention}: a guest or another program has it open`, options);
  if (/Need access to UpToDate data|No UpToDate/i.test(text))
    return new AppError('unavailable', `${intention}: this node has no whole copy of the data`, options);
  if (/Multiple primaries not allowed/i.test(text))
    return new AppError('busy', `${intention}: it is open on the other node`, options);
  if (/Resize not allowed during resync/i.test(text))
    return new AppError(
      'busy',
      `${intention}: it is being copied: wait until both sides are the same`,
      options,
    );
  if (/not defined in your config/i.test(text))
    return new AppError('not-found', `${intention}: it is not set up there`, options);
  return new AppError('command-failed', `${intention}: drbdadm failed`, options);
}
