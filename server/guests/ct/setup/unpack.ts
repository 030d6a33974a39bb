// Unpacks a template, which may be hostile, into an empty folder: decompressor, our filter, GNU tar, each where it can do no harm.
import { type ChildProcess, spawn } from 'node:child_process';
import type { FileHandle } from 'node:fs/promises';
import { chown, open, readdir, statfs } from 'node:fs/promises';
import { basename } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { AppError } from '../../../core/errors.ts';
import type { Exec } from '../../../core/exec.ts';
import type { WorkContext } from '../../../core/work-context.ts';
import { ctIdMap } from '../ct-driver.ts';
import type { CtSetup, UnpackedTemplate, UnpackLimits } from '../ct-setup.ts';
import { openContainment } from './containment.ts';
import { decompressor } from './decompress.ts';
import { detect } from './detect.ts';
import { type FilterCounts, filterTar } from './tar-filter.ts';

const mib = 1024 ** 2;
const usualUnpackLimits: UnpackLimits = { mostEntries: 2_000_000, mostBytes: 64 * 1024 ** 3 };
/** A system is four times as large as its archive; more than this is a bomb (after the first GiB). */
const mostRatio = 200;
const reportMs = 2000;
/** Nobody, as Debian, Alpine and the kernel's overflow id have it: for the decompressor. */
const nobody = 65_534;

/** GNU tar's ways: owners and modes as they are in the archive, attributes that are of use in a container. */
const tarArgv = [
  ...['tar', '--extract', '--file=-', '--numeric-owner', '--same-owner', '--preserve-permissions'],
  ...['--acls', '--xattrs', '--xattrs-include=user.*', '--xattrs-include=security.capability'],
  ...['--delay-directory-restore', '--warning=no-timestamp'],
];

/** `CtSetup.unpack`. Needs root. Killed at any moment, nothing but the folder is left. */
export function createUnpack(exec: Exec): CtSetup['unpack'] {
  return async (context, archive, root, { unprivileged, limits = usualUnpackLimits }) => {
    // What mkfs.ext4(8) makes.
    if ((await readdir(root)).some((name) => name !== 'lost+found'))
      throw new AppError('wrong-state', 'the folder to unpack into is not empty');
    const file = await open(archive, 'r');
    try {
      const map = unprivileged ? ctIdMap : undefined;
      await chown(root, map?.first ?? 0, map?.first ?? 0);
      const inside = await openContainment(exec, root, map);
      const counts: FilterCounts = { entries: 0, bytes: 0 };
      try {
        await runPipeline(context, file, root, inside.command, counts, {
          ...limits,
          mostIds: map?.count ?? 2 ** 31,
        });
      } finally {
        await inside.close();
      }
      context.log(`unpacked ${basename(archive)}: ${inWords(counts)}`);
      return { ...(await detect(root)), ...counts } satisfies UnpackedTemplate;
    } finally {
      await file.close();
    }
  };
}

async function runPipeline(
  context: WorkContext,
  archive: FileHandle,
  root: string,
  command: (argv: readonly string[]) => readonly [string, readonly string[]],
  counts: FilterCounts,
  limits: UnpackLimits & { readonly mostIds: number },
): Promise<void> {
  context.signal.throwIfAborted();
  const argv = await decompressor(archive);
  const archiveBytes = (await archive.stat()).size;
  const fs = await statfs(root);
  const freeBytes = fs.bavail * fs.bsize;
  const admit = (bytes: number) => {
    if (bytes > freeBytes) {
      const wanted = Math.ceil(bytes / mib);
      throw new AppError(
        'no-capacity',
        `the template needs ${wanted} MiB and more; ${Math.floor(freeBytes / mib)} are free`,
      );
    }
    if (bytes > 1024 * mib && bytes > archiveBytes * mostRatio)
      throw new AppError(
        'invalid-input',
        `the template is a bomb: more than ${mostRatio} times its archive's size`,
      );
  };
  // Children are started in the same tick in which the abort was looked at, and are all ended below.
  const ids = [`--reuid=${nobody}`, `--regid=${nobody}`, '--clear-groups'];
  const unzip = start('setpriv', [...ids, '--no-new-privs', '--', ...argv], archive.fd);
  const tar = start(...command(tarArgv), 'pipe');
  const kill = () => {
    unzip.child.kill('SIGKILL');
    tar.child.kill('SIGKILL');
  };
  context.signal.addEventListener('abort', kill, { once: true });
  const report = setInterval(() => context.log(inWords(counts)), reportMs);
  try {
    let compressed: AppError | undefined;
    const source = async function* () {
      yield* unzip.child.stdout as Readable;
      const end = await unzip.ended;
      if (end.code !== 0)
        compressed = new AppError('invalid-input', `the archive is damaged: ${end.complaint}`);
      if (compressed) throw compressed;
    };
    const filtered = filterTar(source(), { ...limits, admit }, counts);
    const flow = pipeline(
      Readable.from(filtered, { objectMode: false }),
      tar.child.stdin ?? new PassThrough(),
    );
    const outcome = await flow.then(
      () => undefined,
      (error: unknown) => error,
    );
    // Its own refusal says more than tar's complaint about the end of its input; a broken pipe says less.
    if (outcome instanceof AppError) throw outcome;
    const end = await tar.ended;
    if (context.signal.aborted) throw new AppError('cancelled', 'unpacking: cancelled');
    if (end.code !== 0) throw tarFailed(end.complaint);
    if (outcome !== undefined) throw outcome;
  } catch (error) {
    throw context.signal.aborted ? new AppError('cancelled', 'unpacking: cancelled') : error;
  } finally {
    clearInterval(report);
    context.signal.removeEventListener('abort', kill);
    kill();
    await Promise.all([unzip.ended, tar.ended]);
  }
}

interface Started {
  readonly child: ChildProcess;
  /** When it is gone and its output read. */
  readonly ended: Promise<{ readonly code: number | null; readonly complaint: string }>;
}

function start(file: string, args: readonly string[], stdin: number | 'pipe'): Started {
  const child = spawn(file, args, {
    stdio: [stdin, stdin === 'pipe' ? 'ignore' : 'pipe', 'pipe'],
    env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C' },
  });
  let complaint = '';
  child.stderr?.on('data', (data: Buffer) => {
    if (complaint.length < 8000) complaint += data.toString();
  });
  child.stdin?.on('error', () => undefined);
  const ended = new Promise<{ code: number | null; complaint: string }>((resolve) => {
    child.once('error', (error) => resolve({ code: null, complaint: error.message }));
    child.once('close', (code) => resolve({ code, complaint: complaint.trim().split('\n')[0] ?? '' }));
  });
  return { child, ended };
}

/** tar's first complaint names the entry; what follows it are consequences. */
function tarFailed(complaint: string): AppError {
  const text = complaint
    .replace(/^tar: /, '')
    .replace(/[\x00-\x1f\x7f]/g, '?')
    .slice(0, 300);
  return /No space left|Disk quota exceeded/.test(text)
    ? new AppError('no-capacity', `no space is left for the template: ${text}`)
    : new AppError('invalid-input', `the template cannot be unpacked: ${text || 'tar was ended'}`);
}

function inWords({ entries, bytes }: FilterCounts): string {
  return `${entries} entries, ${Math.floor(bytes / mib)} MiB`;
}
