// One build from beginning to end: profile, time, key, steps, outputs.
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { AppError } from '../server/core/errors.ts';
import type { Exec } from '../server/core/exec.ts';
import { versionPattern } from '../server/core/update-manifest.ts';
import type { WorkContext } from '../server/core/work-context.ts';
import type { BuildInputs } from './build-inputs.ts';
import { withBuildLock } from './build-lock.ts';
import { builderKey } from './keys.ts';
import { collectOutputs, type OutputFile } from './outputs.ts';
import { readProfile } from './profile.ts';
import { type FetchText, fetchText, readReleases } from './releases.ts';
import { ResultCache } from './result-cache.ts';
import { runSteps, type StepResult } from './run-steps.ts';
import { sourceDateEpoch } from './source-date.ts';
import type { Step } from './step.ts';

export interface BuildOptions {
  /** Name or path. */
  readonly profile: string;
  /** Folder for the outputs. */
  readonly out: string;
  /** Undefined: the profile's, else the project's. */
  readonly version?: string | undefined;
  /** Only this step and those it needs; nothing is handed over then. */
  readonly only?: string | undefined;
}

/** What a build takes from the world. */
export interface BuildWorld {
  /** The project's root folder. */
  readonly root: string;
  /** `CROFT_ISO_CACHE`, `CROFT_ISO_KEY`, `SOURCE_DATE_EPOCH`. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly exec: Exec;
  /** The steps, in order. */
  readonly imageSteps: (build: BuildInputs) => Step[];
  readonly fetchText?: FetchText;
}

export interface BuildReport {
  readonly version: string;
  readonly steps: readonly StepResult[];
  /** Empty when only a step was asked for. */
  readonly outputs: readonly OutputFile[];
}

const defaultCache = '/var/cache/croft-iso';

/** Builds an image. Bad input is refused before anything is made; steps that are done already are not done again. */
export async function buildImage(
  options: BuildOptions,
  world: BuildWorld,
  work: WorkContext,
): Promise<BuildReport> {
  const { root, env, exec } = world;
  const profile = readProfile(options.profile);
  const version = options.version ?? profile.version ?? projectVersion(root);
  if (!versionPattern.test(version)) {
    throw new AppError('invalid-input', `version '${version}': must be letters, digits and .+~-, at most 64`);
  }
  const epoch = await sourceDateEpoch(env, root, exec);
  const cacheDir = env['CROFT_ISO_CACHE'] || defaultCache;
  mkdirSync(cacheDir, { recursive: true });
  return await withBuildLock(cacheDir, work, async () => {
    const key = builderKey(cacheDir, env);
    if (key.made)
      work.log('made a signing key: machines that have this image take updates signed with it only');
    const build: BuildInputs = {
      profile,
      version,
      sourceDateEpoch: epoch,
      releases: await readReleases(profile, cacheDir, work, world.fetchText ?? fetchText),
      publicKeyPem: key.publicKeyPem,
      readPrivateKey: key.readPrivateKey,
      root,
      exec,
    };
    const steps = await runSteps(world.imageSteps(build), {
      cache: new ResultCache(cacheDir),
      work,
      sourceDateEpoch: epoch,
      only: options.only,
    });
    if (options.only !== undefined) return { version, steps, outputs: [] };
    return { version, steps, outputs: await collectOutputs(options.out, folderOf(steps), build) };
  });
}

function folderOf(steps: readonly StepResult[]): (name: string) => string {
  return (name) => {
    const step = steps.find((result) => result.name === name);
    if (!step) throw new AppError('internal', `the list of steps lacks '${name}'`);
    return step.folder;
  };
}

function projectVersion(root: string): string {
  return JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).version;
}
