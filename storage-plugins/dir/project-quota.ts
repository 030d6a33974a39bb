// Limits of trees by project quotas, where the file system has them: ext4 and XFS mounted with prjquota.
import { randomInt } from 'node:crypto';
import { realpath, statfs } from 'node:fs/promises';
import { hasCode } from '../../server/core/errors.ts';
import type { Exec } from '../../server/core/exec.ts';
import type { WorkContext } from '../../server/core/work-context.ts';
import { type MountEntry, type ReadMounts, readMountInfo } from '../folders/open-mounts.ts';

/** Numbers of our projects; those of administrators are small. */
const firstProject = 2 ** 30;
const lastProject = 2 ** 31 - 1;
const kibibyte = 1024;

export interface TreeLimits {
  /** Can trees be limited here? Asked anew each time: the file system may have been mounted otherwise. */
  available(context: WorkContext): Promise<boolean>;
  /** A number that is not in use. */
  pick(inUse: ReadonlySet<number>): number;
  /** Makes the folder, and all that comes into it later, part of the project. The folder must be empty. */
  begin(context: WorkContext, folder: string, project: number): Promise<void>;
  /** Sets the limit; 0 takes it away. In bytes. */
  set(context: WorkContext, project: number, sizeBytes: number): Promise<void>;
  /** What a limited folder holds, in bytes: statfs(2) tells it of a project's folder (ext4, XFS). */
  used(folder: string): Promise<number>;
}

/** The mount that a path is on: the longest mount point above it, the last one where there are several. */
export function mountOf(mounts: readonly MountEntry[], path: string): MountEntry | undefined {
  let best: MountEntry | undefined;
  for (const mount of mounts) {
    const { mountPoint } = mount;
    const holds = path === mountPoint || path.startsWith(mountPoint === '/' ? '/' : `${mountPoint}/`);
    if (holds && mountPoint.length >= (best?.mountPoint.length ?? 0)) best = mount;
  }
  return best;
}

/**
 * Are project quotas enforced on the mount? The kernel shows `prjquota` of ext4 (which it grants only when the file system has the
 * features `project` and `quota`) and of XFS only when they are; XFS shows `pqnoenforce` where it only counts.
 */
export function enforcesProjects({ fileSystem, options }: MountEntry): boolean {
  return (fileSystem === 'ext4' || fileSystem === 'xfs') && options.includes('prjquota');
}

export function createProjectQuota(root: string, exec: Exec, readMounts: ReadMounts): TreeLimits {
  let hasTools: boolean | undefined;
  const mount = async () => mountOf(readMountInfo(await readMounts()), await realpath(root));
  return {
    async available(context) {
      const here = await mount();
      if (!here || !enforcesProjects(here)) return false;
      hasTools ??= await exec('setquota', ['--version'], {
        signal: context.signal,
        okExitCodes: [0, 1],
      }).then(
        () => true,
        (error: unknown) => {
          if (hasCode(error, 'unavailable')) return false;
          throw error;
        },
      );
      return hasTools;
    },
    pick(inUse) {
      for (;;) {
        const project = randomInt(firstProject, lastProject);
        if (!inUse.has(project)) return project;
      }
    },
    async begin(context, folder, project) {
      // -p sets the number, +P lets everything made below inherit it (chattr(1)).
      const options = { signal: context.signal, intention: 'limit the tree' };
      await exec('chattr', ['-p', String(project), folder], options);
      await exec('chattr', ['+P', folder], options);
    },
    async set(context, project, sizeBytes) {
      const here = await mount();
      const blocks = String(Math.ceil(sizeBytes / kibibyte));
      const args = ['-P', String(project), blocks, blocks, '0', '0', here?.mountPoint ?? root];
      await exec('setquota', args, { signal: context.signal, intention: 'limit the tree' });
    },
    async used(folder) {
      const { blocks, bfree, bsize } = await statfs(folder);
      return (blocks - bfree) * bsize;
    },
  };
}
