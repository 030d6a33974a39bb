// What can be asked of VMs as wholes: clones, templates, disks that move; what is possible, and the tasks.

import { checkDigest } from '../core/config-digest.ts';
import { AppError, asAppError, invalidInput } from '../core/errors.ts';
import { quietContext } from '../core/work-context.ts';
import { requestedLimitKib } from '../storage/bandwidth-limits.ts';
import type { VmCloneParams } from '../tasks/kinds/vm-clone.ts';
import type { VmGiveParams } from '../tasks/kinds/vm-give-disk.ts';
import type { VmMoveParams } from '../tasks/kinds/vm-move-disk.ts';
import type { VmTemplateParams } from '../tasks/kinds/vm-template.ts';
import { cloneVmConfig } from './config/clone-vm-config.ts';
import { volumesInUse } from './config/pending-changes.ts';
import { readVmConfig } from './config/read-vm-config.ts';
import { disksOf, usedDisksOf } from './config/vm-disks.ts';
import type { NeededPrivilege } from './config-privileges.ts';
import { readGuest } from './guest-documents.ts';
import { type Asker, type GuestServiceParts, requireNewGuest } from './guest-requests.ts';
import { sourceOf } from './guest-snapshots.ts';
import { linkedClonesOf } from './linked-clones.ts';
import { requireAll } from './needed-privileges.ts';
import { planDiskCopies } from './vm-disk-copies.ts';
import type { VmParts } from './vm-parts.ts';
import { planSnapshot } from './vm-snapshots.ts';
import { vmRuns } from './vm-state-rules.ts';
import { splitVolume } from './volume-names.ts';

export interface VmCloneRequest {
  readonly newId: number;
  /** Default: full, but linked of a template. */
  readonly full: boolean | undefined;
  readonly snapshot: string | undefined;
  readonly storage: string | undefined;
  readonly format: VmCloneParams['format'] | undefined;
  readonly name: string | undefined;
  readonly description: string | undefined;
  readonly pool: string | undefined;
  /** The node where it is to be. */
  readonly target: string | undefined;
  /** Of a full clone, in KiB per second; undefined: as the storages have it, 0: no limit. */
  readonly limitKib?: number | undefined;
}

export interface VmMoveRequest {
  readonly key: string;
  readonly storage: string | undefined;
  readonly format: VmMoveParams['format'] | undefined;
  readonly remove: boolean;
  readonly digest: string | undefined;
  readonly targetVmid: number | undefined;
  /** Default: the same key. */
  readonly targetKey: string | undefined;
  readonly targetDigest: string | undefined;
  /** KiB per second; undefined: as the storages have it, 0: no limit. */
  readonly limitKib: number | undefined;
}

export function createVmCopies(parts: VmParts & GuestServiceParts) {
  async function clone(requester: Asker, vmid: number, request: VmCloneRequest): Promise<string> {
    const { newId, snapshot, storage, format, name, description, pool, target } = request;
    if (target !== undefined && target !== parts.node)
      throw new AppError('unsupported', `a clone is made on this node, '${parts.node}'`, {
        fields: { target: `only '${parts.node}'` },
      });
    const document = readGuest(parts.store, vmid);
    const asker = requireNewGuest(parts, requester, newId, pool);
    const source = sourceOf(document, snapshot);
    const full = request.full ?? !(source['template'] === 1 && snapshot === undefined);
    const config = cloneVmConfig(source, { vmid, newId, name, description }, parts.meta());
    const storages = new Set(usedDisksOf(config).map(({ volume }) => storage ?? splitVolume(volume).storage));
    const bridges = readVmConfig({ vmid: newId, config }).nics.flatMap(({ bridge }) => bridge ?? []);
    requireAll(asker, [
      ...[...storages].map(
        (id): NeededPrivilege => ({ path: `/storage/${id}`, privilege: 'Datastore.AllocateSpace' }),
      ),
      ...bridges.map(
        (bridge): NeededPrivilege => ({ path: `/sdn/zones/localnetwork/${bridge}`, privilege: 'SDN.Use' }),
      ),
    ]);
    if (storage !== undefined) assertHoldsImages(storage);
    const sources = usedDisksOf(config).map(({ volume }) => splitVolume(volume).storage);
    const limitKib = full ? limitOf(asker, 'clone', [...sources, ...storages], request.limitKib) : 0;
    const params: VmCloneParams = {
      ...{ vmid, newId, full },
      ...(limitKib > 0 ? { limitKib } : {}),
      ...(snapshot === undefined ? {} : { snapshot }),
      ...(storage === undefined ? {} : { storage }),
      ...(format === undefined ? {} : { format }),
      ...(name === undefined ? {} : { name }),
      ...(description === undefined ? {} : { description }),
      ...(pool === undefined ? {} : { pool }),
    };
    const upid = await parts.startTask('qmclone', params, asker.requester);
    parts.reservations.release(newId);
    return upid;
  }

  async function makeTemplate(asker: Asker, vmid: number, disk: string | undefined): Promise<string> {
    const { config } = readGuest(parts.store, vmid);
    if (disk !== undefined && config[disk] === undefined)
      throw invalidInput({ disk: `VM ${vmid} has no disk '${disk}'` });
    const params: VmTemplateParams = { vmid, ...(disk === undefined ? {} : { disk }) };
    return parts.startTask('qmtemplate', params, asker.requester);
  }

  /** What holds for a wish, in KiB per second; 0: no limit. */
  function limitOf(
    asker: Asker,
    operation: 'clone' | 'move',
    ids: readonly string[],
    wish: number | undefined,
  ): number {
    const mayExceed = ids.every((id) => asker.may(`/storage/${id}`, 'Datastore.Allocate'));
    return requestedLimitKib(parts.storages.limitKib(operation, ids), wish, mayExceed);
  }

  async function moveDisk(asker: Asker, vmid: number, request: VmMoveRequest): Promise<string> {
    const document = readGuest(parts.store, vmid);
    const { key, format, remove, digest, targetVmid, targetKey = key, targetDigest } = request;
    checkDigest(document.config, digest);
    if (document.config[key] === undefined) throw invalidInput({ disk: `VM ${vmid} has no disk '${key}'` });
    if (targetVmid !== undefined) {
      // Refused before anything is said of the other VM.
      requireAll(asker, [{ path: `/vms/${targetVmid}`, privilege: 'VM.Config.Disk' }]);
      if (request.storage !== undefined || format !== undefined || remove)
        throw invalidInput({ 'target-vmid': 'goes without storage, format and delete: nothing is copied' });
      checkDigest(readGuest(parts.store, targetVmid).config, targetDigest);
      const params: VmGiveParams = { vmid, key, targetVmid, targetKey, digest, targetDigest };
      return parts.startTask('qmmove', params, asker.requester);
    }
    if (request.targetKey !== undefined || targetDigest !== undefined)
      throw invalidInput({ 'target-disk': 'goes with target-vmid' });
    const here = disksOf(document.config).find((disk) => disk.key === key)?.volume;
    const storage =
      request.storage ?? (format !== undefined && here !== undefined ? splitVolume(here).storage : undefined);
    if (storage === undefined) throw invalidInput({ storage: 'give either a storage or a target-vmid' });
    requireAll(asker, [{ path: `/storage/${storage}`, privilege: 'Datastore.AllocateSpace' }]);
    assertHoldsImages(storage);
    const both = [...(here === undefined ? [] : [splitVolume(here).storage]), storage];
    const limitKib = limitOf(asker, 'move', both, request.limitKib);
    const params: VmMoveParams = {
      ...{ vmid, key, storage, remove, digest },
      ...(format === undefined ? {} : { format }),
      ...(limitKib > 0 ? { limitKib } : {}),
    };
    return parts.startTask('qmmove', params, asker.requester);
  }

  /** Can it be snapshotted, cloned (linked) or copied now? Throws when there is no such VM or snapshot. */
  async function feature(
    vmid: number,
    name: 'snapshot' | 'clone' | 'copy',
    snapshot: string | undefined,
  ): Promise<{ readonly possible: boolean; readonly reason?: string }> {
    const document = readGuest(parts.store, vmid);
    const source = sourceOf(document, snapshot);
    const inUse = vmRuns(parts, vmid);
    try {
      if (name === 'snapshot') {
        // The name of no snapshot: only whether it could be is asked.
        await planSnapshot(parts, quietContext(), document, { name: 'feature', memory: false });
        return { possible: true };
      }
      if (name === 'clone' && snapshot === undefined && source['template'] !== 1)
        throw new AppError('wrong-state', 'a linked clone is made of a template or a snapshot');
      await planDiskCopies(parts.storages, quietContext(), vmid, usedDisksOf(source), {
        ...{ mode: name === 'clone' ? 'linked' : 'full', snapshot, inUse },
        copies: snapshot === undefined ? {} : document.snapshots?.[snapshot]?.copies,
      });
      return { possible: true };
    } catch (error) {
      return { possible: false, reason: asAppError(error).message };
    }
  }

  function assertHoldsImages(storage: string): void {
    if (!parts.storages.imageStorages().includes(storage))
      throw invalidInput({ storage: `storage '${storage}' cannot hold disk images` });
  }

  /** By number; only guests that the asker may look at. */
  async function linkedClones(asker: Asker, vmid: number): Promise<{ vmid: number; volumes: string[] }[]> {
    const volumes = [...volumesInUse(readGuest(parts.store, vmid))];
    const clones = await linkedClonesOf(parts.storages, quietContext(), volumes);
    return [...clones]
      .map(([of, volumes]) => ({ vmid: of, volumes }))
      .filter((one) => one.vmid !== vmid && asker.may(`/vms/${one.vmid}`, 'VM.Audit'))
      .sort((a, b) => a.vmid - b.vmid);
  }

  return { clone, makeTemplate, moveDisk, feature, linkedClones };
}
