// `croft ct pull` of a folder. The container is not believed: nothing goes outside the target, through a link, or on for ever.
import { mkdir } from 'node:fs/promises';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { AppError, type ErrorCode, hasCode } from '../core/errors.ts';
import { type RootFiles, withRoot } from '../core/root-files.ts';
import { type Copied, tellCopied } from './ct-copied.ts';
import { findInside } from './ct-run.ts';
import { printable, renderBytes } from './render.ts';
import type { Session } from './session.ts';

/** NAME_MAX and PATH_MAX of Linux, in bytes. */
const mostNameBytes = 255;
const mostPathBytes = 4095;
/** Of a file: it went since it was listed, it is none, or it stands where reading could hold the daemon up. */
const leftOut: readonly ErrorCode[] = ['not-found', 'wrong-state', 'unsupported'];

/**
 * Copies plain files and folders, with the right to execute but without owners; links, devices and the like are left out and named.
 * Files of the same name are replaced. `source`: absolute, inside, without a slash at its end. `invalid-input` beyond `mostBytes`.
 */
export async function pullFolder(
  session: Session,
  path: string,
  source: string,
  target: string,
  mostBytes: number,
): Promise<void> {
  const list = async (...tests: string[]) => {
    const { names, complaint } = await findInside(session, path, [source], tests);
    return { names: names.map((name) => nameBelow(`${source}/.`, name)), complaint };
  };
  const folders = await list('-type', 'd');
  if (!folders.names.includes(''))
    throw new AppError('not-found', `${source}: ${folders.complaint || 'there is no such folder'}`);
  if (folders.complaint !== '') session.io.stderr.write(`not all of it: ${folders.complaint}\n`);
  const files = await list('-type', 'f');
  const programs = new Set((await list('-type', 'f', '-perm', '-100')).names);
  const others = await list('!', '-type', 'd', '!', '-type', 'f');

  const copied: Copied = { files: 0, folders: 0, bytes: 0, left: others.names.map(printable) };
  await mkdir(target, { recursive: true });
  await withRoot(target, async (here) => {
    for (const folder of withParents(folders.names, files.names)) {
      // Bytes that are no text come out as a stand-in, by which nothing can be asked for.
      if (folder.includes('\uFFFD')) copied.left.push(printable(folder));
      else {
        await makeFolder(here, folder);
        copied.folders += 1;
      }
    }
    for (const name of files.names) {
      if (name.includes('\uFFFD')) {
        copied.left.push(printable(name));
        continue;
      }
      const content = await session.client
        .fetch(`${path}/file`, { path: `${source}/${name}` })
        .catch((error: unknown) => {
          if (leftOut.some((code) => hasCode(error, code))) return undefined;
          throw error;
        });
      if (content === undefined) {
        copied.left.push(printable(name));
        continue;
      }
      const writing = await here
        .openForWrite(name, { mode: programs.has(name) ? 0o755 : 0o644, replaceLink: true, durable: false })
        .catch((error: unknown) => {
          content.destroy();
          throw error;
        });
      try {
        const limit = limited(mostBytes - copied.bytes, mostBytes);
        await pipeline(content, limit.stream, writing.stream);
        await writing.commit();
        copied.files += 1;
        copied.bytes += limit.passed();
      } finally {
        await writing.discard();
      }
    }
  });
  tellCopied(session, copied);
}

/** Of what `find` printed, the name below the folder; '' for itself. `wrong-state` for anything that could lead elsewhere. */
export function nameBelow(folder: string, printed: string): string {
  const name = printed === folder ? '' : printed.slice(folder.length + 1);
  const parts = name.split('/');
  const safe =
    printed === folder ||
    (printed.startsWith(`${folder}/`) &&
      Buffer.byteLength(name) <= mostPathBytes &&
      parts.every(
        (part) => part !== '' && part !== '.' && part !== '..' && Buffer.byteLength(part) <= mostNameBytes,
      ));
  if (!safe)
    throw new AppError(
      'wrong-state',
      `the container lists '${printable(printed.slice(0, 200))}', which is no name below ${folder}: nothing was written`,
    );
  return name;
}

/** The folders and those above them and the files, parents first; without the top. */
function withParents(folders: readonly string[], files: readonly string[]): string[] {
  const all = new Set(folders);
  for (const name of [...folders, ...files])
    for (let at = name.lastIndexOf('/'); at > 0; at = name.lastIndexOf('/', at - 1))
      all.add(name.slice(0, at));
  all.delete('');
  return [...all].sort((a, b) => (a < b ? -1 : 1));
}

async function makeFolder(here: RootFiles, folder: string): Promise<void> {
  const there = await here.stat(folder, { follow: false });
  if (there === undefined) return here.makeFolders(folder);
  if (there.kind !== 'folder')
    throw new AppError(
      'wrong-state',
      `${printable(folder)} is a ${there.kind} in the target: nothing is written through it`,
    );
}

/** Lets so many bytes pass, then fails. */
function limited(leftBytes: number, mostBytes: number) {
  let passed = 0;
  const stream = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      passed += chunk.length;
      if (passed <= leftBytes) return done(null, chunk);
      done(
        new AppError('invalid-input', `the folder holds more than ${renderBytes(mostBytes)}`, {
          data: { hint: 'give --limit with a larger size' },
        }),
      );
    },
  });
  return { stream, passed: () => passed };
}
