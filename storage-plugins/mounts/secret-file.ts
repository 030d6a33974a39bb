// A password in a file that only root may read, for as long as a program reads it.
import { mkdir, open, rm } from 'node:fs/promises';
import path from 'node:path';
import { inTurn } from '../folders/in-turn.ts';

/**
 * Calls `use` with the path of a file that holds `text`, and removes it whatever happens. The name is always the same for `owner` (letters,
 * digits, `_ . -`), so a file that a killed process left is removed by the next use, or by `forgetSecretFile`. The folder is in memory.
 */
export async function withSecretFile<T>(
  folder: string,
  owner: string,
  text: string,
  use: (file: string) => Promise<T>,
): Promise<T> {
  const file = path.join(folder, owner);
  return await inTurn(file, async () => {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    try {
      await rm(file, { force: true });
      const handle = await open(file, 'wx', 0o600);
      try {
        await handle.writeFile(text);
      } finally {
        await handle.close();
      }
      return await use(file);
    } finally {
      await rm(file, { force: true });
    }
  });
}

/** Removes what a killed process left of the owner. Repeatable. */
export async function forgetSecretFile(folder: string, owner: string): Promise<void> {
  const file = path.join(folder, owner);
  await inTurn(file, async () => await rm(file, { force: true }));
}
