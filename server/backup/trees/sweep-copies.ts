// Copies of containers' files that a killed daemon left: what their own task did not take away goes at the next start.
import { randomUUID } from 'node:crypto';
import { readdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import type { Exec } from '../../core/exec.ts';

/** As `copyFolder` names them; and what was about to be removed when the daemon ended. */
const copyName = /^croft-backup-ct-\d+$/;
const goneName = /^gone-[0-9a-f-]{36}$/;

/**
 * To be called before the first backup: at once every copy has another name, which nobody takes for a copy; removing them, which
 * may take long, goes on beside other work. Resolves with what was removed, by its former name. Rejects with `command-failed`.
 */
export async function sweepCopies(exec: Exec, scratch: string): Promise<string[]> {
  const gone: string[] = [];
  const names: string[] = [];
  for (const name of namesIn(scratch)) {
    if (!copyName.test(name) && !goneName.test(name)) continue;
    const path = join(scratch, `gone-${randomUUID()}`);
    renameSync(join(scratch, name), path);
    gone.push(path);
    names.push(name);
  }
  // As `removeCopy`: rm(1) follows no link, and leaves what is mounted alone.
  if (gone.length > 0)
    await exec('rm', ['-rf', '--one-file-system', '--', ...gone], {
      timeoutMs: 24 * 3_600_000,
      intention: "remove copies of containers' files that were left",
    });
  return names;
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
