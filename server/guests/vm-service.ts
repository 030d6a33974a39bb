// What can be asked of VMs: checks that it is possible now and allowed in detail, then hands it to a task.

import { checkDigest } from '../core/config-digest.ts';
import { AppError, invalidInput } from '../core/errors.ts';
import { quietContext } from '../core/work-context.ts';
import type { ConfigParams } from '../tasks/kinds/vm-config.ts';
import type { CreateParams } from '../tasks/kinds/vm-create.ts';
import { checkCustomFiles, cloudInitDrive } from './cloud-init/cloud-init-drive.ts';
import { dumpCloudInit } from './cloud-init/cloud-init-files.ts';
import { withHashedPassword } from './cloud-init/passwords.ts';
import type { PendingLine } from './config/changed-keys.ts';
import { isCloudInitKey } from './config/cloud-init-keys.ts';
import { guestLabel } from './config/guest-document.ts';
import { type ConfigChange, mergeConfigChange } from './config/merge-config-change.ts';
import { pendingLines, revertPending } from './config/pending-changes.ts';
import { readVmConfig } from './config/read-vm-config.ts';
import { privilegesFor } from './config-privileges.ts';
import { findGuest, listGuests, readGuest } from './guest-documents.ts';
import {
  type Asker,
  type ConfigSet,
  definedOnly,
  type GuestConfigRequest,
  type GuestServiceParts,
  requireNewGuest,
} from './guest-requests.ts';
import { assertAction } from './guest-state-rules.ts';
import { volumeInfo } from './guest-volumes.ts';
import { volumesOf } from './guest-volumes-in-use.ts';
import { checkHookScript } from './hook-scripts.ts';
import { isDiskImage, isHostPath, problemOfHostPath } from './import/import-source.ts';
import { requireAll, requireRootFor } from './needed-privileges.ts';
import { createVmCopies } from './vm-copies.ts';
import { createVmHibernation } from './vm-hibernation.ts';
import type { VmParts } from './vm-parts.ts';
import { createVmSnapshots } from './vm-snapshot-service.ts';
import { readUnlockedVm } from './vm-state-rules.ts';

export interface VmServiceParts extends VmParts, GuestServiceParts {
  /** Resolves when the task ended; throws its error when it failed. */
  taskEnd(upid: string): Promise<void>;
}

export interface ConfigRequest extends GuestConfigRequest {
  /** Volumes of removed disks are removed, not kept as unused. */
  readonly force: boolean;
  /** Although the VM bears a lock: for whoever may change the node. */
  readonly skiplock?: boolean;
}

export type PowerTask = 'qmstart' | 'qmstop' | 'qmshutdown' | 'qmreboot' | 'qmreset' | 'qmpause';

export type VmService = ReturnType<typeof createVmService>;

/** The service over its parts. Every method throws before anything has changed, or answers a UPID. */
export function createVmService(parts: VmServiceParts) {
  const hibernation = createVmHibernation(parts);

  async function create(
    requester: Asker,
    vmid: number,
    request: { set: ConfigSet; start: boolean; storage: string | undefined; pool?: string | undefined },
  ): Promise<string> {
    const { pool } = request;
    const asker = requireNewGuest(parts, requester, vmid, pool);
    const given = await withHashedPassword(request.set, {}, parts.cloudInit.hashPassword);
    const set = request.storage === undefined ? given : withStorage(given, request.storage);
    const change = mergeConfigChange({}, set, [], { vmid, create: true, meta: parts.meta() });
    requireAll(asker, privilegesFor(vmid, {}, change));
    requireRootFor(asker, change.changedKeys);
    await checkVolumes(asker, vmid, change);
    await checkHookScript(parts.storages, change);
    await checkCustomFiles(parts.storages, vmid, change);
    const params: CreateParams = {
      ...{ vmid, change, start: request.start },
      ...(pool === undefined ? {} : { pool }),
    };
    const upid = await parts.startTask('qmcreate', params, asker.requester);
    parts.reservations.release(vmid);
    return upid;
  }

  async function changeConfig(asker: Asker, vmid: number, request: ConfigRequest): Promise<string> {
    if (request.remove.includes('vmstate')) {
      checkDigest(readGuest(parts.store, vmid).config, request.digest);
      return hibernation.discardState(asker, vmid, isOnly(request, 'vmstate'));
    }
    const document = request.skiplock ? readGuest(parts.store, vmid) : readUnlockedVm(parts, vmid);
    if (request.skiplock) requireAll(asker, [{ path: '/', privilege: 'Sys.Modify' }]);
    checkDigest(document.config, request.digest);
    const base = request.revert.length > 0 ? revertPending(document, request.revert) : document.config;
    const set = definedOnly(
      await withHashedPassword(request.set, document.config, parts.cloudInit.hashPassword),
    );
    const change = mergeConfigChange(base, set, request.remove, {
      vmid,
      create: false,
      force: request.force,
    });
    requireAll(asker, privilegesFor(vmid, document.config, change));
    requireRootFor(asker, change.changedKeys);
    await checkVolumes(asker, vmid, change);
    await checkHookScript(parts.storages, change);
    await checkCustomFiles(parts.storages, vmid, change);
    const params: ConfigParams = { vmid, ...request, set };
    return parts.startTask('qmconfig', params, asker.requester);
  }

  /** Volumes that are named must exist, hold what they are used for, and be nobody else's. */
  async function checkVolumes(asker: Asker, vmid: number, change: ConfigChange): Promise<void> {
    const wrong: Record<string, string> = {};
    for (const { key, storage, content } of change.allocations) {
      if (!parts.storages.imageStorages().includes(storage))
        wrong[key] = `storage '${storage}' cannot hold disk images`;
      else if (content.kind === 'import') await checkSource(asker, vmid, key, content.from, wrong);
    }
    for (const { key, volume } of change.references) {
      const info = await assertVolume(key, volume, wrong);
      // A disc is only read; a disk that is not the guest's own image would be written to, and go with the guest.
      if (info === undefined || info.content === 'iso') continue;
      if (info.content !== 'images')
        wrong[key] = `volume '${volume}' is neither a disk image nor an ISO image`;
      else if (info.vmid === undefined) checkUnowned(key, volume, wrong);
      else if (info.vmid !== vmid) wrong[key] = `volume '${volume}' belongs to VM ${info.vmid}`;
      else if (ofSnapshots(vmid).has(volume))
        wrong[key] =
          `volume '${volume}' belongs to a snapshot or the saved memory of VM ${vmid}: nothing else may write to it`;
      const user = listGuests(parts.store).find(
        (guest) => guest.vmid !== vmid && volumesOf(guest).has(volume),
      );
      if (user) wrong[key] = `volume '${volume}' is used by ${guestLabel(user.kind, user.vmid)}`;
    }
    if (Object.keys(wrong).length > 0) throw invalidInput(wrong);
  }

  /** A LUN, which no name gives to a guest: only while no storage lies on it. Who may take it is told by its storage's privileges. */
  function checkUnowned(key: string, volume: string, wrong: Record<string, string>): void {
    const onTop = parts.storages.storagesOn?.(volume) ?? [];
    if (onTop.length > 0) wrong[key] = `storage '${onTop.join("', '")}' lies on volume '${volume}'`;
  }

  /** Saved memory and copies: who could write to them would decide what the guest goes on as. */
  function ofSnapshots(vmid: number): Set<string> {
    const { snapshots: taken = {}, suspended } = findGuest(parts.store, vmid) ?? {};
    const snapshots = [...Object.values(taken), ...(suspended ? [suspended] : [])];
    return new Set(
      snapshots.flatMap((one) => [
        ...(one.memory ? [one.memory.volume] : []),
        ...('copies' in one ? Object.values(one.copies ?? {}) : []),
      ]),
    );
  }

  /** The guest reads what is copied to its new disk: a disk of another guest takes the right to that guest's disks. */
  async function checkSource(
    asker: Asker,
    vmid: number,
    key: string,
    volume: string,
    wrong: Record<string, string>,
  ): Promise<void> {
    if (isHostPath(volume)) {
      const problem = await problemOfHostPath(volume);
      if (problem !== undefined) wrong[key] = `import-from: ${problem}`;
      return;
    }
    const info = await assertVolume(key, volume, wrong);
    if (info === undefined || (info.content === 'import' && isDiskImage(info.format))) return;
    if (info.format === 'ova')
      wrong[key] = `'${volume}' is an archive: write the disk in it, ${volume}/NAME.vmdk`;
    else if (info.content !== 'images') wrong[key] = `volume '${volume}' is not a disk image to import`;
    else if (info.vmid !== vmid)
      requireAll(asker, [{ path: `/vms/${info.vmid ?? 0}`, privilege: 'VM.Config.Disk' }]);
  }

  async function assertVolume(key: string, volume: string, wrong: Record<string, string>) {
    try {
      return await volumeInfo(parts.storages, quietContext(AbortSignal.timeout(20_000)), volume);
    } catch (error) {
      wrong[key] = error instanceof AppError ? error.message : `volume '${volume}' cannot be read`;
      return undefined;
    }
  }

  /** What waits for the next image; of a VM that is off nothing does, its start makes one. */
  function cloudInitLines(vmid: number): PendingLine[] {
    return pendingLines(readGuest(parts.store, vmid)).filter(({ key }) => isCloudInitKey(key));
  }

  async function regenerateCloudInit(asker: Asker, vmid: number): Promise<string> {
    const { config, running } = readGuest(parts.store, vmid);
    if (!cloudInitDrive(readVmConfig({ vmid, config: running ?? config })))
      throw new AppError('wrong-state', `VM ${vmid} has no cloud-init drive`);
    return parts.startTask('qmcloudinit', { vmid }, asker.requester);
  }

  async function dumpOfCloudInit(vmid: number, type: 'user' | 'network' | 'meta'): Promise<string> {
    const model = readVmConfig({ vmid, config: readGuest(parts.store, vmid).config });
    return dumpCloudInit(model, await parts.cloudInit.dns(), type);
  }

  async function remove(
    asker: Asker,
    vmid: number,
    wish: { readonly unreferenced: boolean; readonly purge?: boolean },
  ): Promise<string> {
    assertAction(parts, vmid, 'delete');
    return parts.startTask('qmdestroy', { vmid, ...wish }, asker.requester);
  }

  /** Starting, stopping and the like. What cannot be done in the guest's state fails in the task, as clients expect. */
  async function power(asker: Asker, type: PowerTask, vmid: number, params: object = {}): Promise<string> {
    readGuest(parts.store, vmid);
    return parts.startTask(type, { vmid, ...params }, asker.requester);
  }

  async function resize(
    asker: Asker,
    vmid: number,
    request: { disk: string; size: string; digest: string | undefined },
  ): Promise<string> {
    const document = readGuest(parts.store, vmid);
    checkDigest(document.config, request.digest);
    if (document.config[request.disk] === undefined) {
      throw invalidInput({ disk: `VM ${vmid} has no disk '${request.disk}'` });
    }
    return parts.startTask('resize', { vmid, ...request }, asker.requester);
  }

  return {
    create,
    changeConfig,
    remove,
    power,
    resize,
    cloudInitLines,
    regenerateCloudInit,
    dumpOfCloudInit,
    ...createVmCopies(parts),
    ...createVmSnapshots(parts),
    ...hibernation,
    exists: (vmid: number) => findGuest(parts.store, vmid) !== undefined,
  };
}

function isOnly({ set, remove, revert }: ConfigRequest, key: string): boolean {
  return (
    remove.every((each) => each === key) && revert.length === 0 && Object.keys(definedOnly(set)).length === 0
  );
}

/** `storage` stands in for every new disk that is given by its size alone (`scsi0=32`). */
function withStorage(set: ConfigSet, storage: string): ConfigSet {
  return Object.fromEntries(
    Object.entries(set).map(([key, value]) => [
      key,
      /^(scsi|virtio|sata|ide)\d+$/.test(key) && /^\d+(\.\d+)?(,|$)/.test(String(value))
        ? `${storage}:${value}`
        : value,
    ]),
  );
}
