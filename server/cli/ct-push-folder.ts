// `croft ct push` of a folder: walks it here without following links, makes the folders inside, sends file by file.
import { constants } from 'node:fs';
import { open, opendir } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError, invalidInput } from '../core/errors.ts';
import { type Copied, tellCopied } from './ct-copied.ts';
import { findInside, runOver } from './ct-run.ts';
import type { Session } from './session.ts';

/** As the container counts and `chmod` writes; what is left out is as it is here (permissions), or root. */
export interface NewOwner {
  readonly mode?: string;
  readonly uid?: string;
  readonly gid?: string;
}

interface Found {
  /** Names below the folder, parents first; '' for itself. */
  readonly folders: string[];
  readonly files: string[];
  readonly others: string[];
}

const mostEntries = 100_000;

/** `target`: absolute, inside, without a slash at its end. Folders that are there already keep their owner and permissions. */
export async function pushFolder(
  session: Session,
  path: string,
  source: string,
  target: string,
  owner: NewOwner,
): Promise<void> {
  const found = await walk(source);
  const inside = (name: string) => (name === '' ? target || '/' : `${target}/${name}`);
  await makeFolders(session, path, found.folders.map(inside), owner);
  const copied: Copied = { files: 0, folders: found.folders.length, bytes: 0, left: found.others };
  const { mode, ...ids } = owner;
  for (const name of found.files) {
    // Not through a link that has come in its place since.
    const handle = await open(
      join(source, name),
      constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK,
    ).catch((cause: unknown) => {
      throw new AppError('invalid-input', `cannot read ${join(source, name)}`, { cause });
    });
    try {
      const stat = await handle.stat();
      if (!stat.isFile()) throw new AppError('invalid-input', `${join(source, name)} is not a file any more`);
      const own = (stat.mode & 0o777).toString(8).padStart(3, '0');
      const params = { path: inside(name), mode: mode ?? own, ...ids };
      await session.client.put(`${path}/file`, params, handle.createReadStream({ autoClose: false }));
      copied.files += 1;
      copied.bytes += stat.size;
    } finally {
      await handle.close();
    }
  }
  tellCopied(session, copied);
}

async function walk(source: string): Promise<Found> {
  const found: Found = { folders: [''], files: [], others: [] };
  for (const folder of found.folders) {
    for await (const entry of await opendir(join(source, folder))) {
      const name = folder === '' ? entry.name : `${folder}/${entry.name}`;
      const kind = entry.isDirectory() ? found.folders : entry.isFile() ? found.files : found.others;
      // Bytes that are no text come out as this stand-in, by which nothing can be opened.
      (name.includes('\uFFFD') ? found.others : kind).push(name);
      if (found.folders.length + found.files.length + found.others.length > mostEntries)
        throw invalidInput({
          file: `${source} has more than ${mostEntries} entries: push the folders in it`,
        });
    }
  }
  return found;
}

/** Makes those that are missing, and only them gives owner and permissions: who may read a file may enter its folder. */
async function makeFolders(
  session: Session,
  path: string,
  folders: readonly string[],
  { mode, uid = '0', gid = '0' }: NewOwner,
): Promise<void> {
  const { names } = await findInside(session, path, folders, ['-prune', '-type', 'd']);
  const there = new Set(names);
  const missing = folders.filter((folder) => !there.has(`${folder}/.`));
  const bits = Number.parseInt(mode ?? '755', 8) & 0o777;
  const entered = (bits | ((bits & 0o444) >> 2)).toString(8).padStart(3, '0');
  await runOver(session, path, ['mkdir', '-p'], missing);
  await runOver(session, path, ['chown', `${uid}:${gid}`], missing);
  await runOver(session, path, ['chmod', entered], missing);
}
