// Routes of containers: lists, configuration, starting and stopping, copies, snapshots.
import type { ResourceIndex } from '../../cluster/resource-index.ts';
import {
  checkCtFeature,
  cloneCt,
  createCt,
  listPendingCtConfig,
  makeCtTemplate,
  moveCtVolume,
  readCtConfig,
  resizeCtVolume,
  setCtConfig,
} from '../../contract/lxc-config.ts';
import {
  createCtSnapshot,
  deleteCtSnapshot,
  indexCtSnapshot,
  listCtSnapshots,
  readCtSnapshotConfig,
  rollbackCtSnapshot,
  setCtSnapshotConfig,
} from '../../contract/lxc-snapshot.ts';
import {
  deleteCt,
  indexCt,
  indexCtStatus,
  listCtInterfaces,
  listCts,
  readCtRrd,
  readCtRrdData,
  readCtStatus,
  rebootCt,
  resumeCt,
  shutdownCt,
  startCt,
  stopCt,
  suspendCt,
} from '../../contract/lxc-status.ts';
import { readList } from '../../contract/params.ts';
import { flag } from '../../contract/reply.ts';
import { AppError, invalidInput, notFound } from '../../core/errors.ts';
import { describeConfig } from '../../guests/config/guest-document.ts';
import { isCtKey } from '../../guests/ct/config/ct-keys.ts';
import { ctPendingLines } from '../../guests/ct/config/pending-ct-changes.ts';
import type { CtPowerTask, CtService } from '../../guests/ct/ct-service.ts';
import { ctInterfaces, ctLine, ctSnapshots, ctStatus } from '../../guests/ct/ct-status.ts';
import type { CtParts } from '../../guests/ct-parts.ts';
import { findGuest, readGuest } from '../../guests/guest-documents.ts';
import type { Asker } from '../../guests/guest-requests.ts';
import type { GuestRestores } from '../../guests/guest-restores.ts';
import type { ReadSeries } from '../../metrics/read-series.ts';
import { type Route, route } from '../route.ts';
import type { OverruleShutdowns } from './task-ending.ts';

export interface LxcRouteParts {
  readonly cts: CtService;
  readonly restores: Pick<GuestRestores, 'ct'>;
  readonly ctParts: Pick<CtParts, 'node' | 'store' | 'states' | 'driver' | 'clock'>;
  readonly index: ResourceIndex;
  readonly series: ReadSeries;
  /** Resolves when the task ended; throws its error when it failed. */
  taskEnd(upid: string): Promise<void>;
  /** What `overrule-shutdown` does before the stop. */
  readonly overrule: OverruleShutdowns;
}

export function lxcRoutes(parts: LxcRouteParts): Route[] {
  return [
    ...listRoutes(parts),
    ...configRoutes(parts),
    ...copyRoutes(parts),
    ...powerRoutes(parts),
    ...snapshotRoutes(parts),
  ];
}

const below = [
  ...[
    'clone',
    'config',
    'exec',
    'feature',
    'file',
    'forget',
    'interfaces',
    'move_volume',
    'pending',
    'resize',
    'rrd',
  ],
  ...['rrddata', 'shell', 'snapshot', 'spiceproxy', 'status', 'template', 'termproxy', 'vncproxy'],
  'vncwebsocket',
];
const actions = ['current', 'reboot', 'resume', 'shutdown', 'start', 'stop', 'suspend'];

function listRoutes({ index, ctParts, cts, series }: LxcRouteParts): Route[] {
  const { store, states } = ctParts;
  return [
    route(listCts, ({ caller }) =>
      index
        .visibleTo(caller, 'lxc')
        .map((item) => ctLine(item, states.observed(item.vmid ?? 0), findGuest(store, item.vmid ?? 0))),
    ),
    route(indexCt, () => below.map((subdir) => ({ subdir }))),
    route(indexCtStatus, () => actions.map((subdir) => ({ subdir }))),
    route(readCtStatus, ({ params }) => ctStatus(ctParts, index, params.vmid)),
    route(listCtInterfaces, ({ params }) => ctInterfaces(ctParts, params.vmid)),
    route(readCtRrd, () => {
      throw new AppError('unsupported', 'pictures of measurements are not made here: see rrddata');
    }),
    route(readCtRrdData, ({ params }) =>
      series(`lxc/${params.vmid}`, params.timeframe, params.cf ?? 'AVERAGE'),
    ),
    route(deleteCt, ({ params, caller }) =>
      cts.remove(caller, params.vmid, {
        unreferenced: params['destroy-unreferenced-disks'] ?? false,
        force: params.force ?? false,
        purge: params.purge ?? false,
      }),
    ),
  ];
}

function configRoutes({ cts, ctParts, restores, taskEnd }: LxcRouteParts): Route[] {
  const { store } = ctParts;
  return [
    route(createCt, ({ params, caller }) => {
      const { vmid, ostemplate, storage, pool, start = false, password, restore = false } = params;
      const { force = false, unique = false, bwlimit, 'ignore-unpack-errors': lenient = false } = params;
      const sshKeys = params['ssh-public-keys'];
      const set = configKeysOf(params);
      if (restore) {
        if (password !== undefined) throw invalidInput({ password: 'is that of the backup' });
        if (sshKeys !== undefined) throw invalidInput({ 'ssh-public-keys': 'are those of the backup' });
        const wish = { archive: ostemplate, storage, pool, start, force, unique, lenient };
        return restores.ct(caller, vmid, { ...wish, limitKib: bwlimit, set });
      }
      for (const key of ['force', 'ignore-unpack-errors', 'bwlimit', 'unique'] as const)
        if (params[key]) throw invalidInput({ [key]: 'goes with restore' });
      return cts.create(caller, vmid, {
        ...{ set, template: ostemplate, start, storage, password, sshKeys, pool },
      });
    }),
    route(readCtConfig, ({ params }) => {
      const document = readGuest(store, params.vmid, 'lxc');
      if (params.snapshot === undefined) return describeConfig(document, params.current ?? false);
      const snapshot = document.snapshots?.[params.snapshot];
      if (!snapshot) throw notFound('snapshot', params.snapshot);
      return { ...snapshot.config };
    }),
    route(listPendingCtConfig, ({ params }) => ctPendingLines(readGuest(store, params.vmid, 'lxc'))),
    route(setCtConfig, async ({ params, caller }) => {
      await taskEnd(await cts.changeConfig(caller, params.vmid, readChange(params)));
      return null;
    }),
    route(resizeCtVolume, ({ params, caller }) =>
      cts.resize(caller, params.vmid, { disk: params.disk, size: params.size, digest: params.digest }),
    ),
  ];
}

function copyRoutes({ cts, ctParts, taskEnd }: LxcRouteParts): Route[] {
  return [
    route(moveCtVolume, ({ params, caller }) =>
      cts.moveVolume(caller, params.vmid, {
        key: params.volume,
        storage: params.storage,
        remove: params.delete ?? false,
        digest: params.digest,
        targetVmid: params['target-vmid'],
        targetKey: params['target-volume'],
        targetDigest: params['target-digest'],
      }),
    ),
    route(checkCtFeature, async ({ params }) => {
      const { possible, reason } = await cts.feature(params.vmid, params.feature, params.snapname);
      return { hasFeature: flag(possible), ...(reason === undefined ? {} : { reason }) };
    }),
    route(makeCtTemplate, async ({ params, caller }) => {
      await taskEnd(await cts.makeTemplate(caller, params.vmid));
      return null;
    }),
    route(cloneCt, ({ params, caller }) => {
      if (params.target !== undefined && params.target !== ctParts.node)
        throw new AppError('unsupported', `a clone is made on this node, '${ctParts.node}'`, {
          fields: { target: `only '${ctParts.node}'` },
        });
      return cts.clone(caller, params.vmid, {
        newId: params.newid,
        full: params.full,
        snapshot: params.snapname,
        storage: params.storage,
        hostname: params.hostname,
        description: params.description,
        pool: params.pool,
      });
    }),
  ];
}

function powerRoutes({ cts, overrule }: LxcRouteParts): Route[] {
  const power = (caller: Asker, type: CtPowerTask, vmid: number, more: object = {}) =>
    cts.power(caller, type, vmid, more);
  const timed = (timeout: number | undefined) => (timeout === undefined ? {} : { timeoutSeconds: timeout });
  return [
    route(startCt, ({ params, caller }) =>
      power(caller, 'vzstart', params.vmid, params.debug ? { debug: true } : {}),
    ),
    route(stopCt, async ({ params, caller }) => {
      if (params['overrule-shutdown']) await overrule(caller, 'vzshutdown', params.vmid);
      return power(caller, 'vzstop', params.vmid);
    }),
    route(shutdownCt, ({ params, caller }) =>
      power(caller, 'vzshutdown', params.vmid, {
        ...timed(params.timeout),
        forceStop: params.forceStop ?? false,
      }),
    ),
    route(rebootCt, ({ params, caller }) => power(caller, 'vzreboot', params.vmid, timed(params.timeout))),
    route(suspendCt, ({ params, caller }) => power(caller, 'vzsuspend', params.vmid)),
    route(resumeCt, ({ params, caller }) => power(caller, 'vzresume', params.vmid)),
  ];
}

function snapshotRoutes({ cts, ctParts }: LxcRouteParts): Route[] {
  const read = (vmid: number, name: string) => {
    const snapshot = readGuest(ctParts.store, vmid, 'lxc').snapshots?.[name];
    if (!snapshot) throw notFound('snapshot', name);
    return snapshot;
  };
  return [
    route(listCtSnapshots, ({ params }) => ctSnapshots(ctParts, params.vmid)),
    route(createCtSnapshot, ({ params, caller }) =>
      cts.takeSnapshot(caller, params.vmid, params.snapname, params.description),
    ),
    route(indexCtSnapshot, ({ params }) => {
      read(params.vmid, params.snapname);
      return ['config', 'rollback'].map((word) => ({ cmd: word, subdir: word }));
    }),
    route(deleteCtSnapshot, ({ params, caller }) =>
      cts.removeSnapshot(caller, params.vmid, params.snapname, params.force ?? false),
    ),
    route(readCtSnapshotConfig, ({ params }) => {
      const { config, snaptime, description } = read(params.vmid, params.snapname);
      return { ...config, snaptime, ...(description === undefined ? {} : { description }) };
    }),
    route(setCtSnapshotConfig, async ({ params }) => {
      await cts.describeSnapshot(params.vmid, params.snapname, params.description);
      return null;
    }),
    route(rollbackCtSnapshot, ({ params, caller }) =>
      cts.rollback(caller, params.vmid, params.snapname, params.start ?? false),
    ),
  ];
}

/** The parameters that are keys of a configuration. */
function configKeysOf(params: object): Record<string, string | number | boolean> {
  return Object.fromEntries(
    Object.entries(params).filter(([key, value]) => value !== undefined && isCtKey(key)),
  );
}

function readChange(
  params: object & {
    delete?: string | undefined;
    revert?: string | undefined;
    digest?: string | undefined;
  },
) {
  const set = configKeysOf(params);
  const request = {
    ...{ set, remove: readList(params.delete), revert: readList(params.revert) },
    digest: params.digest,
  };
  if (Object.keys(set).length + request.remove.length + request.revert.length === 0)
    throw invalidInput({}, 'no options specified');
  return request;
}
