// CHAP in open-iscsi's record of a target's portal. Written into the file: as an argument of iscsiadm everybody could read it.
import { randomBytes } from 'node:crypto';
import { open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError, invalidInput } from '../../server/core/errors.ts';
import type { TargetPortal } from './iscsi-names.ts';

export interface Chap {
  readonly username: string;
  readonly password: string;
}

/** Where open-iscsi keeps its records: since 2.1.9, and before. */
const databaseFolders = ['/var/lib/iscsi', '/etc/iscsi'] as const;

/** open-iscsi keeps 255 bytes of each (AUTH_STR_MAX_LEN 256). */
const longestBytes = 255;

/** Both or none. `invalid-input` about what would not survive the record's form: a line `name = value`. */
export function readChap(options: Readonly<Record<string, unknown>>): Chap | undefined {
  const username = options['username'];
  const password = options['password'];
  if (username === undefined && password === undefined) return undefined;
  if (typeof username !== 'string') throw invalidInput({ username: 'a CHAP password needs a user name' });
  if (typeof password !== 'string') throw invalidInput({ password: 'a CHAP user name needs a password' });
  const rule = `1 to ${longestBytes} printable ASCII characters without spaces, the first no =`;
  const fits = (text: string) =>
    /^[\x21-\x7e]+$/.test(text) && !text.startsWith('=') && text.length <= longestBytes;
  if (!fits(username)) throw invalidInput({ username: rule });
  if (!fits(password)) throw invalidInput({ password: rule });
  return { username, password };
}

/** The record's text with that CHAP, or none, in place of what it has. Pure. */
function renderRecord(record: string, chap: Chap | undefined): string {
  const settings: readonly (readonly [string, string | undefined])[] = [
    ['node.session.auth.authmethod', chap ? 'CHAP' : 'None'],
    ['node.session.auth.username', chap?.username],
    ['node.session.auth.password', chap?.password],
  ];
  const lines = record.split('\n').filter((line) => {
    const name = /^\s*([^\s=]+)\s*=/.exec(line)?.[1];
    return !settings.some(([setting]) => setting === name);
  });
  const end = lines.findIndex((line) => line.startsWith('# END RECORD'));
  const place = end === -1 ? lines.length : end;
  const written = settings.flatMap(([name, value]) => (value === undefined ? [] : [`${name} = ${value}`]));
  return [...lines.slice(0, place), ...written, ...lines.slice(place)].join('\n');
}

/**
 * Writes it into the portal's record, which only root can read, in place by rename. `unavailable` when there is no record. `root` stands
 * for `/`, for tests.
 */
export async function writeChap(root: string, portal: TargetPortal, chap: Chap | undefined): Promise<void> {
  const found = await findRecord(root, portal);
  if (found === undefined)
    throw new AppError(
      'unavailable',
      'open-iscsi made no record of the target: see its database in /var/lib/iscsi',
    );
  const text = renderRecord(await readFile(found.file, 'utf8'), chap);
  // Beside the database's folders: open-iscsi would take it for a record there.
  const temporary = join(found.database, `.croft-${randomBytes(8).toString('hex')}.part`);
  try {
    const handle = await open(temporary, 'wx', 0o600);
    try {
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, found.file);
  } catch (cause) {
    await rm(temporary, { force: true });
    throw new AppError('unavailable', "open-iscsi's record of the target cannot be written", { cause });
  }
}

/** `nodes/<target>/<address>,<port>[,<group>]`, a file or a folder with a file for each interface, of which ours is `default`. */
async function findRecord(
  root: string,
  portal: TargetPortal,
): Promise<{ database: string; file: string } | undefined> {
  const { target, host, port } = portal;
  const begin = `${host},${port}`;
  for (const folder of databaseFolders) {
    const database = join(root, folder);
    const records = join(database, 'nodes', target);
    const names = await readdir(records).catch(() => [] as string[]);
    for (const name of names.filter((entry) => entry === begin || entry.startsWith(`${begin},`))) {
      const path = join(records, name);
      for (const file of [join(path, 'default'), path])
        if ((await stat(file).catch(() => undefined))?.isFile()) return { database, file };
    }
  }
  return undefined;
}

/** Removes what a write that was cut off left behind; answers the names. */
export async function sweepRecords(root: string): Promise<string[]> {
  const removed: string[] = [];
  for (const folder of databaseFolders) {
    const names = await readdir(join(root, folder)).catch(() => [] as string[]);
    for (const name of names.filter((entry) => /^\.croft-[0-9a-f]{16}\.part$/.test(entry))) {
      const file = join(root, folder, name);
      const facts = await stat(file).catch(() => undefined);
      // Another storage's process may be writing one right now.
      if (facts === undefined || Date.now() - facts.mtimeMs < 60_000) continue;
      await rm(file, { force: true });
      removed.push(name);
    }
  }
  return removed;
}
