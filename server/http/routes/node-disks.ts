// Routes of a node's disks: what there is, and the tasks that put disks to use and take them back.
import {
  createDiskDirectory,
  createDiskGroup,
  createDiskPool,
  deleteDiskDirectory,
  deleteDiskGroup,
  deleteDiskPool,
  getDiskContents,
  initDisk,
  listDiskDirectories,
  listDiskGroups,
  listDiskPools,
  wipeDisk,
} from '../../contract/node-disk-changes.ts';
import { getDiskSmart, listDisks, listDisksIndex } from '../../contract/node-disks.ts';
import { AppError } from '../../core/errors.ts';
import type { DiskService } from '../../disks/disk-service.ts';
import type { SystemDisks } from '../../node/system-disks.ts';
import { type Caller, type Route, route } from '../route.ts';

export interface NodeDiskRouteParts {
  readonly system: SystemDisks;
  readonly disks: DiskService;
  /** Refuses at once what cannot be done now; answers the task's UPID. */
  startDiskTask(type: string, params: object, requester: string): Promise<string>;
}

const below = ['list', 'smart', 'contents', 'initgpt', 'wipedisk', 'directory', 'lvm', 'lvmthin'];

/** The task kinds behind them are `diskTaskKinds`. */
export function nodeDiskRoutes({ system, disks, startDiskTask }: NodeDiskRouteParts): Route[] {
  /** The device as it is now, so that the task leaves another one alone that gets its name meanwhile. */
  const target = async (
    path: string,
    identity: string | undefined,
    signal: AbortSignal,
    parameter: 'disk' | 'device',
  ) => {
    const { device, hardware } = await disks.findExpected(path, { identity }, signal, parameter);
    return { device: device.path, hardware, ...(identity === undefined ? {} : { expected: identity }) };
  };
  interface Creation {
    readonly params: { name: string; device: string; expected?: string | undefined; add_storage: boolean };
    readonly caller: Caller;
    readonly signal: AbortSignal;
  }
  const create = async (type: string, { params, caller, signal }: Creation, more: object = {}) => {
    if (params.add_storage) requireAllocate(caller);
    const { name, add_storage: addStorage } = params;
    const given = { ...(await target(params.device, params.expected, signal, 'device')), name, addStorage };
    return await startDiskTask(type, { ...given, ...more }, caller.requester);
  };
  interface Removal {
    readonly params: {
      name: string;
      'cleanup-config': boolean;
      'cleanup-disks': boolean;
      'with-volumes'?: boolean | undefined;
    };
    readonly caller: Caller;
  }
  const remove = async (type: string, { params, caller }: Removal, more: object = {}) => {
    if (params['cleanup-config']) requireAllocate(caller);
    const given = {
      name: params.name,
      cleanupConfig: params['cleanup-config'],
      cleanupDisks: params['cleanup-disks'],
      withVolumes: params['with-volumes'] ?? false,
    };
    return await startDiskTask(type, { ...given, ...more }, caller.requester);
  };

  return [
    route(listDisksIndex, () => below.map((name) => ({ name }))),
    route(listDisks, async ({ params, signal }) => {
      const query = {
        partitions: params['include-partitions'],
        smart: !params.skipsmart,
        type: params.type,
      };
      const [list, groups] = await Promise.all([
        system.list(query, signal),
        // A list without the names of groups is better than none.
        disks.groupNames(signal).catch(() => new Map<string, string>()),
      ]);
      return list.map((item) => {
        const vgname = groups.get(item.devpath);
        return vgname === undefined ? item : { ...item, vgname };
      });
    }),
    route(getDiskSmart, ({ params, signal }) =>
      system.smart(params.disk, params.healthonly ?? false, signal),
    ),
    route(getDiskContents, ({ params, signal }) => disks.contents(params.disk, signal)),

    route(initDisk, async ({ params, caller, signal }) => {
      const given = await target(params.disk, params.expected, signal, 'disk');
      const uuid = params.uuid === undefined ? {} : { uuid: params.uuid };
      return await startDiskTask('diskinit', { ...given, ...uuid }, caller.requester);
    }),
    route(wipeDisk, async ({ params, caller, signal }) =>
      startDiskTask('wipedisk', await target(params.disk, params.expected, signal, 'disk'), caller.requester),
    ),

    route(listDiskDirectories, ({ signal }) => disks.directories(signal)),
    route(createDiskDirectory, (request) =>
      create('dircreate', request, { fileSystem: request.params.filesystem }),
    ),
    route(deleteDiskDirectory, (request) => remove('dirremove', request)),

    route(listDiskGroups, async ({ signal }) => ({ leaf: 0 as const, children: await disks.groups(signal) })),
    route(createDiskGroup, (request) => create('lvmcreate', request)),
    route(deleteDiskGroup, (request) => remove('lvmremove', request)),

    route(listDiskPools, ({ signal }) => disks.pools(signal)),
    route(createDiskPool, (request) => create('lvmthincreate', request)),
    route(deleteDiskPool, (request) =>
      remove('lvmthinremove', request, { group: request.params['volume-group'] }),
    ),
  ];
}

/** Storages are the cluster's: the permission for disks does not cover them. */
function requireAllocate(caller: Caller): void {
  if (!caller.may('/storage', 'Datastore.Allocate'))
    throw new AppError('forbidden', 'Permission check failed (/storage, Datastore.Allocate)');
}
