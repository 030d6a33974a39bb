// `croft ct push` and `pull`: files and folders into a running container and out of it.
import { createReadStream, createWriteStream, statSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Command } from 'commander';
import { AppError, hasCode, invalidInput } from '../core/errors.ts';
import { randomName } from '../core/ids.ts';
import { readSize } from '../core/units.ts';
import { pullFolder } from './ct-pull-folder.ts';
import { type NewOwner, pushFolder } from './ct-push-folder.ts';
import { runInside } from './ct-run.ts';
import type { Session } from './session.ts';

interface PushOptions {
  readonly perms?: string;
  readonly mode?: string;
  readonly user?: string;
  readonly group?: string;
  readonly owner?: string;
}

const usualLimit = '10G';
/** Of /etc/passwd and /etc/group inside. */
const mostIdBytes = 1024 * 1024;

/** Adds the commands to the group `ct`. */
export function addCtCopy(group: Command, session: () => Session): void {
  group
    .command('push')
    .description('copy a file, or a folder with all that is in it, into a running container')
    .argument('<ct>', 'number or name')
    .argument('<file>', 'here; links in a folder are left out')
    .argument('<path>', 'there; the same name when it ends with /')
    .option('--perms <octal>', 'permissions: 0644 of a file, as here in a folder')
    .option('--user <user>', 'owner, by number or by a name that the container knows; 0')
    .option('--group <group>', 'group, by number or by a name that the container knows; 0')
    .option('--mode <octal>', 'the same as --perms')
    .option('--owner <uid:gid>', 'user and group at once, by numbers')
    .action((ct: string, file: string, path: string, options: PushOptions) =>
      push(session(), ct, file, path, options),
    );

  group
    .command('pull')
    .description('copy a file, or a folder with all that is in it, out of a running container')
    .argument('<ct>', 'number or name')
    .argument('<path>', 'there; links in a folder are left out')
    .argument(
      '[file]',
      'here; the same name when left out, below the folder when it ends with /, - for standard output',
    )
    .option('--limit <size>', `of a folder: no more than this, ${usualLimit}`)
    .action((ct: string, path: string, file: string | undefined, options: { limit?: string }) =>
      pull(session(), ct, path, file, options.limit ?? usualLimit),
    );
}

async function push(
  session: Session,
  reference: string,
  file: string,
  target: string,
  options: PushOptions,
): Promise<void> {
  const stat = statSync(file, { throwIfNoEntry: false });
  if (!stat?.isFile() && !stat?.isDirectory())
    throw invalidInput({ file: `there is no file or folder '${file}'` });
  const wish = readWish(options);
  const { path } = await session.guest(reference, 'lxc');
  const owner: NewOwner = {
    ...(wish.mode === undefined ? {} : { mode: wish.mode }),
    ...(wish.user === undefined ? {} : { uid: await idOf(session, path, 'user', wish.user) }),
    ...(wish.group === undefined ? {} : { gid: await idOf(session, path, 'group', wish.group) }),
  };
  const to = target.endsWith('/') ? `${target}${basename(resolve(file))}` : target;
  if (stat.isDirectory()) return pushFolder(session, path, file, insidePath(to), owner);
  await session.client.put(`${path}/file`, { path: to, ...owner }, createReadStream(file));
}

function readWish({ perms, mode, user, group, owner }: PushOptions) {
  if (perms !== undefined && mode !== undefined)
    throw invalidInput({ perms: 'is the same as --mode: give one' });
  if (owner !== undefined && (user !== undefined || group !== undefined))
    throw invalidInput({ owner: 'goes without --user and --group' });
  const bits = perms ?? mode;
  if (bits !== undefined && !/^0?[0-7]{3}$/.test(bits))
    throw invalidInput({ [perms === undefined ? 'mode' : 'perms']: 'write octal digits, 0644' });
  const ids = owner === undefined ? undefined : /^(\d+):(\d+)$/.exec(owner);
  if (ids === null) throw invalidInput({ owner: 'write two numbers, 0:0' });
  return { mode: bits, user: ids?.[1] ?? user, group: ids?.[2] ?? group };
}

/** The number of a user or group of the container, whose word is law there. */
async function idOf(session: Session, path: string, kind: 'user' | 'group', word: string): Promise<string> {
  if (/^\d+$/.test(word)) return word;
  const file = kind === 'user' ? '/etc/passwd' : '/etc/group';
  let text = '';
  for await (const chunk of await session.client.fetch(`${path}/file`, { path: file })) {
    text += String(chunk);
    if (text.length > mostIdBytes) throw new AppError('wrong-state', `${file} of the container is too large`);
  }
  const fields = text.split('\n').map((line) => line.split(':'));
  const id = fields.find(([name]) => name === word)?.[2];
  if (id === undefined || !/^\d{1,10}$/.test(id))
    throw invalidInput({ [kind]: `the container has no ${kind} '${word}'` });
  return id;
}

/** The file appears when it is whole. */
async function pull(
  session: Session,
  reference: string,
  source: string,
  file: string | undefined,
  limit: string,
): Promise<void> {
  const mostBytes = readSize(limit);
  const { path } = await session.guest(reference, 'lxc');
  const name = basename(source);
  const target = file?.endsWith('/') ? `${file}${name}` : (file ?? name);
  const content = await session.client
    .fetch(`${path}/file`, { path: source.replace(/(?<=.)\/+$/, '') })
    .catch(async (error: unknown) => {
      if (!hasCode(error, 'wrong-state') && source !== '/') throw error;
      if (!(await isFolder(session, path, source))) throw error;
      return undefined;
    });
  if (content === undefined) {
    if (target === '-' || target === '') throw invalidInput({ file: 'a folder needs a place here' });
    return pullFolder(session, path, insidePath(source), target, mostBytes);
  }
  if (target === '-') {
    for await (const chunk of content) session.io.stdout.write(chunk);
    return;
  }
  const fresh = `${target}.${randomName()}.part`;
  try {
    await pipeline(content, createWriteStream(fresh, { flags: 'wx' }));
    await rename(fresh, target);
  } catch (error) {
    await rm(fresh, { force: true });
    throw error;
  }
}

async function isFolder(session: Session, path: string, folder: string): Promise<boolean> {
  const { exitcode } = await runInside(session, path, ['test', '-d', folder]);
  return exitcode === 0;
}

/** Without a slash at its end; '' for the root. `invalid-input` when it is not absolute, or goes up. */
function insidePath(path: string): string {
  const parts = path.split('/').filter((part) => part !== '');
  if (!path.startsWith('/') || parts.some((part) => part === '.' || part === '..'))
    throw invalidInput({ path: "write an absolute path inside the container, without '.' or '..'" });
  return parts.map((part) => `/${part}`).join('');
}
