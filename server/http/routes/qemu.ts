// Routes of virtual machines: lists, configuration, starting and stopping.

import type { ResourceIndex } from '../../cluster/resource-index.ts';
import { readList } from '../../contract/params.ts';
import {
  changeVmConfig,
  createVm,
  listPendingVmConfig,
  readVmConfig,
  resizeVmDisk,
  setVmConfig,
  unlinkVmDisks,
} from '../../contract/qemu-config.ts';
import { sendVmKey } from '../../contract/qemu-console.ts';
import {
  deleteVm,
  finishVmRestore,
  indexVm,
  indexVmStatus,
  listVms,
  readVmRrd,
  readVmRrdData,
  readVmStatus,
  rebootVm,
  resetVm,
  resumeVm,
  shutdownVm,
  startVm,
  stopVm,
  suspendVm,
} from '../../contract/qemu-status.ts';
import { AppError, invalidInput } from '../../core/errors.ts';
import type { BalloonWatch } from '../../guests/balloon-watch.ts';
import { isConfigKey } from '../../guests/config/config-keys.ts';
import { describeConfig } from '../../guests/config/guest-document.ts';
import { pendingLines } from '../../guests/config/pending-changes.ts';
import { createGuestAgent } from '../../guests/guest-agent.ts';
import { readGuest } from '../../guests/guest-documents.ts';
import type { Asker } from '../../guests/guest-requests.ts';
import type { GuestRestores } from '../../guests/guest-restores.ts';
import { createStatusChecks } from '../../guests/status-checks.ts';
import type { VmParts } from '../../guests/vm-parts.ts';
import type { PowerTask, VmService } from '../../guests/vm-service.ts';
import { vmLine, vmStatus } from '../../guests/vm-status.ts';
import type { ReadSeries } from '../../metrics/read-series.ts';
import { type Route, route } from '../route.ts';
import { qemuCopyRoutes } from './qemu-copies.ts';
import type { OverruleShutdowns } from './task-ending.ts';

export interface QemuRouteParts {
  readonly vms: VmService;
  readonly vmParts: VmParts;
  readonly restores: GuestRestores;
  readonly index: ResourceIndex;
  readonly series: ReadSeries;
  /** Resolves when the task ended; throws its error when it failed. */
  taskEnd(upid: string): Promise<void>;
  /** Why guests run emulated; undefined when they do not. */
  tcgReason(): string | undefined;
  /** What `overrule-shutdown` does before the stop. */
  readonly overrule: OverruleShutdowns;
  readonly balloons: Pick<BalloonWatch, 'last'>;
}

export function qemuRoutes(parts: QemuRouteParts): Route[] {
  return [
    ...listRoutes(parts),
    ...configRoutes(parts),
    ...qemuCopyRoutes({ vms: parts.vms, node: parts.vmParts.node }),
    ...powerRoutes(parts),
  ];
}

const below = [
  'agent',
  'clone',
  'cloudinit',
  'config',
  'feature',
  'finish-restore',
  'forget',
  'monitor',
  'move_disk',
  'pending',
  'resize',
  'rrd',
  'rrddata',
  'sendkey',
  'showcmd',
  'snapshot',
  'status',
  'template',
  'termproxy',
  'unlink',
];
const actions = ['current', 'reboot', 'reset', 'resume', 'shutdown', 'start', 'stop', 'suspend'];

function listRoutes({ index, vmParts, vms, restores, series, tcgReason, balloons }: QemuRouteParts): Route[] {
  const { clock } = vmParts;
  const checks = createStatusChecks({ vmParts, index, clock, agent: createGuestAgent(vmParts) });
  return [
    route(listVms, ({ caller }) =>
      index
        .visibleTo(caller, 'qemu')
        .map((item) => vmLine(item, vmParts.states.observed(item.vmid ?? 0)?.pid)),
    ),
    route(indexVm, () => [...below, 'vncproxy', 'vncwebsocket'].map((subdir) => ({ subdir }))),
    route(indexVmStatus, () => actions.map((subdir) => ({ subdir }))),
    route(readVmStatus, ({ params: { vmid } }) =>
      vmStatus(vmParts, index, vmid, tcgReason(), checks(vmid), balloons.last(vmid)),
    ),
    route(readVmRrd, () => {
      throw new AppError('unsupported', 'pictures of measurements are not made here: see rrddata');
    }),
    route(readVmRrdData, ({ params }) =>
      series(`qemu/${params.vmid}`, params.timeframe, params.cf ?? 'AVERAGE'),
    ),
    route(finishVmRestore, ({ params, caller }) => restores.finish(caller, params.vmid)),
    route(deleteVm, ({ params, caller }) =>
      vms.remove(caller, params.vmid, {
        unreferenced: params['destroy-unreferenced-disks'] ?? true,
        purge: params.purge ?? false,
      }),
    ),
    route(sendVmKey, async ({ params }) => {
      await vmParts.driver.sendKey(params.vmid, params.key);
      return null;
    }),
  ];
}

function configRoutes({ vms, vmParts, restores, taskEnd }: QemuRouteParts): Route[] {
  const change = (params: object & { vmid: number }, caller: Asker) =>
    vms.changeConfig(caller, params.vmid, readChange(params));
  return [
    route(createVm, ({ params, caller }) => {
      const { archive, storage, pool, start = false, bwlimit, 'live-restore': live = false } = params;
      const set = configKeysOf(params);
      if (archive === undefined) {
        if (live) throw invalidInput({ 'live-restore': 'goes with archive' });
        if (bwlimit) throw invalidInput({ bwlimit: 'goes with archive; an import is as fast as it goes' });
        return vms.create(caller, params.vmid, { set, start, storage, pool });
      }
      const { force = false, unique = false } = params;
      const wish = { archive, storage, pool, start, live, force, unique, limitKib: bwlimit, set };
      return restores.vm(caller, params.vmid, wish);
    }),
    route(readVmConfig, ({ params }) =>
      params.snapshot === undefined
        ? describeConfig(readGuest(vmParts.store, params.vmid), params.current ?? false)
        : vms.configOfSnapshot(params.vmid, params.snapshot),
    ),
    route(listPendingVmConfig, ({ params }) => pendingLines(readGuest(vmParts.store, params.vmid))),
    route(changeVmConfig, ({ params, caller }) => change(params, caller)),
    route(setVmConfig, async ({ params, caller }) => {
      await taskEnd(await change(params, caller));
      return null;
    }),
    route(resizeVmDisk, ({ params, caller }) =>
      vms.resize(caller, params.vmid, { disk: params.disk, size: params.size, digest: params.digest }),
    ),
    route(unlinkVmDisks, async ({ params, caller }) => {
      const remove = readList(params.idlist);
      const upid = await vms.changeConfig(caller, params.vmid, {
        set: {},
        remove,
        revert: [],
        digest: undefined,
        force: params.force ?? false,
      });
      await taskEnd(upid);
      return null;
    }),
  ];
}

function powerRoutes({ vms, overrule }: QemuRouteParts): Route[] {
  const power = (caller: Asker, type: PowerTask, vmid: number, more: object = {}) =>
    vms.power(caller, type, vmid, more);
  return [
    route(startVm, ({ params, caller }) => power(caller, 'qmstart', params.vmid)),
    route(stopVm, async ({ params, caller }) => {
      if (params['overrule-shutdown']) await overrule(caller, 'qmshutdown', params.vmid);
      return power(caller, 'qmstop', params.vmid);
    }),
    route(shutdownVm, ({ params, caller }) => {
      const timeout = params.timeout === undefined ? {} : { timeoutSeconds: params.timeout };
      return power(caller, 'qmshutdown', params.vmid, { ...timeout, forceStop: params.forceStop ?? false });
    }),
    route(rebootVm, ({ params, caller }) =>
      power(
        caller,
        'qmreboot',
        params.vmid,
        params.timeout === undefined ? {} : { timeoutSeconds: params.timeout },
      ),
    ),
    route(resetVm, ({ params, caller }) => power(caller, 'qmreset', params.vmid)),
    route(suspendVm, ({ params, caller }) =>
      params.todisk
        ? vms.hibernate(caller, params.vmid, params.statestorage)
        : power(caller, 'qmpause', params.vmid),
    ),
    route(resumeVm, ({ params, caller }) => vms.resume(caller, params.vmid)),
  ];
}

/** The parameters that are keys of a configuration. */
function configKeysOf(params: object): Record<string, string | number | boolean> {
  const keys: Record<string, string | number | boolean> = {};
  for (const [key, value] of Object.entries(params)) {
    if (value !== undefined && (isConfigKey(key) || key === 'cdrom') && !notConfig.has(key))
      keys[key] = value;
  }
  return keys;
}

const notConfig = new Set(['vmid', 'node', 'digest', 'delete', 'revert', 'force', 'storage', 'start']);

function readChange(params: object) {
  const {
    delete: remove,
    revert,
    digest,
    force,
    skiplock = false,
  } = params as {
    delete?: string;
    revert?: string;
    digest?: string;
    force?: boolean;
    skiplock?: boolean;
  };
  const set = configKeysOf(params);
  const request = {
    set,
    remove: readList(remove),
    revert: readList(revert),
    digest,
    force: force ?? false,
    skiplock,
  };
  if (Object.keys(set).length + request.remove.length + request.revert.length === 0) {
    throw invalidInput({}, 'no options specified');
  }
  return request;
}
