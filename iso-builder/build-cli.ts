// The command line of the image build: options, what is printed, exit codes.
import { resolve } from 'node:path';
import { performance } from 'node:perf_hooks';
import { Command, CommanderError } from 'commander';
import { asAppError } from '../server/core/errors.ts';
import { exec } from '../server/core/exec.ts';
import { type BuildOptions, type BuildReport, type BuildWorld, buildImage } from './build-image.ts';

export interface BuildCliWorld extends Omit<BuildWorld, 'exec'> {
  readonly exec?: BuildWorld['exec'];
  /** Stops the build: what is unfinished is removed. */
  readonly signal: AbortSignal;
  readonly write: (text: string) => void;
  readonly complain: (text: string) => void;
}

/** `0` built, `1` failed, `2` not understood, `130` stopped. */
export type BuildExitCode = 0 | 1 | 2 | 130;

/** Runs one build. Never rejects. */
export async function runBuildCli(argv: readonly string[], world: BuildCliWorld): Promise<BuildExitCode> {
  const begun = performance.now();
  const command = buildCommand(world);
  try {
    command.parse([...argv], { from: 'user' });
    const options = command.opts<BuildOptions>();
    const report = await buildImage(
      { ...options, out: resolve(world.root, options.out) },
      { ...world, exec: world.exec ?? exec },
      { signal: world.signal, log: (line) => world.write(`${line}\n`), progress: () => {} },
    );
    world.write(renderReport(report, options.out, (performance.now() - begun) / 1000));
    return 0;
  } catch (thrown) {
    // Commander has said what is wrong, or shown the help.
    if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? 0 : 2;
    const error = asAppError(thrown);
    if (world.signal.aborted) world.complain('stopped\n');
    else world.complain(`${error.message}\n${error.detail === undefined ? '' : `${error.detail}\n`}`);
    return world.signal.aborted ? 130 : 1;
  }
}

function buildCommand({ write, complain }: BuildCliWorld): Command {
  return new Command('npm run iso --')
    .description(
      'Builds the image of the appliance: ISO, update file, and the files for a boot over the network',
    )
    .option('--profile <name or file>', 'what goes into the image', 'appliance')
    .option('--out <folder>', 'where the results go', 'dist/iso')
    .option('--version <text>', "version of the image (default: the profile's, else the project's)")
    .option('--only <step>', 'only this step and those it needs; nothing goes to the folder of results')
    .addHelpText(
      'after',
      '\nEnvironment: CROFT_ISO_CACHE (folder, default /var/cache/croft-iso), CROFT_ISO_KEY (private key to sign with,' +
        '\nPEM, Ed25519), SOURCE_DATE_EPOCH (seconds; default: the last commit of the sources). Needs root.',
    )
    .exitOverride()
    .configureOutput({ writeOut: write, writeErr: complain });
}

function renderReport({ version, steps, outputs }: BuildReport, out: string, seconds: number): string {
  const total = `${'total'.padEnd(10)} ${seconds.toFixed(1).padStart(7)} s\n`;
  if (outputs.length === 0) return `${total}${steps.at(-1)?.folder ?? ''}\n`;
  const width = Math.max(...outputs.map(({ name }) => name.length));
  const lines = outputs.map(({ name, bytes }) => `  ${name.padEnd(width)} ${renderSize(bytes).padStart(10)}`);
  return `${total}\nCroft ${version} in ${out}:\n${lines.join('\n')}\n`;
}

function renderSize(bytes: number): string {
  if (bytes < 10_000) return `${bytes} B`;
  return bytes < 1_000_000 ? `${(bytes / 1000).toFixed(0)} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`;
}
