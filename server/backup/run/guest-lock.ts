// The lock `backup` of a guest's configuration: it keeps changes, snapshots and removal out while the guest is backed up, and lets stops through.
import type { ClusterStore } from '../../cluster/cluster-store.ts';
import { AppError } from '../../core/errors.ts';
import type { VmConfig } from '../../guests/config/config-keys.ts';
import { type GuestDocument, guestLabel } from '../../guests/config/guest-document.ts';
import { changeGuest, findGuest } from '../../guests/guest-documents.ts';
import type { LockRef } from '../../tasks/task.ts';

const backupLock = 'backup';

/** One backup of a guest after the other. Whoever has it owns the configuration's lock, too: one that is there was left by somebody who is gone. */
export function guestBackupLock(vmid: number): LockRef {
  return { scope: 'guest', id: `${vmid} (backup)` };
}

/** One run after the other to a storage or folder. */
export function targetLock(target: string): LockRef {
  return { scope: 'storage', id: `${target} (backups)` };
}

/** `wrong-state` naming the operation that holds the guest, in the words that clients look for. A backup's own is none. */
export function requireUnlocked({ kind, config, suspended }: GuestDocument): void {
  const lock = config['lock'] || (suspended && 'suspended');
  if (!lock || lock === backupLock) return;
  throw new AppError('wrong-state', `${kind === 'lxc' ? 'CT' : 'VM'} is locked (${lock})`, {
    data: { lock },
  });
}

/** Under the guest's own lock, so that nothing that began before is still at it. */
export async function lockForBackup(store: ClusterStore, vmid: number): Promise<void> {
  await changeGuest(store, vmid, (document) => {
    requireUnlocked(document);
    return document.config['lock'] === backupLock
      ? undefined
      : { ...document, config: { ...document.config, lock: backupLock } };
  });
  const document = findGuest(store, vmid);
  if (!document) throw new AppError('not-found', `${guestLabel('qemu', vmid)} is gone`);
}

/** Repeatable; another lock, and a guest that is gone, are left alone. */
export async function unlockAfterBackup(store: ClusterStore, vmid: number): Promise<void> {
  await changeGuest(store, vmid, (document) => {
    const { config, running } = document;
    if (config['lock'] !== backupLock && running?.['lock'] !== backupLock) return undefined;
    return {
      ...document,
      config: withoutLock(config),
      ...(running ? { running: withoutLock(running) } : {}),
    };
  });
}

/** What a guest is started with that is being backed up: the lock is none of its run's. */
export function withoutLock(config: VmConfig): VmConfig {
  const { lock, ...rest } = config;
  return lock === backupLock ? rest : config;
}
