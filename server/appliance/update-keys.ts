// The public keys in the image that updates may be signed with.
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** PEM texts of all `*.pem` files, in the order of their names; none when the folder is missing. */
export async function readUpdateKeys(folder: string): Promise<readonly string[]> {
  const names = await readdir(folder).catch(() => []);
  const pems = names.filter((name) => name.endsWith('.pem')).sort();
  return await Promise.all(pems.map((name) => readFile(join(folder, name), 'utf8')));
}
