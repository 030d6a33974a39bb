// What can be asked of backups of containers: checks what a restore would make of one, and who may, then hands it to a task.
import { requireArchive, withArchive } from '../backup/restore/archive-access.ts';
import type { ArchiveWorker } from '../backup/restore/archive-worker.ts';
import { type CtBackupConf, readCtBackupConf } from '../backup/restore/ct-backup-conf.ts';
import { planCtRestore } from '../backup/restore/plan-ct-restore.ts';
import { invalidInput } from '../core/errors.ts';
import type { CtRestoreParams } from '../tasks/kinds/restore-ct.ts';
import type { NeededPrivilege } from './config-privileges.ts';
import { type BindMountRules, bindMountComplaint, refuseBindMounts } from './ct/config/bind-mounts.ts';
import { ctKeysOf } from './ct/config/ct-keys.ts';
import { ctPrivilegesFor } from './ct/config/ct-privileges.ts';
import type { CtConfigChange } from './ct/config/merge-ct-change.ts';
import { readCtNic } from './ct/config/read-ct-devices.ts';
import type { CtTaskParts } from './ct/ct-task-parts.ts';
import { checkCtVolumes } from './ct/ct-volume-checks.ts';
import { findGuest } from './guest-documents.ts';
import { type Asker, type ConfigSet, definedOnly, type GuestServiceParts } from './guest-requests.ts';
import { volumeInfo } from './guest-volumes.ts';
import { checkHookScript } from './hook-scripts.ts';
import { requireAll } from './needed-privileges.ts';
import {
  configurationIn,
  firewallNotes,
  readingContext,
  requireRestoreTarget,
  restoreLimitKib,
  startRestore,
} from './restore-requests.ts';

export interface CtRestoreRequest {
  /** Volume id of a backup, or for root@pam the path of a file. */
  readonly archive: string;
  /** Over a container that has the number: its volumes that the backup has are removed when the restore is whole. */
  readonly force: boolean;
  /** Of all volumes that are not given anew; default: where each was, as far as there is such a storage here. */
  readonly storage: string | undefined;
  readonly unique: boolean;
  /** Device nodes that it cannot have are left out, and told. */
  readonly lenient: boolean;
  /** KiB per second; undefined: as the storages have it, 0: no limit. */
  readonly limitKib: number | undefined;
  readonly pool: string | undefined;
  readonly start: boolean;
  /** Values in place of the backup's. With a root or a mount point among them no other mount point is taken from it. */
  readonly set: ConfigSet;
}

export interface CtRestoreParts extends CtTaskParts, GuestServiceParts {
  readonly archives: ArchiveWorker;
  /** Which folders of the host may be bound into containers. */
  bindMounts(): BindMountRules;
}

export function createCtRestore(parts: CtRestoreParts) {
  /** Throws before anything has changed, or answers the task's UPID. */
  async function restore(requester: Asker, vmid: number, request: CtRestoreRequest): Promise<string> {
    const { archive, pool, force, start, lenient } = request;
    const context = readingContext();
    const asker = requireRestoreTarget(parts, requester, { kind: 'lxc', vmid }, request);
    await requireArchive(parts, context, asker, vmid, archive, { kind: 'lxc', parameter: 'ostemplate' });
    const told = await withArchive(parts, context, archive, (file) =>
      parts.archives.describeTree(context, file),
    );
    const conf = readCtBackupConf(configurationIn(told.texts, 'lxc'));
    const override = definedOnly(request.set);
    const rules = parts.bindMounts();
    const { change, held, notes } = planCtRestore(conf, {
      ...{ vmid, override, unique: request.unique, scripts: await usableScripts(conf) },
      current: findGuest(parts.store, vmid)?.config ?? {},
      mayReachHost: asker.may('/', 'Sys.Modify'),
      bindComplaint: (folder) => bindMountComplaint(folder, rules),
      storageFor: (before) => storageFor(request.storage, before),
      makesTrees,
    });
    const given = new Set(Object.keys(override));
    const asked = { ...change, hostPaths: change.hostPaths.filter(({ key }) => given.has(key)) };
    requireAll(asker, restorePrivileges(vmid, asked, [...given]));
    refuseBindMounts(asked.hostPaths, rules);
    await checkCtVolumes(parts, vmid, change);
    await checkHookScript(parts.storages, { config: change.config, changedKeys: [...given] });
    const limitKib = restoreLimitKib(parts, asker, archive, change, request.limitKib);
    const params: CtRestoreParams = {
      ...{ vmid, archive, change, held, force, start },
      notes: [...notes, ...firewallNotes(told.texts)],
      ...(lenient ? { lenient } : {}),
    };
    return startRestore(parts, asker, 'vzrestore', params, { limitKib, pool });
  }

  function storageFor(wish: string | undefined, before: string | undefined): string {
    const here = parts.storages.rootStorages();
    if (wish !== undefined) {
      if (!here.includes(wish))
        throw invalidInput({ storage: `storage '${wish}' cannot hold volumes of containers` });
      return wish;
    }
    if (before !== undefined && here.includes(before)) return before;
    const first = here.includes('local') ? 'local' : here[0];
    if (first === undefined)
      throw invalidInput({ storage: 'there is no storage that can hold volumes of containers' });
    return first;
  }

  function makesTrees(storage: string): boolean {
    return parts.storages.rootFormat(storage, undefined) === 'subvol';
  }

  async function usableScripts({ keys }: CtBackupConf): Promise<Set<string>> {
    const script = keys.get('hookscript');
    if (script === undefined || !/^[^:/]+:snippets\/[^/]+$/.test(script)) return new Set();
    const context = readingContext();
    const info = await volumeInfo(parts.storages, context, script).catch(() => undefined);
    return new Set(info?.content === 'snippets' ? [script] : []);
  }

  return { restore };
}

/**
 * What the backup says of itself was allowed when it was set, or was left out; space, networks, and what the request changes are
 * asked for.
 */
function restorePrivileges(
  vmid: number,
  change: CtConfigChange,
  overridden: readonly string[],
): NeededPrivilege[] {
  const { config } = change;
  const zone = '/sdn/zones/localnetwork';
  return [
    ...ctPrivilegesFor(vmid, {}, { ...change, references: [], changedKeys: overridden }),
    ...ctKeysOf(config, 'net').map((key): NeededPrivilege => {
      const { bridge } = readCtNic(key, String(config[key]));
      return { path: bridge === undefined ? zone : `${zone}/${bridge}`, privilege: 'SDN.Use' };
    }),
  ];
}
