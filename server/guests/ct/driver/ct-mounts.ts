// Mounts and unmounts a container's file systems in the host's mount namespace, below its run folder.
import { chmodSync, chownSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { Clock } from '../../../core/clock.ts';
import { AppError } from '../../../core/errors.ts';
import type { Exec } from '../../../core/exec.ts';
import { mountedBelow, readHostMounts } from '../../../core/mount-table.ts';
import { type RootFiles, withRoot } from '../../../core/root-files.ts';
import type { WorkContext } from '../../../core/work-context.ts';
import { type CtMountPlan, ctIdMap } from '../ct-driver.ts';
import { ctPaths } from '../ct-paths.ts';
import { forgetMounts, noteMount } from './mount-notes.ts';
import { mountSource } from './mount-source.ts';
import type { Mounter } from './mounter.ts';
import { readNow } from './read-now.ts';

export interface MountParts {
  readonly exec: Exec;
  readonly mounter: Mounter;
  readonly base: string;
  readonly clock: Clock;
}

/** What was mounted, beside the list of mount points: says later whether it is still what is wanted. */
interface MountRecord {
  readonly mounts: readonly CtMountPlan[];
  readonly unprivileged: boolean;
}

/** Every mount point but the root is first mounted here, with its options, then bound to its place. */
function mountSourcesFolder(base: string, vmid: number): string {
  return join(ctPaths(base, vmid).folder, 'sources');
}

/** Root's, and passable for the container's own root: LXC opens the root file system as that user. */
export function makeRunFolder(base: string, vmid: number, unprivileged: boolean): void {
  const { folder } = ctPaths(base, vmid);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  chownSync(folder, 0, unprivileged ? ctIdMap.first : 0);
  chmodSync(folder, unprivileged ? 0o710 : 0o700);
}

/** Are exactly these mounted? */
export function isMountedAs(
  base: string,
  vmid: number,
  mounts: readonly CtMountPlan[],
  unprivileged: boolean,
): boolean {
  const record = readRecord(base, vmid);
  if (!record || !isDeepStrictEqual(record, plainRecord({ mounts, unprivileged }))) return false;
  const there = new Set(readHostMounts().map(({ point }) => point));
  return mounts.every(({ key }) =>
    there.has(key === 'rootfs' ? ctPaths(base, vmid).root : join(mountSourcesFolder(base, vmid), key)),
  );
}

/** Mounts all, in the order given, root first. Mounted otherwise before: that is taken away first. Nothing is left when it fails. */
export async function mountAll(
  parts: MountParts,
  context: WorkContext,
  vmid: number,
  mounts: readonly CtMountPlan[],
  unprivileged: boolean,
): Promise<string> {
  const paths = ctPaths(parts.base, vmid);
  if (isMountedAs(parts.base, vmid, mounts, unprivileged)) return paths.root;
  checkPlans(mounts);
  await unmountAll(parts, vmid);
  try {
    makeRunFolder(parts.base, vmid, unprivileged);
    mkdirSync(paths.root, { recursive: true, mode: 0o755 });
    for (const plan of mounts) {
      context.signal.throwIfAborted();
      await mountOne(parts, context, vmid, plan, unprivileged);
    }
    writeRecord(parts.base, vmid, { mounts, unprivileged });
    return paths.root;
  } catch (error) {
    await unmountAll(parts, vmid).catch(() => {});
    throw error;
  }
}

/** One more mount point, noted as the others: its source at a place of ours (answered), and bound below the host's view of the root. */
export async function mountOne(
  { exec, mounter, base }: MountParts,
  { signal }: WorkContext,
  vmid: number,
  plan: CtMountPlan,
  unprivileged: boolean,
): Promise<string> {
  const paths = ctPaths(base, vmid);
  const layers = join(paths.folder, 'layers', plan.key);
  if (plan.key === 'rootfs') {
    noteMount(paths.mounts, paths.root);
    await mountSource({ exec, mounter }, plan, paths.root, layers, { unprivileged, signal });
    return paths.root;
  }
  const source = join(mountSourcesFolder(base, vmid), plan.key);
  mkdirSync(source, { recursive: true, mode: 0o755 });
  noteMount(paths.mounts, source);
  await mountSource({ exec, mounter }, plan, source, layers, { unprivileged, signal });
  await withRoot(paths.root, async (root) => {
    await makeTarget(root, plan);
    // LXC mounts idmapped ones itself: it takes the container's user namespace.
    if (plan.idmapped) return;
    const place = await root.hold(plan.target);
    try {
      noteMount(paths.mounts, `${paths.root}${plan.target}`);
      // The dot at the end: newer versions of mount(8) do not follow a link in the last part of the path.
      if (await mounter.bind(source, `${place.path}/.`, [])) return;
      const args = ['--no-canonicalize', '--bind', source, `${place.path}/.`];
      await exec('mount', args, { signal, timeoutMs: 60_000, intention: `mount ${plan.key}` });
    } finally {
      await place.close();
    }
  });
  return source;
}

async function makeTarget(root: RootFiles, plan: CtMountPlan): Promise<void> {
  try {
    await root.makeFolders(plan.target);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    throw new AppError(error.code, `${plan.key}: ${error.message}`, { cause: error });
  }
}

/** Where each of its file systems is mounted, by its key: the root, and the others at a place of ours. */
export function mountedPaths(base: string, vmid: number): Map<string, string> {
  const { mounts = [] } = readRecord(base, vmid) ?? {};
  const pathOf = (key: string) =>
    key === 'rootfs' ? ctPaths(base, vmid).root : join(mountSourcesFolder(base, vmid), key);
  return new Map(mounts.map(({ key }) => [key, pathOf(key)]));
}

/** Were its file systems mounted for an unprivileged container? */
export function isMountedUnprivileged(base: string, vmid: number): boolean {
  return readRecord(base, vmid)?.unprivileged ?? true;
}

/** Adds a mount point made in a running container to the record. */
export function recordMount(base: string, vmid: number, plan: CtMountPlan): void {
  const record = readRecord(base, vmid);
  if (!record) return;
  const others = record.mounts.filter(({ key }) => key !== plan.key);
  writeRecord(base, vmid, { ...record, mounts: [...others, plan] });
}

/**
 * Takes everything away that is mounted below the run folder. What is mounted below the root goes with the root (umount2(2),
 * MNT_DETACH): a path through the container's own folders could lead anywhere. Repeatable.
 */
export async function unmountAll({ exec, mounter, base, clock }: MountParts, vmid: number): Promise<void> {
  const paths = ctPaths(base, vmid);
  const record = readRecord(base, vmid);
  const ours = () => {
    const all = mountedBelow(readHostMounts(), paths.folder);
    return all.filter(({ point }) => !point.startsWith(`${paths.root}/`));
  };
  let left = ours();
  for (let round = 0; round < 10 && left.length > 0; round++) {
    for (const { point } of left) {
      if (await mounter.unmount(point, false)) continue;
      if (await mounter.unmount(point, true)) continue;
      const quiet = { okExitCodes: [0, 1, 16, 32], timeoutMs: 60_000, intention: 'unmount a container' };
      const { exitCode } = await exec('umount', [point], quiet);
      if (exitCode !== 0) await exec('umount', ['-l', point], quiet);
    }
    left = ours();
  }
  if (left.length > 0)
    throw new AppError('busy', `${left.length} mounts of container ${vmid} cannot be taken away`, {
      detail: left.map(({ point }) => point).join(' '),
    });
  forgetMounts(paths.mounts);
  for (const name of ['mounts.json', 'layers', 'sources', 'devices'])
    if (existsSync(join(paths.folder, name))) rmSync(join(paths.folder, name), { recursive: true });
  await waitForLoops(clock, record);
}

/** An image is free for others when its loop device let go of it, which happens a little after the unmounting. */
async function waitForLoops(clock: Clock, record: MountRecord | undefined): Promise<void> {
  const images = (record?.mounts ?? []).flatMap(({ attachment }) =>
    attachment.kind === 'file' ? [attachment.path] : [],
  );
  if (images.length === 0) return;
  for (let tries = 0; tries < 100; tries++) {
    const loops = (await readdir('/sys/block')).filter((name) => name.startsWith('loop'));
    const files = await Promise.all(
      loops.map((name) => readFile(`/sys/block/${name}/loop/backing_file`, 'utf8').catch(() => '')),
    );
    if (!files.some((file) => images.includes(file.trimEnd()))) return;
    await clock.sleep(50);
  }
}

function checkPlans(mounts: readonly CtMountPlan[]): void {
  if (mounts[0]?.key !== 'rootfs' || mounts[0].target !== '/')
    throw new AppError('invalid-input', 'the root file system must come first');
  for (const { key, target } of mounts) {
    if (!/^[a-z0-9]+$/.test(key)) throw new AppError('invalid-input', `'${key}' is no mount point`);
    if (!target.startsWith('/') || /[\n\r\0]/.test(target))
      throw new AppError('invalid-input', `${key}: the path inside must be absolute, on one line`);
    if (key !== 'rootfs' && /^\/*$/.test(target))
      throw new AppError('invalid-input', `${key}: the root is mounted already`);
  }
}

const recordFile = (base: string, vmid: number) => join(ctPaths(base, vmid).folder, 'mounts.json');

function plainRecord(record: MountRecord): MountRecord {
  return JSON.parse(JSON.stringify(record));
}

function readRecord(base: string, vmid: number): MountRecord | undefined {
  const text = readNow(recordFile(base, vmid));
  return text === undefined ? undefined : JSON.parse(text);
}

function writeRecord(base: string, vmid: number, record: MountRecord): void {
  writeFileSync(recordFile(base, vmid), JSON.stringify(record), { mode: 0o600 });
}
