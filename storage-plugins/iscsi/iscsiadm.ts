// The calls of iscsiadm(8) that the storage needs, each an argument array; secrets are in none of them (see node-record.ts).
import { AppError, asAppError } from '../../server/core/errors.ts';
import type { Exec } from '../../server/core/exec.ts';
import type { WorkContext } from '../../server/core/work-context.ts';
import { type Portal, renderPortal, type TargetPortal, targetNameProblem } from './iscsi-names.ts';

/** Exit codes of iscsiadm(8) that are answers: nothing to do, done already. */
const noObjects = 21;
const sessionExists = 15;

/** Milliseconds. A portal that answered a connection a moment ago and then says nothing is given up. */
const limitMs = 30_000;

export interface Iscsiadm {
  /** Portals of all targets that the portal tells of. Leaves no record. */
  discover(context: WorkContext, portal: Portal): Promise<TargetPortal[]>;
  /** A fresh record of open-iscsi for the target's portal, with the settings of iscsid.conf; one that exists is written anew. */
  addRecord(context: WorkContext, portal: TargetPortal): Promise<void>;
  /** Removes all records of the target. Repeatable. */
  removeRecords(context: WorkContext, target: string): Promise<void>;
  /** Repeatable: a session that exists stays. */
  login(context: WorkContext, portal: TargetPortal): Promise<void>;
  /** Ends a session by its number. Repeatable. */
  logout(context: WorkContext, session: number): Promise<void>;
  /** Finds new LUNs and new sizes. A session that has ended meanwhile has none. */
  rescan(context: WorkContext, session: number): Promise<void>;
}

export function createIscsiadm(exec: Exec): Iscsiadm {
  const run = async (
    context: WorkContext,
    intention: string,
    args: readonly string[],
    okExitCodes: readonly number[] = [0],
  ) => {
    try {
      return await exec('iscsiadm', args, {
        signal: context.signal,
        timeoutMs: limitMs,
        intention,
        okExitCodes,
      });
    } catch (error) {
      throw readComplaint(error, intention);
    }
  };
  const node = (portal: TargetPortal) => [
    ...['-m', 'node', '-T', portal.target],
    ...['-p', `${renderPortal(portal)},${portal.group}`],
  ];
  return {
    async discover(context, portal) {
      const where = renderPortal(portal);
      const args = [
        '-m',
        'discoverydb',
        '-t',
        'sendtargets',
        '-p',
        where,
        '-o',
        'nonpersistent',
        '--discover',
      ];
      const { stdout } = await run(context, `ask the portal ${where} for its targets`, args, [0, noObjects]);
      return readDiscovery(stdout);
    },
    async addRecord(context, portal) {
      await run(context, 'note the iSCSI target', [...node(portal), '-o', 'new']);
    },
    async removeRecords(context, target) {
      const args = ['-m', 'node', '-T', target, '-o', 'delete'];
      await run(context, 'forget the iSCSI target', args, [0, noObjects]);
    },
    async login(context, portal) {
      const intention = `log in to the iSCSI target at ${renderPortal(portal)}`;
      await run(context, intention, [...node(portal), '--login'], [0, sessionExists]);
    },
    async logout(context, session) {
      const args = ['-m', 'session', '-r', String(session), '--logout'];
      await run(context, 'log out of the iSCSI target', args, [0, 2, noObjects]);
    },
    async rescan(context, session) {
      const args = ['-m', 'session', '-r', String(session), '--rescan'];
      await run(context, 'look for LUNs', args, [0, noObjects]);
    },
  };
}

/** Lines `10.0.0.1:3260,1 iqn...`; what is not of that form is left out: targets choose their names themselves. */
export function readDiscovery(stdout: string): TargetPortal[] {
  return stdout.split('\n').flatMap((line) => {
    const match = /^(?:\[([0-9a-f:.%\w-]+)\]|([^\s:[\]]+)):(\d+),(-?\d+) (\S+)$/i.exec(line.trim());
    if (!match || targetNameProblem(match[5]!) !== undefined) return [];
    // An unknown group is -1 (4294967295 in some versions).
    const group = Number(match[4]) > 65_535 ? -1 : Number(match[4]);
    return [{ host: match[1] ?? match[2]!, port: Number(match[3]), group, target: match[5]! }];
  });
}

/** What an exit code of iscsiadm(8) means to an administrator. */
const complaints: Readonly<Record<number, string>> = {
  4: 'no connection to the portal',
  5: 'the target refused the login',
  8: 'the portal does not answer',
  11: 'the target does not answer',
  12: 'the kernel module iscsi_tcp cannot be loaded',
  18: 'iscsid does not answer: see the unit iscsid.service',
  19: 'the target refused the login',
  20: 'iscsid is not running: see the unit iscsid.service',
  24: "the target does not admit this node: check the CHAP user name and password, and the target's list of initiators",
};
function readComplaint(thrown: unknown, intention: string): AppError {
  const error = asAppError(thrown);
  if (error.code !== 'command-failed') return error;
  const exitCode = Number(error.data?.['exitCode']);
  const words = complaints[exitCode];
  const options = { detail: error.detail ?? '', cause: error, data: { exitCode } };
  if (words === undefined) return new AppError('command-failed', error.message, options);
  return new AppError('unavailable', `${intention}: ${words}`, options);
}
