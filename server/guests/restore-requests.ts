// What requests for restores have in common, whatever the guest: who may put one at a number, how fast, what is not restored.
import type { ClusterStore } from '../cluster/cluster-store.ts';
import { AppError } from '../core/errors.ts';
import { quietContext, type WorkContext } from '../core/work-context.ts';
import { requestedLimitKib } from '../storage/bandwidth-limits.ts';
import type { RestoreParams } from '../tasks/kinds/restore-over.ts';
import { type GuestKind, guestLabel } from './config/guest-document.ts';
import { findGuest } from './guest-documents.ts';
import type { GuestPools } from './guest-pools.ts';
import type { Asker, GuestServiceParts } from './guest-requests.ts';
import type { GuestStorages } from './guest-volumes.ts';
import { requireAll } from './needed-privileges.ts';
import { splitVolume } from './volume-names.ts';

/** For what is read while the request waits: the beginning of an archive, what a storage knows of a volume. */
export function readingContext(): WorkContext {
  return quietContext(AbortSignal.timeout(30_000));
}

/**
 * May the asker put a guest of this kind at the number? In the API's order: whoever may not must not learn which numbers are taken.
 * Answers who asks as far as the restored guest goes: the pool's rights count. `force`: over a guest of the kind that is there.
 */
export function requireRestoreTarget(
  parts: { readonly store: ClusterStore; readonly pools: GuestPools },
  requester: Asker,
  { kind, vmid }: { readonly kind: GuestKind; readonly vmid: number },
  { pool, force }: { readonly pool: string | undefined; readonly force: boolean },
): Asker {
  const asker = pool === undefined ? requester : parts.pools.askerFor(requester, vmid, pool);
  const there = findGuest(parts.store, vmid);
  const mayReplace = force && there !== undefined && asker.may(`/vms/${vmid}`, 'VM.Backup');
  if (!mayReplace) requireAll(asker, [{ path: `/vms/${vmid}`, privilege: 'VM.Allocate' }]);
  if (there && !(force && there.kind === kind)) {
    const why = `${guestLabel(there.kind, vmid)} already exists`;
    throw new AppError('invalid-input', `unable to restore ${guestLabel(kind, vmid)} - ${why}`, {
      fields: { vmid: why },
    });
  }
  return asker;
}

/** KiB per second, 0 for no limit: what is asked for within that of all storages that take part. */
export function restoreLimitKib(
  { storages }: { readonly storages: Pick<GuestStorages, 'limitKib'> },
  asker: Asker,
  archive: string,
  { allocations }: { readonly allocations: readonly { readonly storage: string }[] },
  wish: number | undefined,
): number {
  const ids = new Set(allocations.map(({ storage }) => storage));
  const source = archive.startsWith('/') ? [] : [splitVolume(archive).storage];
  const mayExceed = [...ids].every((id) => asker.may(`/storage/${id}`, 'Datastore.Allocate'));
  return requestedLimitKib(storages.limitKib('restore', [...ids, ...source]), wish, mayExceed);
}

/** Answers the task's UPID. The number is the task's from then on. */
export async function startRestore<P extends RestoreParams>(
  { startTask, reservations }: Pick<GuestServiceParts, 'startTask' | 'reservations'>,
  { requester }: Asker,
  type: 'qmrestore' | 'vzrestore',
  params: P,
  { limitKib, pool }: { readonly limitKib: number; readonly pool: string | undefined },
): Promise<string> {
  const limits = limitKib > 0 ? { limitKib } : {};
  const upid = await startTask(
    type,
    { ...params, ...limits, ...(pool === undefined ? {} : { pool }) },
    requester,
  );
  reservations.release(params.vmid);
  return upid;
}

type Texts = readonly { readonly name: string; readonly text: string }[];

/** The configuration in an archive. */
export function configurationIn(texts: Texts, kind: GuestKind): string {
  const name = kind === 'qemu' ? 'qemu-server.conf' : 'pct.conf';
  const text = texts.find((one) => one.name === name)?.text;
  if (text === undefined)
    throw new AppError(
      'invalid-input',
      `the archive has no configuration of a ${kind === 'qemu' ? 'VM' : 'container'}`,
    );
  return text;
}

/** For the task's log: the firewall's rules, if there are any, are left out. */
export function firewallNotes(texts: Texts): string[] {
  const rules = texts.find(({ name }) => name === 'qemu-server.fw' || name === 'pct.fw')?.text.trim() ?? '';
  return rules === '' ? [] : ['firewall: its rules are not restored by this version of Croft'];
}
