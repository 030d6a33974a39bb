// What can be asked of containers as wholes: clones, templates, snapshots, volumes that move; what is possible, and the tasks.

import { checkDigest } from '../../core/config-digest.ts';
import { AppError, asAppError, invalidInput, notFound } from '../../core/errors.ts';
import { quietContext } from '../../core/work-context.ts';
import type { GuestDocument } from '../config/guest-document.ts';
import type { NeededPrivilege } from '../config-privileges.ts';
import { readGuest } from '../guest-documents.ts';
import { type Asker, requireNewGuest } from '../guest-requests.ts';
import { sourceOf } from '../guest-snapshots.ts';
import { requireAll } from '../needed-privileges.ts';
import { splitVolume } from '../volume-names.ts';
import { cloneConfig } from './clone-config.ts';
import { readCtConfig } from './config/read-ct-config.ts';
import type * as tasks from './ct-params.ts';
import type { CtServiceParts } from './ct-service.ts';
import { isRunning } from './ct-state-rules.ts';
import { assertVolumesCan } from './ct-storages.ts';
import { mountedVolumes } from './volume-keys.ts';

export interface CtCloneRequest {
  readonly newId: number;
  /** Default: full, but linked of a template. */
  readonly full: boolean | undefined;
  readonly snapshot: string | undefined;
  readonly storage: string | undefined;
  readonly hostname: string | undefined;
  readonly description: string | undefined;
  readonly pool?: string | undefined;
}

export interface CtMoveRequest {
  readonly key: string;
  readonly storage: string | undefined;
  readonly remove: boolean;
  readonly digest: string | undefined;
  readonly targetVmid: number | undefined;
  /** Default: the same key. */
  readonly targetKey: string | undefined;
  readonly targetDigest: string | undefined;
}

export function createCtCopies(parts: CtServiceParts) {
  const volumesOf = (document: GuestDocument, snapshot: string | undefined) =>
    mountedVolumes(sourceOf(document, snapshot)).map(({ volume }) => volume);

  async function clone(requester: Asker, vmid: number, request: CtCloneRequest): Promise<string> {
    const { newId, snapshot, storage, hostname, description, pool } = request;
    const document = readGuest(parts.store, vmid, 'lxc');
    const asker = requireNewGuest(parts, requester, newId, pool);
    const source = sourceOf(document, snapshot);
    const full = request.full ?? !(source['template'] === 1 && snapshot === undefined);
    const config = cloneConfig(source, { newId, hostname, description });
    const targets = new Set(
      mountedVolumes(config).map(({ volume }) => storage ?? splitVolume(volume).storage),
    );
    const bridges = readCtConfig({ vmid: newId, config }).nics.flatMap(({ bridge }) => bridge ?? []);
    requireAll(asker, [
      ...[...targets].map(
        (id): NeededPrivilege => ({ path: `/storage/${id}`, privilege: 'Datastore.AllocateSpace' }),
      ),
      ...bridges.map(
        (name): NeededPrivilege => ({ path: `/sdn/zones/localnetwork/${name}`, privilege: 'SDN.Use' }),
      ),
    ]);
    if (storage !== undefined) assertHoldsRoots(storage);
    const params: tasks.CtCloneParams = {
      ...{ vmid, newId, full },
      ...(snapshot === undefined ? {} : { snapshot }),
      ...(storage === undefined ? {} : { storage }),
      ...(hostname === undefined ? {} : { hostname }),
      ...(description === undefined ? {} : { description }),
      ...(pool === undefined ? {} : { pool }),
    };
    const upid = await parts.startTask('vzclone', params, asker.requester);
    parts.reservations.release(newId);
    return upid;
  }

  async function makeTemplate(asker: Asker, vmid: number): Promise<string> {
    readGuest(parts.store, vmid, 'lxc');
    return parts.startTask('vztemplate', { vmid }, asker.requester);
  }

  async function moveVolume(asker: Asker, vmid: number, request: CtMoveRequest): Promise<string> {
    const document = readGuest(parts.store, vmid, 'lxc');
    const { key, storage, remove, digest, targetVmid, targetKey = key, targetDigest } = request;
    checkDigest(document.config, digest);
    if (document.config[key] === undefined)
      throw invalidInput({ volume: `CT ${vmid} has no volume at '${key}'` });
    if ((storage === undefined) === (targetVmid === undefined))
      throw invalidInput({ storage: 'give either a storage or a target-vmid' });
    if (targetVmid !== undefined) {
      requireAll(asker, [{ path: `/vms/${targetVmid}`, privilege: 'VM.Config.Disk' }]);
      readGuest(parts.store, targetVmid, 'lxc');
      const params: tasks.CtGiveParams = { vmid, key, targetVmid, targetKey, digest, targetDigest };
      return parts.startTask('move_volume', params, asker.requester);
    }
    const to = String(storage);
    requireAll(asker, [{ path: `/storage/${to}`, privilege: 'Datastore.AllocateSpace' }]);
    assertHoldsRoots(to);
    const params: tasks.CtMoveParams = { vmid, key, storage: to, remove, digest };
    return parts.startTask('move_volume', params, asker.requester);
  }

  async function takeSnapshot(
    asker: Asker,
    vmid: number,
    name: string,
    description: string | undefined,
  ): Promise<string> {
    const { snapshots } = readGuest(parts.store, vmid, 'lxc');
    if (snapshots?.[name]) throw new AppError('already-exists', `snapshot name '${name}' already used`);
    const params: tasks.CtSnapshotParams = {
      vmid,
      name,
      ...(description === undefined ? {} : { description }),
    };
    return parts.startTask('vzsnapshot', params, asker.requester);
  }

  async function removeSnapshot(asker: Asker, vmid: number, name: string, force: boolean): Promise<string> {
    assertSnapshot(vmid, name);
    const params: tasks.CtDelSnapshotParams = { vmid, name, force };
    return parts.startTask('vzdelsnapshot', params, asker.requester);
  }

  async function rollback(asker: Asker, vmid: number, name: string, start: boolean): Promise<string> {
    assertSnapshot(vmid, name);
    const params: tasks.CtRollbackParams = { vmid, name, start };
    return parts.startTask('vzrollback', params, asker.requester);
  }

  /** Can it be snapshotted, cloned (linked) or copied now? Throws when there is no such container or snapshot. */
  async function feature(
    vmid: number,
    name: 'snapshot' | 'clone' | 'copy',
    snapshot: string | undefined,
  ): Promise<{ readonly possible: boolean; readonly reason?: string }> {
    const document = readGuest(parts.store, vmid, 'lxc');
    const volumes = volumesOf(document, snapshot);
    const live = isRunning(parts, vmid);
    try {
      if (name === 'snapshot')
        await assertVolumesCan(parts.storages, quietContext(), volumes, 'snapshot', 'current', live);
      else if (name === 'copy') {
        if (live && snapshot === undefined)
          throw new AppError('wrong-state', `CT ${vmid} is running: copy one of its snapshots`);
      } else {
        const template = sourceOf(document, snapshot)['template'] === 1;
        if (snapshot === undefined && !template)
          throw new AppError('wrong-state', 'a linked clone is made of a template or a snapshot');
        const state = snapshot === undefined ? 'base' : 'snapshot';
        await assertVolumesCan(parts.storages, quietContext(), volumes, 'linked-clone', state, live);
      }
      return { possible: true };
    } catch (error) {
      return { possible: false, reason: asAppError(error).message };
    }
  }

  function assertSnapshot(vmid: number, name: string): void {
    if (!readGuest(parts.store, vmid, 'lxc').snapshots?.[name]) throw notFound('snapshot', name);
  }

  function assertHoldsRoots(storage: string): void {
    if (!parts.storages.rootStorages().includes(storage))
      throw invalidInput({ storage: `storage '${storage}' cannot hold volumes of containers` });
  }

  return { clone, makeTemplate, moveVolume, takeSnapshot, removeSnapshot, rollback, feature };
}
