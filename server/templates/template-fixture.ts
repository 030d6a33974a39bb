// A Debian template for tests, built once for each recipe and kept: a minute the first time, nothing after.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { quietContext } from '../core/work-context.ts';
import { buildTemplate, mmdebstrapArgs } from './build-template.ts';
import { findTemplate } from './catalogue.ts';
import { debianMirrors, readAptSources } from './debian-mirrors.ts';
import { runProgram } from './run-program.ts';

const cache = '/var/cache/croft-tests';

/** Path of the archive. `id`: as in the catalogue, `debian-13-standard`. Needs root, mmdebstrap, and the mirror the first time. */
export async function builtTemplate(id: string): Promise<string> {
  const chosen = findTemplate(id, new Date(0), 'amd64');
  if (!chosen) throw new Error(`no template '${id}'`);
  const mirrors = debianMirrors(readAptSources());
  const recipe = JSON.stringify(mmdebstrapArgs({ mirrors, architecture: 'amd64' }, chosen, ''));
  const digest = createHash('sha256').update(recipe).digest('hex').slice(0, 16);
  const path = join(cache, `ct-template-${id}-${digest}.tar.zst`);
  if (existsSync(path)) return path;
  mkdirSync(cache, { recursive: true });
  const parts = { run: runProgram, mirrors, workFolder: cache, architecture: 'amd64', now: () => new Date() };
  await buildTemplate(quietContext(), parts, id, path);
  for (const name of readdirSync(cache)) {
    if (name.startsWith(`ct-template-${id}-`) && join(cache, name) !== path) rmSync(join(cache, name));
  }
  return path;
}
