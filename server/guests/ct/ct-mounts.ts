// Working in the root of a container that does not run: attached and mounted for the time of the work, and let go of after.
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import type { Attachment } from '../../../storage-plugins/plugin.ts';
import type { WorkContext } from '../../core/work-context.ts';
import { quietContext } from '../../core/work-context.ts';
import type { CtParts } from '../ct-parts.ts';
import { detachVolume } from '../guest-volumes.ts';
import { splitVolume } from '../volume-names.ts';
import type { CtMountPlan } from './ct-driver.ts';
import { ctIdMap } from './ct-driver.ts';

type MountParts = Pick<CtParts, 'driver' | 'storages'>;

/** A second place for mounts, for copying from one volume to another; above every number that a guest can have. */
export function secondPlace(vmid: number): number {
  return 1_000_000_000 + vmid;
}

/** Who owns the root folder of new file systems. */
export function rootOwner(unprivileged: boolean): number {
  return unprivileged ? ctIdMap.first : 0;
}

function rootPlan(attachment: Attachment, readOnly: boolean): CtMountPlan {
  return { key: 'rootfs', attachment, target: '/', readOnly, options: [], idmapped: false };
}

/**
 * Attaches a volume, or one of its snapshots, mounts it at the place of number `place`, and takes it away after `work`, whatever
 * came of it. A crash leaves it mounted: undo with `leavePlace`.
 */
export async function withMounted<T>(
  parts: MountParts,
  context: WorkContext,
  at: {
    readonly place: number;
    readonly volume: string;
    readonly snapshot?: string | undefined;
    readonly unprivileged: boolean;
    readonly readOnly?: boolean;
    /** A running container has the volume open: it stays attached. */
    readonly inUse?: boolean;
    /** Stays mounted when the work went well, for the start that follows. */
    readonly keep?: boolean;
  },
  work: (path: string) => Promise<T>,
): Promise<T> {
  const { place, volume, snapshot, unprivileged, readOnly = false, inUse = false, keep = false } = at;
  const { storage, name } = splitVolume(volume);
  const attachment = await parts.storages.storage(storage).attach(context, name, snapshot);
  let kept = false;
  try {
    const path = await parts.driver.mount(context, place, [rootPlan(attachment, readOnly)], unprivileged);
    const result = await work(path);
    kept = keep;
    return result;
  } finally {
    if (!kept) await leavePlace(parts, context, place, inUse ? undefined : volume);
  }
}

/** Takes what is mounted at the place away and lets go of the volume. Repeatable; also after a cancelled work. */
export async function leavePlace(
  parts: MountParts,
  context: WorkContext,
  place: number,
  volume: string | undefined,
): Promise<void> {
  await freePlace(parts, place);
  const unhurried = { ...quietContext(), log: (line: string) => context.log(line) };
  if (volume !== undefined) await detachVolume(parts.storages, unhurried, volume);
}

/** Takes what is mounted at the place away; a second place goes as a whole, since no guest is there to be removed. Repeatable. */
export async function freePlace(parts: Pick<MountParts, 'driver'>, place: number): Promise<void> {
  await parts.driver.unmount(place);
  if (place >= secondPlace(0)) await parts.driver.undefine(place);
}

/** `giveRoot` of the daemon: the folder itself, never what a link at its place leads to. */
export async function giveRootFolder(path: string, uid: number): Promise<void> {
  const folder = await open(path, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);
  try {
    await folder.chown(uid, uid);
  } finally {
    await folder.close();
  }
}
