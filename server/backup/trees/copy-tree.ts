// A copy of a running container's files: made while it runs, then brought up to date while it is frozen, which takes a moment.
import { chown, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Exec } from '../../core/exec.ts';
import type { WorkContext } from '../../core/work-context.ts';
import { type Containment, openFolders } from '../../guests/ct/setup/containment.ts';
import { rsyncExcludes } from './exclude-patterns.ts';
import type { TreePart } from './tar-orders.ts';
import { isFull, programError, startProgram } from './tar-program.ts';
import type { TreePlan } from './tree-plan.ts';
import { refuseAborted } from './write-tar.ts';

/** rsync(1): files vanished meanwhile; some could not be copied. Both are usual where everything changes. */
const passing = [0, 23, 24];
/** File systems tell times of change by the tick of a clock; a second more costs nothing. */
const marginMs = 1000;

/** Beside others that may copy there. */
export function copyFolder({ scratch, vmid }: Pick<TreePlan, 'scratch' | 'vmid'>): string {
  return join(scratch, `croft-backup-ct-${vmid}`);
}

/** Repeatable. */
export async function removeCopy(exec: Exec, plan: Pick<TreePlan, 'scratch' | 'vmid'>): Promise<void> {
  // rm(1) holds each folder that it is in: a link in the place of one leads nowhere.
  const args = ['-rf', '--one-file-system', '--', copyFolder(plan)];
  await exec('rm', args, {
    timeoutMs: 24 * 3_600_000,
    intention: "remove the copy of the container's files",
  });
}

export interface CopyOptions {
  readonly exec: Exec;
  readonly plan: TreePlan;
  /** Where this host sees the file systems of the running container. */
  readonly parts: readonly TreePart[];
  /** Milliseconds since the epoch, by the clock that files get their times from. */
  readonly now: () => number;
  /** Runs the work while the container is frozen. */
  readonly frozen: (work: () => Promise<void>) => Promise<void>;
}

/**
 * Answers the parts of the copy, below `copyFolder`, which is made. rsync sees the file system, the copy and the host's programs, and nothing
 * else; with an id map it is root of the container's numbers alone: a container that changes its folders to links meanwhile leads it nowhere.
 *
 * **What the second pass copies.** A program that writes through memory does not change a file's times with every write, only when the
 * kernel has written its page out since (mmap(2)). So everything is written out before the first pass, and in the second whatever changed
 * by its inode's time since then is copied without a look at size and times, which a container may also set as it likes.
 *
 * `no-capacity` when the scratch folder is full, `command-failed`, `cancelled`. What is there then is the caller's to remove.
 */
export async function copyTree(
  context: WorkContext,
  { exec, plan, parts, now, frozen }: CopyOptions,
): Promise<TreePart[]> {
  const { idMap, exclude, standardExcludes } = plan;
  const folder = copyFolder(plan);
  await removeCopy(exec, plan);
  await mkdir(folder, { mode: 0o700 });
  const lists = join(folder, 'lists');
  const owner = idMap?.first ?? 0;
  const copies = parts.map((part) => ({ ...part, path: join(folder, part.key) }));
  for (const path of [lists, ...copies.map((copy) => copy.path)]) {
    await mkdir(path, { mode: 0o755 });
    await chown(path, owner, owner);
  }
  const places: {
    readonly inside: Containment;
    readonly excludes: readonly string[];
    readonly key: string;
  }[] = [];
  const run = async (inside: Containment, argv: readonly string[], codes: readonly number[]) => {
    refuseAborted(context.signal);
    const command = inside.command(argv, { nodes: idMap === undefined });
    const end = await startProgram(command, { stdin: 'ignore', stdout: 'ignore' }, context.signal).ended;
    refuseAborted(context.signal);
    if (end.code === undefined || isFull(end) || !codes.includes(end.code))
      throw programError('command-failed', 'copy the files of the container', end);
  };
  try {
    for (const [index, { key, path, target }] of parts.entries()) {
      const folders = [
        { at: 'to', path: copies[index]?.path ?? '', readOnly: false },
        { at: 'from', path, readOnly: true },
        { at: 'lists', path: lists, readOnly: false },
      ];
      const excludes = rsyncExcludes(exclude, standardExcludes, target);
      places.push({ key, excludes, inside: await openFolders(exec, folders, idMap) });
    }
    const since = now() - marginMs;
    await writeOut(exec, parts);
    for (const { inside, excludes } of places)
      await run(inside, rsync(['--delete', ...excludes, '/from/', '/to/'], plan), passing);
    context.log('the files are copied; the container is frozen for those that changed meanwhile');
    await frozen(async () => {
      for (const { inside, excludes, key } of places) {
        const list = `/lists/${key}`;
        const newer = ['-newerct', `@${(since / 1000).toFixed(3)}`];
        await run(
          inside,
          ['find', '/from', '-xdev', '!', '-type', 'd', ...newer, '-fprintf', list, './%P\\0'],
          [0],
        );
        const named = ['--ignore-times', '--from0', `--files-from=${list}`, ...excludes];
        await run(inside, rsync([...named, '/from/', '/to/'], plan), [0]);
        await run(inside, rsync(['--delete', ...excludes, '/from/', '/to/'], plan), [0]);
      }
    });
    return copies;
  } finally {
    for (const { inside } of places) await inside.close();
  }
}

/** As the API's peers copy, and with holes. Device nodes cannot be made in a user namespace; sockets are of no use in a backup. */
function rsync(more: readonly string[], { idMap }: TreePlan): string[] {
  const what = ['--archive', '--hard-links', '--acls', '--xattrs', '--numeric-ids', '--sparse'];
  return ['rsync', ...what, ...(idMap ? ['--no-devices'] : []), ...more];
}

/** Every page that is changed from now on is noticed: the kernel lets nobody write to one that it wrote out without noting the time. */
async function writeOut(exec: Exec, parts: readonly TreePart[]): Promise<void> {
  for (const { path } of parts)
    await exec('sync', ['--file-system', path], {
      timeoutMs: 600_000,
      intention: 'write out the files of the container',
    });
}
