// The steps of a restore while the VM runs: it starts on empty disks above the served backup, and what is below comes in meanwhile.
import type { Attachment } from '../../../storage-plugins/plugin.ts';
import { leaveArchive, requireFile } from '../../backup/restore/archive-access.ts';
import type { ServedArchive } from '../../backup/restore/archive-worker.ts';
import type { RestoredDisk } from '../../backup/restore/plan-vm-restore.ts';
import { asAppError } from '../../core/errors.ts';
import { quietContext } from '../../core/work-context.ts';
import { splitDriveKey, type VmConfig } from '../../guests/config/config-keys.ts';
import type { GuestDocument } from '../../guests/config/guest-document.ts';
import { usedDisksOf } from '../../guests/config/vm-disks.ts';
import { changeGuest, findGuest } from '../../guests/guest-documents.ts';
import { attachVolume, detachVolume, type MadeVolume } from '../../guests/guest-volumes.ts';
import type { ServedBacking } from '../../guests/vm/vm-start.ts';
import type { VmParts } from '../../guests/vm-parts.ts';
import { vmRuns } from '../../guests/vm-state-rules.ts';
import { bytesPerSecond } from '../../storage/bandwidth-limits.ts';
import type { TaskContext } from '../task.ts';
import type { VmRestoreKindParts } from './restore-vm.ts';

/** Of a disk that cannot be read through. */
const mostTries = 4;

/** Those that the guest can do without at first. What its firmware and its TPM keep is small, and comes before it starts. */
export function isServed({ key }: Pick<RestoredDisk, 'key'>): boolean {
  return splitDriveKey(key) !== undefined;
}

/** What is brought in from where, by whom it is served. */
export interface LiveSource {
  readonly vmid: number;
  readonly archive: string;
  readonly disks: readonly Pick<RestoredDisk, 'key' | 'device'>[];
  /** KiB per second. */
  readonly limitKib?: number;
}

/** The new volumes of drives become such that the rest can come into them. Before the guest starts; repeatable. */
export async function prepareDrives(
  parts: VmRestoreKindParts,
  context: TaskContext,
  made: readonly MadeVolume[],
): Promise<void> {
  for (const { key, volume } of made) {
    if (!isServed({ key })) continue;
    try {
      await parts.live.prepare(context, await attachVolume(parts.storages, context, volume));
    } finally {
      await detachVolume(parts.storages, quietContext(), volume);
    }
  }
}

/** Servers of this life of the daemon, by guest; one that ends takes them along. */
export class LiveServers {
  readonly #parts: VmRestoreKindParts;
  readonly #running = new Map<number, ServedArchive>();

  constructor(parts: VmRestoreKindParts) {
    this.#parts = parts;
  }

  /** Serves what the guest still lacks; answers where. Repeatable. */
  async start(context: TaskContext, { vmid, archive, disks }: LiveSource): Promise<string> {
    const { socket, owner } = await this.#parts.live.place(vmid);
    if (this.#running.has(vmid)) return socket;
    const file = await requireFile(this.#parts, context, archive);
    const exports = disks.filter(isServed).map(({ key, device }) => ({ device, exportName: key }));
    const served = await this.#parts.archives.serve(context, { archive: file, socket, owner, exports });
    this.#running.set(vmid, served);
    return socket;
  }

  /** Repeatable; also what another life of the daemon had attached is let go of. */
  async stop(context: TaskContext, { vmid, archive }: Pick<LiveSource, 'vmid' | 'archive'>): Promise<void> {
    await this.#running.get(vmid)?.stop();
    this.#running.delete(vmid);
    await leaveArchive(this.#parts, context, archive);
  }
}

/** The parts of a start whose disks have the served backup below them. */
export function startingFrom(parts: VmRestoreKindParts): VmParts {
  return {
    ...parts,
    renderStart(vmid, config, attachments) {
      const restoring = findGuest(parts.store, vmid)?.restoring;
      if (!restoring) return parts.renderStart(vmid, config, attachments);
      const opened = new Map<string, Attachment>(attachments);
      const waiting: Record<string, VmConfig[string]> = { ...config };
      for (const key of restoring.drives) {
        const attachment = attachments.get(key);
        if (attachment?.kind !== 'file' && attachment?.kind !== 'block') continue;
        const below: ServedBacking = { path: key, format: 'raw', socket: restoring.socket };
        opened.set(key, { ...attachment, backing: [below] });
        // While nobody serves (the daemon is started again) it stands, and sees no error.
        if (!/,rerror=/.test(String(config[key]))) waiting[key] = `${config[key]},rerror=stop`;
      }
      return parts.renderStart(vmid, waiting, opened);
    },
  };
}

/** All that is missing comes in; then the guest is one like all others. Repeatable. */
export async function bringInRest(
  parts: VmRestoreKindParts,
  servers: LiveServers,
  context: TaskContext,
  params: LiveSource,
): Promise<void> {
  const { vmid } = params;
  const socket = await servers.start(context, params);
  await parts.states.refresh();
  if (parts.states.observed(vmid)?.halted === 'io-error') await parts.driver.resume(vmid);
  const drives = findGuest(parts.store, vmid)?.restoring?.drives ?? [];
  for (const [index, key] of drives.entries()) {
    const part: TaskContext = {
      ...context,
      progress: (fraction) => context.progress((index + fraction) / drives.length),
    };
    await bringIn(parts, part, params, key, socket);
    await changeGuest(parts.store, vmid, (document) => withRest(document, (left) => left !== key));
    context.log(`${key}: all of it is here`);
  }
  await changeGuest(parts.store, vmid, whole);
  await servers.stop(context, params);
}

async function bringIn(
  parts: VmRestoreKindParts,
  context: TaskContext,
  { vmid, limitKib = 0 }: LiveSource,
  key: string,
  socket: string,
): Promise<void> {
  for (let tries = 1; vmRuns(parts, vmid); tries += 1) {
    try {
      await parts.driver.pullDisk(context, vmid, parts.diskTarget(key), bytesPerSecond(limitKib) ?? 0);
      return;
    } catch (error) {
      await parts.states.refresh();
      // QEMU finds a server that is back by its second request only.
      if (context.signal.aborted || (tries >= mostTries && vmRuns(parts, vmid))) throw error;
      if (parts.states.observed(vmid)?.halted === 'io-error') await parts.driver.resume(vmid);
    }
  }
  await parts.ends.settle(vmid, context);
  context.log(`${key}: the guest does not run; the rest comes in without it`);
  const volume = usedDisksOf(findGuest(parts.store, vmid)?.config ?? {}).find(
    (disk) => disk.key === key,
  )?.volume;
  if (volume === undefined) return;
  try {
    const image = await attachVolume(parts.storages, context, volume);
    await parts.live.complete(context, image, { socket, exportName: key });
  } finally {
    await detachVolume(parts.storages, quietContext(), volume);
  }
}

/** It keeps what it has; nobody may start it as it is. */
export async function leaveUnfinished(
  parts: VmRestoreKindParts,
  servers: LiveServers,
  context: TaskContext,
  params: LiveSource,
): Promise<void> {
  const { vmid } = params;
  const { restoring } = findGuest(parts.store, vmid) ?? {};
  if (restoring) {
    context.warn(`VM ${vmid} lacks a part of ${restoring.drives.join(', ')}: its disks keep what it wrote`);
    context.warn(
      'it cannot be started until its restore is finished: by finish-restore, or when Croft starts again',
    );
  }
  try {
    await servers.stop(context, params);
  } catch (error) {
    context.warn(`the backup could not be let go of: ${asAppError(error).message}`);
  }
}

function withRest(document: GuestDocument, isLeft: (key: string) => boolean): GuestDocument {
  const { restoring } = document;
  if (!restoring) return document;
  return { ...document, restoring: { ...restoring, drives: restoring.drives.filter(isLeft) } };
}

function whole({ restoring: _, running, ...document }: GuestDocument): GuestDocument {
  const unlocked = ({ lock: _lock, ...config }: VmConfig): VmConfig => config as VmConfig;
  return {
    ...document,
    config: unlocked(document.config),
    ...(running ? { running: unlocked(running) } : {}),
  };
}
