// Builds a container template from the machine's Debian mirror with mmdebstrap(1).
import { chmod, mkdir, mkdtemp, open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError, notFound } from '../core/errors.ts';
import type { Exec } from '../core/exec.ts';
import type { WorkContext } from '../core/work-context.ts';
import { type ChosenTemplate, findTemplate } from './catalogue.ts';
import { type DebianMirrors, sourceLines } from './debian-mirrors.ts';
import type { RunProgram } from './run-program.ts';

export interface BuildParts {
  readonly run: RunProgram;
  readonly mirrors: DebianMirrors;
  /** Made when missing; half a gigabyte is used there for the time of the build. Packages' own user must be able to pass. */
  readonly workFolder: string;
  /** Debian's word for it: `amd64`. */
  readonly architecture: string;
  now(): Date;
}

/** Milliseconds: a slow mirror, on a slow disk. */
const longestMs = 60 * 60_000;

/** mmdebstrap's own lines (`I: ...`), in their order, and how much is done when each comes. */
const stages: readonly (readonly [RegExp, number])[] = [
  [/running apt-get update/, 0.05],
  [/downloading packages with apt/, 0.15],
  [/extracting archives/, 0.35],
  [/installing essential packages/, 0.4],
  [/installing remaining packages/, 0.5],
  [/running --customize-hook/, 0.85],
  [/creating tarball/, 0.9],
];

/**
 * What mmdebstrap takes over from this machine, or makes for it alone, and no container must share. A hook is a line for sh(1) with
 * the root as its first argument (mmdebstrap(1), HOOKS): fixed text.
 */
const cleanUp =
  'cd "$1" && rm -f etc/hostname etc/resolv.conf etc/ssh/ssh_host_*_key* var/lib/dbus/machine-id var/log/apt/* ' +
  'var/log/*.log var/cache/ldconfig/aux-cache && : > etc/machine-id && chmod 444 etc/machine-id';
/** systemd-resolved's file, where it is installed: what its package does at the first configuration on a machine. */
const linkResolver =
  'if [ -e "$1/usr/lib/systemd/systemd-resolved" ]; then ln -s ../run/systemd/resolve/stub-resolv.conf "$1/etc/resolv.conf"; fi';

/** Why no template can be built here; undefined when one can. Asks for nothing but the program. */
export async function buildProblem(exec: Exec): Promise<string | undefined> {
  try {
    await exec('mmdebstrap', ['--version'], { intention: 'look for mmdebstrap' });
    return undefined;
  } catch (error) {
    return error instanceof AppError && error.code === 'unavailable'
      ? 'mmdebstrap is not installed on this machine'
      : 'mmdebstrap does not work on this machine';
  }
}

/**
 * Writes the template to `outputPath`, whole or not at all; the same day and packages give the same bytes. `name` is one that
 * `findTemplate` knows, else `not-found`. Needs root. What it works with is removed however it ends.
 */
export async function buildTemplate(
  context: WorkContext,
  parts: BuildParts,
  name: string,
  outputPath: string,
): Promise<ChosenTemplate> {
  const chosen = findTemplate(name, parts.now(), parts.architecture);
  if (!chosen) throw notFound('template', name);
  await mkdir(parts.workFolder, { recursive: true, mode: 0o755 });
  const work = await mkdtemp(join(parts.workFolder, 'template-'));
  const made = `${outputPath}.building`;
  try {
    // apt gets packages as a user of its own (`_apt`), who must find the way.
    await chmod(work, 0o755);
    const archive = join(work, 'root.tar.zst');
    await parts.run('mmdebstrap', mmdebstrapArgs(parts, chosen, archive), {
      signal: context.signal,
      env: {
        SOURCE_DATE_EPOCH: String(chosen.epochSeconds),
        TMPDIR: work,
        DEBIAN_FRONTEND: 'noninteractive',
      },
      timeoutMs: longestMs,
      intention: `build ${chosen.fileName}`,
      onLine: (line) => tell(context, line),
    });
    await moveFile(archive, made);
    await rename(made, outputPath);
    context.progress(1);
    return chosen;
  } finally {
    await rm(made, { force: true });
    await rm(work, { recursive: true, force: true });
  }
}

export function mmdebstrapArgs(
  { mirrors, architecture }: Pick<BuildParts, 'mirrors' | 'architecture'>,
  { recipe }: ChosenTemplate,
  archive: string,
): string[] {
  return [
    ...['--mode=root', '--variant=minbase', '--format=tar', `--architectures=${architecture}`],
    '--aptopt=APT::Install-Recommends "false"',
    `--include=${recipe.packages.join(',')}`,
    ...[cleanUp, linkResolver].map((hook) => `--customize-hook=${hook}`),
    recipe.suite,
    archive,
    ...sourceLines(mirrors, recipe.suite),
  ];
}

function tell(context: WorkContext, line: string): void {
  if (!/^[IWE]: /.test(line)) return;
  // Its temporary folder and our hooks are of no use to who reads the task's log.
  if (!/tempdir|customize-hook|signed-by/.test(line)) context.log(line.slice(3));
  const stage = stages.find(([pattern]) => pattern.test(line));
  if (stage) context.progress(stage[1]);
}

/** Also to another file system. On the disk before it gets its name. */
async function moveFile(from: string, to: string): Promise<void> {
  const source = await open(from, 'r');
  try {
    const target = await open(to, 'w', 0o644);
    try {
      for await (const chunk of source.createReadStream({ autoClose: false })) await target.writeFile(chunk);
      await target.sync();
    } finally {
      await target.close();
    }
  } finally {
    await source.close();
  }
}
