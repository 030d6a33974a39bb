// What can be asked of containers: checks that it is possible now and allowed in detail, then hands it to a task.

import { checkDigest } from '../../core/config-digest.ts';
import { invalidInput, notFound } from '../../core/errors.ts';
import { splitVolumeId } from '../../core/ids.ts';
import { changeGuest, findGuest, readGuest } from '../guest-documents.ts';
import {
  type Asker,
  type ConfigSet,
  definedOnly,
  type GuestConfigRequest,
  type GuestServiceParts,
  requireNewGuest,
} from '../guest-requests.ts';
import { withSnapshotDescription } from '../guest-snapshots.ts';
import { checkHookScript } from '../hook-scripts.ts';
import { requireAll, requireAny } from '../needed-privileges.ts';
import { type BindMountRules, refuseBindMounts } from './config/bind-mounts.ts';
import { ctPrivilegesFor } from './config/ct-privileges.ts';
import { type CtConfigChange, mergeCtChange } from './config/merge-ct-change.ts';
import { revertCtPending } from './config/pending-ct-changes.ts';
import { createCtCopies } from './ct-copies.ts';
import type * as tasks from './ct-params.ts';
import { assertCtAction, isRunning } from './ct-state-rules.ts';
import type { CtTaskParts } from './ct-task-parts.ts';
import { checkCtVolumes, checkTemplate } from './ct-volume-checks.ts';

export interface CtServiceParts extends CtTaskParts, GuestServiceParts {
  /** Which folders of the host may be bound into containers. */
  bindMounts(): BindMountRules;
}

export interface CtCreateRequest {
  readonly set: ConfigSet;
  /** Volume id of the template. */
  readonly template: string;
  readonly start: boolean;
  /** Of the root, unless `rootfs` says another; default `local`. */
  readonly storage: string | undefined;
  readonly password: string | undefined;
  readonly sshKeys: string | undefined;
  readonly pool?: string | undefined;
}

export type CtConfigRequest = GuestConfigRequest;

export type CtPowerTask = 'vzstart' | 'vzstop' | 'vzshutdown' | 'vzreboot' | 'vzsuspend' | 'vzresume';
export type CtService = ReturnType<typeof createCtService>;

/** The service over its parts. Every method throws before anything has changed, or answers a UPID. */
export function createCtService(parts: CtServiceParts) {
  async function create(requester: Asker, vmid: number, request: CtCreateRequest): Promise<string> {
    const { template, start, storage = 'local', password, sshKeys, pool } = request;
    const asker = requireNewGuest(parts, requester, vmid, pool);
    if (splitVolumeId(template) === undefined)
      throw invalidInput({ ostemplate: 'not a valid volume ID: write storage:name' });
    const change = mergeCtChange({}, request.set, [], { vmid, create: true, storage });
    if (!change.allocations.some(({ key }) => key === 'rootfs'))
      throw invalidInput({ rootfs: 'the root of a new container is made: write storage:GIBIBYTES' });
    if (change.config['template'] === 1)
      throw invalidInput({ template: 'create the container, then make it a template' });
    requireAll(asker, ctPrivilegesFor(vmid, {}, change));
    requireAny(asker, `/storage/${template.split(':')[0]}`, ['Datastore.AllocateSpace', 'Datastore.Audit']);
    refuseBindMounts(change.hostPaths, parts.bindMounts());
    await checkTemplate(parts, template);
    await checkCtVolumes(parts, vmid, change);
    await checkHookScript(parts.storages, change);
    const secret = password === undefined && sshKeys === undefined ? undefined : { password, sshKeys };
    const secrets = secret && parts.secrets.put(secret);
    try {
      const params: tasks.CtCreateParams = {
        ...{ vmid, change, template, start },
        ...(secrets === undefined ? {} : { secrets }),
        ...(pool === undefined ? {} : { pool }),
      };
      const upid = await parts.startTask('vzcreate', params, asker.requester);
      parts.reservations.release(vmid);
      return upid;
    } catch (error) {
      if (secrets !== undefined) parts.secrets.forget(secrets);
      throw error;
    }
  }

  async function changeConfig(asker: Asker, vmid: number, request: CtConfigRequest): Promise<string> {
    const document = readGuest(parts.store, vmid, 'lxc');
    checkDigest(document.config, request.digest);
    const base = request.revert.length > 0 ? revertCtPending(document, request.revert) : document.config;
    const set = definedOnly(request.set);
    const change: CtConfigChange = mergeCtChange(base, set, request.remove, { vmid, create: false });
    requireAll(asker, ctPrivilegesFor(vmid, document.config, withReverted(change, request.revert)));
    refuseBindMounts(change.hostPaths, parts.bindMounts());
    await checkCtVolumes(parts, vmid, change);
    await checkHookScript(parts.storages, change);
    const params: tasks.CtConfigParams = { vmid, ...request, set };
    return parts.startTask('vzconfig', params, asker.requester);
  }

  async function remove(
    asker: Asker,
    vmid: number,
    wish: Omit<tasks.CtDeleteParams, 'vmid'>,
  ): Promise<string> {
    if (!wish.force || !isRunning(parts, vmid)) assertCtAction(parts, vmid, 'delete');
    else readGuest(parts.store, vmid, 'lxc');
    const params: tasks.CtDeleteParams = { vmid, ...wish };
    return parts.startTask('vzdestroy', params, asker.requester);
  }

  /** Starting, stopping and the like. What cannot be done in its state fails in the task, as clients expect. */
  async function power(
    asker: Asker,
    type: CtPowerTask,
    vmid: number,
    params: Omit<tasks.CtShutdownParams & tasks.CtStartParams, 'vmid'> = {},
  ): Promise<string> {
    readGuest(parts.store, vmid, 'lxc');
    return parts.startTask(type, { vmid, ...params }, asker.requester);
  }

  async function resize(
    asker: Asker,
    vmid: number,
    request: Pick<tasks.CtResizeParams, 'disk' | 'size' | 'digest'>,
  ): Promise<string> {
    const document = readGuest(parts.store, vmid, 'lxc');
    checkDigest(document.config, request.digest);
    if (document.config[request.disk] === undefined)
      throw invalidInput({ disk: `CT ${vmid} has no volume at '${request.disk}'` });
    const params: tasks.CtResizeParams = { kind: 'lxc', vmid, ...request };
    return parts.startTask('resize', params, asker.requester);
  }

  /** At once: only a text changes. `not-found` when there is no such snapshot. */
  async function describeSnapshot(
    vmid: number,
    name: string,
    description: string | undefined,
  ): Promise<void> {
    if (!readGuest(parts.store, vmid, 'lxc').snapshots?.[name]) throw notFound('snapshot', name);
    await changeGuest(parts.store, vmid, (document) => withSnapshotDescription(document, name, description));
  }

  return {
    ...{ create, changeConfig, remove, power, resize, describeSnapshot },
    ...createCtCopies(parts),
    exists: (vmid: number) => findGuest(parts.store, vmid)?.kind === 'lxc',
  };
}

/** What a revert changes needs the same privileges as changing it. */
function withReverted(change: CtConfigChange, revert: readonly string[]): CtConfigChange {
  return { ...change, changedKeys: [...new Set([...change.changedKeys, ...revert])] };
}
