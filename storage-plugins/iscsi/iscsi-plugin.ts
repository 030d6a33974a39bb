// The storage type `iscsi`: the LUNs of a target, made on the target, each usable as a guest's disk or below a volume group.
import { AppError, asAppError, hasCode } from '../../server/core/errors.ts';
import type { Exec } from '../../server/core/exec.ts';
import type { WorkContext } from '../../server/core/work-context.ts';
import { kernelUses, openedBy } from '../block-devices/device-use.ts';
import { createDeviceVolumes, type ListedDevice } from '../block-devices/device-volumes.ts';
import { openSysfs, type Sysfs } from '../block-devices/sysfs.ts';
import { commonOptions } from '../common-options.ts';
import { inTurn } from '../folders/in-turn.ts';
import { contractVersion, type PluginDeclaration, type Storage, type StoragePlugin } from '../plugin.ts';
import { type Connect, connectPortal } from './connect.ts';
import { checkTargetName, type Portal, readPortal, renderPortal, type TargetPortal } from './iscsi-names.ts';
import { createIscsiadm, type Iscsiadm } from './iscsiadm.ts';
import { startIscsid } from './iscsid.ts';
import { type Chap, readChap, sweepRecords, writeChap } from './node-record.ts';
import { lunNamePattern, readLunDevices, readLuns, readSessions, type Session } from './sessions.ts';

const declaration: PluginDeclaration = {
  type: 'iscsi',
  contractVersion,
  options: [
    {
      name: 'portal',
      type: 'string',
      required: true,
      fixed: true,
      description: 'A portal of the target: host name or address, with :port if it is not 3260.',
    },
    {
      name: 'target',
      type: 'string',
      required: true,
      fixed: true,
      description: "The target's name: iqn., eui. or naa.",
    },
    {
      name: 'username',
      type: 'string',
      required: false,
      fixed: false,
      description: 'User name of CHAP, when the target asks for it.',
    },
    {
      name: 'password',
      type: 'secret',
      required: false,
      fixed: false,
      description: 'Password of CHAP.',
    },
    ...commonOptions,
  ],
  // A target is logged in to once, whatever portal it was found by.
  place: ['target'],
  contents: ['images'],
  imageFormats: [],
  shared: true,
  capabilities: [],
  rootFormats: [],
  isolated: true,
  programs: [{ program: 'iscsiadm', package: 'open-iscsi' }],
};

/** What the plugin meets of the node; for tests to replace. */
export interface IscsiWorld {
  /** Stands for `/`. */
  readonly root?: string;
  readonly connect?: Connect;
}

/** After so many milliseconds sessions are looked over for new LUNs again. */
const rescanEveryMs = 30_000;
/** Seconds that udev gets for the links of new LUNs: after a login, and in the middle of a question that has a limit of its own. */
const settleSeconds = { atLogin: 10, inPassing: 2 };

export function createIscsiPlugin(exec: Exec, world: IscsiWorld = {}): StoragePlugin {
  const root = world.root ?? '/';
  const parts = {
    exec,
    root,
    sysfs: openSysfs(root),
    connect: world.connect ?? connectPortal,
    iscsiadm: createIscsiadm(exec),
  };
  return {
    declaration,
    open(_id, options) {
      const target = checkTargetName(String(options['target'] ?? ''));
      const portal = readPortal(String(options['portal'] ?? ''));
      return openTarget({ ...parts, target, portal, chap: readChap(options) });
    },
  };
}

interface TargetParts {
  readonly exec: Exec;
  readonly root: string;
  readonly sysfs: Sysfs;
  readonly connect: Connect;
  readonly iscsiadm: Iscsiadm;
  readonly target: string;
  readonly portal: Portal;
  readonly chap: Chap | undefined;
}

function openTarget(parts: TargetParts): Storage {
  const { sysfs, target, iscsiadm } = parts;
  let rescannedAt = 0;
  const turn = `iscsi ${target}`;
  const sessions = async () => await readSessions(sysfs, target);
  const usable = async (): Promise<Session[]> => {
    const all = await sessions();
    if (all.length === 0)
      throw new AppError('unavailable', `this node is not logged in to the iSCSI target ${target}`);
    if (!all.some(isUsable))
      throw new AppError(
        'unavailable',
        `the iSCSI target ${target} does not answer any more; the connection is tried again by itself`,
      );
    return all;
  };
  const rescan = async (context: WorkContext, seconds: number) => {
    for (const session of (await usable()).filter(isUsable)) await iscsiadm.rescan(context, session.id);
    await settle(parts.exec, context, seconds);
    rescannedAt = Date.now();
  };
  const isOld = () => Date.now() - rescannedAt > rescanEveryMs;
  const devices = async (context: WorkContext): Promise<ListedDevice[]> => {
    const found = await usable();
    // Once for all who ask at the same time.
    if (isOld())
      await inTurn(turn, async () => {
        if (isOld()) await rescan(context, settleSeconds.inPassing);
      });
    return [...(await readLuns(sysfs, found)).devices];
  };
  return {
    ...createDeviceVolumes({
      sysfs,
      devices,
      isName: (name) => lunNamePattern.test(name),
      words: { device: 'LUN', maker: 'the iSCSI target' },
    }),
    async check(context) {
      if ((await sessions()).some(isUsable)) return;
      await parts.connect(parts.portal, context.signal);
    },
    async activate(context) {
      await inTurn(turn, async () => {
        const before = await sessions();
        const login = logIn(context, parts, before);
        // With a path that works the others can be missed: they are asked for again with the next activation.
        await (before.some(isUsable) ? tolerate(context, login) : login);
        await rescan(context, settleSeconds.atLogin);
      });
    },
    async deactivate(context) {
      await inTurn(turn, async () => {
        const found = await sessions();
        await requireIdle(sysfs, found);
        for (const session of found) await iscsiadm.logout(context, session.id);
        await iscsiadm.removeRecords(context, target);
      });
    },
    async usage() {
      const found = await usable();
      const { withoutId } = await readLuns(sysfs, found);
      const warnings = found
        .filter((session) => !isUsable(session))
        .map(({ portal }) => `the portal ${renderPortal(portal)} of the target does not answer`);
      if (withoutId.length > 0)
        warnings.push(`the LUNs ${withoutId.join(', ')} tell no id of their own and cannot be used`);
      // Its LUNs are taken as they are: there is no space here to give out or to run out of.
      return {
        totalBytes: 0,
        usedBytes: 0,
        availableBytes: 0,
        ...(warnings.length > 0 ? { warnings } : {}),
      };
    },
    sweep: async () => await sweepRecords(parts.root),
  };
}

function isUsable({ state }: Session): boolean {
  return state === 'LOGGED_IN';
}

/** Logs in through each portal of the target that answers and has no session yet; one is enough. */
async function logIn(context: WorkContext, parts: TargetParts, before: readonly Session[]): Promise<void> {
  const { iscsiadm, target, portal } = parts;
  await parts.connect(portal, context.signal);
  await startIscsid(parts.exec, parts.sysfs, context);
  const found = await iscsiadm.discover(context, portal);
  const portals = found.filter((offer) => offer.target === target);
  if (portals.length === 0) throw noSuchTarget(portal, target, found);
  // A session that iscsid tries to get back comes back by itself; a second one would double its LUNs.
  const known = new Set(before.map((session) => renderPortal(session.portal)));
  const failures: AppError[] = [];
  for (const offer of portals.filter((each) => !known.has(renderPortal(each)))) {
    try {
      if (renderPortal(offer) !== renderPortal(portal)) await parts.connect(offer, context.signal);
      await iscsiadm.addRecord(context, offer);
      await writeChap(parts.root, offer, parts.chap);
      await iscsiadm.login(context, offer);
    } catch (error) {
      const failure = asAppError(error);
      if (failure.code === 'cancelled') throw failure;
      context.log(failure.message);
      failures.push(failure);
    }
  }
  if (before.length > 0 || failures.length < portals.length) return;
  // Nothing is left of a login that failed, least of all the password.
  await iscsiadm.removeRecords(context, target).catch(() => {});
  throw failures[0]!;
}

async function tolerate(context: WorkContext, work: Promise<void>): Promise<void> {
  await work.catch((error: unknown) => {
    if (hasCode(error, 'cancelled')) throw error;
    context.log(asAppError(error).message);
  });
}

function noSuchTarget(portal: Portal, target: string, found: readonly TargetPortal[]): AppError {
  const there = [...new Set(found.map((offer) => offer.target))].slice(0, 10);
  const words = there.length === 0 ? 'none for this node' : there.join(', ');
  return new AppError(
    'unavailable',
    `the iSCSI portal ${renderPortal(portal)} has no target ${target}; it tells of ${words}`,
  );
}

/** udev makes the links of new LUNs; they may also come later. */
async function settle(exec: Exec, context: WorkContext, seconds: number): Promise<void> {
  await exec('udevadm', ['settle', `--timeout=${seconds}`], {
    signal: context.signal,
    timeoutMs: seconds * 1000 + 5000,
    okExitCodes: [0, 1],
    intention: 'wait for the devices of the LUNs',
  });
}

/** `busy`, naming who would lose a disk: also one that no volume stands for, and whichever of its paths is used. */
async function requireIdle(sysfs: Sysfs, sessions: readonly Session[]): Promise<void> {
  const behind = await readLunDevices(sysfs, sessions);
  const devices = await Promise.all(
    [...behind].map(async ([kernelName, address]) => {
      const [uses, device] = await Promise.all([kernelUses(sysfs, kernelName), sysfs.device(kernelName)]);
      return { address, uses, number: device?.number ?? '' };
    }),
  );
  const opened = await openedBy(sysfs, new Set(devices.map(({ number }) => number)));
  for (const { address, uses, number } of devices) {
    const pids = opened.get(number) ?? [];
    const holders = [...uses, ...(pids.length > 0 ? [`process ${pids.join(', ')}`] : [])];
    if (holders.length > 0)
      throw new AppError(
        'busy',
        `LUN ${address} is in use by ${holders.join(', ')}: the target stays logged in`,
        {
          data: { holders },
        },
      );
  }
}
