// The state as a file to keep elsewhere: settings, keys and logs in a compressed tar archive, with a whole copy of the database.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import type { Clock } from '../core/clock.ts';
import { AppError } from '../core/errors.ts';
import { commandFailed } from '../core/exec.ts';
import type { AppliancePaths, BootFacts } from './boot-facts.ts';

export interface StateExportParts {
  readonly facts: Pick<BootFacts, 'mode'>;
  readonly paths: Pick<AppliancePaths, 'state' | 'lib'>;
  readonly node: string;
  /** The daemon's data folder: an absolute path. */
  readonly dataDir: string;
  /** For the copy of the database, for as long as the export takes. */
  readonly workDir: string;
  /** Writes a consistent copy of the main database. */
  readonly copyDatabase: (target: string) => Promise<void>;
  readonly clock: Clock;
  /** Of the file system; only tests have another than `/`. */
  readonly root?: string;
}

export interface StateFile {
  /** `croft-state-<node>-<date>.tar.gz` */
  readonly name: string;
  /** Ends with an error when the archive is not whole; destroying it ends the work. */
  readonly stream: Readable;
}

export interface StateExport {
  /**
   * Starts one. In it everything is as in `/state`: `dirs/<path>`, `files/<path>`, `accounts/`. On a live system, and on a
   * machine without the image, what is there of it. Rejects with `busy` while another runs.
   */
  start(signal: AbortSignal): Promise<StateFile>;
}

/** A client that reads nothing must not hold up the next for ever. */
const longestMs = 3600_000;
const copyFolder = 'croft-database-copy';

export function createStateExport(parts: StateExportParts): StateExport {
  let running = false;
  return {
    async start(signal) {
      if (running)
        throw new AppError('busy', 'the state is being exported already; try again when that is done');
      running = true;
      let work: string | undefined;
      const end = () => {
        running = false;
        if (work !== undefined) rmSync(work, { recursive: true, force: true });
      };
      try {
        mkdirSync(parts.workDir, { recursive: true });
        work = mkdtempSync(join(parts.workDir, 'export-'));
        mkdirSync(join(work, copyFolder));
        await parts.copyDatabase(join(work, copyFolder, 'croft.db'));
        signal.throwIfAborted();
        const limit = AbortSignal.any([signal, AbortSignal.timeout(longestMs)]);
        const stream = Readable.from(archive(tarArguments(parts, work), limit), { objectMode: false });
        stream.once('close', end);
        // Also when nobody ever reads.
        limit.addEventListener('abort', () => stream.destroy(), { once: true });
        const date = new Date(parts.clock.now()).toISOString().slice(0, 10);
        return { name: `croft-state-${parts.node}-${date}.tar.gz`, stream };
      } catch (error) {
        end();
        throw error;
      }
    },
  };
}

async function* archive(args: readonly string[], signal: AbortSignal): AsyncGenerator<Buffer> {
  const tar = spawn('tar', args, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, LC_ALL: 'C' } });
  const stop = () => tar.kill();
  signal.addEventListener('abort', stop, { once: true });
  try {
    const ended = outcome(tar);
    for await (const chunk of tar.stdout) yield chunk as Buffer;
    const { code, complaint } = await ended;
    // 1: a file changed while it was read, as logs do (tar(1)).
    if (code !== 0 && code !== 1)
      throw commandFailed('export the state', ['tar', ...args].join(' '), code ?? -1, complaint);
  } finally {
    signal.removeEventListener('abort', stop);
    tar.kill();
  }
}

async function outcome(tar: ChildProcess): Promise<{ code: number | null; complaint: string }> {
  let complaint = '';
  tar.stderr?.on('data', (data) => {
    complaint = `${complaint}${String(data)}`.slice(-8000);
  });
  try {
    const [code] = (await once(tar, 'close')) as [number | null];
    return { code, complaint };
  } catch (error) {
    return { code: null, complaint: String(error) };
  }
}

/** Arguments of GNU tar(1). `work` has the copy of the database. */
function tarArguments(parts: StateExportParts, work: string): string[] {
  const { facts, paths, dataDir, root = '/' } = parts;
  const data = dataDir.replace(/^\/+/, '');
  const installed = facts.mode === 'installed';
  const from = installed ? paths.state : root;
  const listed =
    facts.mode === 'live' ? readPaths(join(paths.lib, 'state-paths')) : { dirs: [data], files: [] };
  const names = installed
    ? readdirSync(from).filter((name) => !/^(-|lost\+found$|reset$|destroy-guests$)/.test(name))
    : [...listed.dirs, ...listed.files].filter((path) => existsSync(join(root, path)));
  const before = installed ? 'dirs/' : '';
  // Neither guests' disks nor what is big and can be made again; the database comes as a copy.
  const left = [
    `${data}/croft.db*`,
    `${data}/metrics.db*`,
    `${data}/config-backups`,
    `${data}/local/*`,
    'var/lib/libvirt/images/*',
    'var/lib/libvirt/qemu/save/*',
    'var/lib/lxc/*/rootfs',
  ].map((pattern) => `--exclude=${before}${pattern}`);
  // In the archive everything stands where an installed system has it. Links keep what they point to.
  const places = installed
    ? []
    : [
        ...listed.dirs.map((path) => `--transform=flags=rh;s,^${quoted(path)}\\(/\\|$\\),dirs/${path}\\1,`),
        ...listed.files.map((path) => `--transform=flags=rh;s,^${quoted(path)}$,files/${path},`),
      ];
  return [
    ...['--create', '--gzip', '--file=-', '--one-file-system', '--numeric-owner', '--sparse'],
    ...[
      '--ignore-failed-read',
      '--warning=no-file-changed',
      '--warning=no-file-removed',
      '--warning=no-file-ignored',
    ],
    ...['--anchored', '--wildcards', '--wildcards-match-slash', ...left, '--exclude=update/*.db*'],
    ...places,
    `--transform=flags=rh;s,^${copyFolder}\\(/\\|$\\),dirs/${data}\\1,`,
    ...[`--directory=${from}`, ...names],
    ...[`--directory=${work}`, `${copyFolder}/croft.db`],
  ];
}

function readPaths(list: string): { dirs: string[]; files: string[] } {
  const words = readFileSync(list, 'utf8')
    .split('\n')
    .map((line) => line.trim().split(/\s+/));
  const of = (kind: string) =>
    words.flatMap(([word, path]) => (word === kind && path ? [path.replace(/^\/+/, '')] : []));
  return { dirs: of('dir'), files: of('file') };
}

/** For a regular expression of sed(1). */
function quoted(path: string): string {
  return path.replace(/[.*[\]^$\\,]/g, '\\$&');
}
