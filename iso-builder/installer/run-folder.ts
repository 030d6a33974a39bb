// The folder of one installation below /run: its secrets, its mount points, and how far it went. Gone with the power.
import { chmod, mkdir, readdir, readFile, rm, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError } from '../../server/core/errors.ts';
import { writePrivateFile } from '../../server/core/private-file.ts';

/** What must not be stored with the task. */
export interface InstallSecrets {
  /** Root's, as in shadow(5); undefined: none was given. */
  readonly passwordHash: string | undefined;
}

/** `released`: the disks were taken from whoever held them. `erasing`: what was on them is being destroyed. */
export type Stage = 'released' | 'erasing';

export interface RunFolder {
  /** An empty mount point; made when missing. */
  mountPoint(name: 'system' | 'state' | 'esp'): Promise<string>;
  readonly mountPoints: readonly string[];
  keepSecrets(secrets: InstallSecrets): void;
  /** `wrong-state` when they are gone: the machine was started anew, or the installation is over. */
  secrets(): Promise<InstallSecrets>;
  /** Survives the daemon, not the machine: what a later life of the daemon finds out here it must clean up. */
  enter(stage: Stage): Promise<void>;
  stage(): Promise<Stage | undefined>;
  /** Repeatable. */
  forgetSecrets(): Promise<void>;
  /** Removes everything; repeatable. Fails while something is mounted below it, and removes none of that. */
  remove(): Promise<void>;
}

const idPattern = /^[A-Za-z0-9_-]{8,64}$/;
const mountNames = ['system', 'state', 'esp'] as const;

/** The folder of installation `id` below `base`, which only root may enter. Nothing is made until it is needed. */
export function runFolder(base: string, id: string): RunFolder {
  if (!idPattern.test(id)) throw new AppError('invalid-input', 'the installation has no valid id');
  const folder = join(base, id);
  const secretFile = join(folder, 'secret.json');
  const stageFile = join(folder, 'stage');
  const make = async () => {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await chmod(folder, 0o700);
  };
  return {
    mountPoints: mountNames.map((name) => join(folder, name)),
    async mountPoint(name) {
      await make();
      const point = join(folder, name);
      await mkdir(point, { recursive: true, mode: 0o700 });
      return point;
    },
    keepSecrets: (secrets) => writePrivateFile(secretFile, JSON.stringify(secrets)),
    async secrets() {
      try {
        return JSON.parse(await readFile(secretFile, 'utf8')) as InstallSecrets;
      } catch (cause) {
        throw new AppError('wrong-state', "the installation's password is no longer there: start it anew", {
          cause,
        });
      }
    },
    async enter(stage) {
      await make();
      await writeFile(stageFile, stage, { mode: 0o600, flush: true });
    },
    async stage() {
      const text = await readFile(stageFile, 'utf8').catch(() => '');
      return text === 'released' || text === 'erasing' ? text : undefined;
    },
    forgetSecrets: () => rm(secretFile, { force: true }),
    async remove() {
      // Mount points go by rmdir: were one still mounted, nothing of what is in it may be deleted.
      for (const name of mountNames) await rmdir(join(folder, name)).catch(ignoreMissing);
      for (const file of [secretFile, stageFile]) await rm(file, { force: true });
      await rmdir(folder).catch(ignoreMissing);
    },
  };
}

/**
 * Removes the secrets of all installations: after a start of the daemon none goes on, it is only undone. What tells how far
 * one went stays for that.
 */
export async function sweepRunFolders(base: string): Promise<void> {
  for (const id of await readdir(base).catch(() => [])) {
    await rm(join(base, id, 'secret.json'), { force: true });
    // Fails where something else is in it.
    await rmdir(join(base, id)).catch(() => {});
  }
}

function ignoreMissing(error: unknown): void {
  if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
}
