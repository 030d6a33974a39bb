// What Debian's mirrors have now: so that an image is made anew when a package of its suites changed, and only then.
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { AppError } from '../server/core/errors.ts';
import type { WorkContext } from '../server/core/work-context.ts';
import type { Profile } from './profile.ts';

/** The text at an address. Rejects when it cannot be had. */
export type FetchText = (url: string, signal: AbortSignal) => Promise<string>;

/** By HTTP(S), within 20 seconds. */
export const fetchText: FetchText = async (url, signal) => {
  const reply = await fetch(url, { signal: AbortSignal.any([signal, AbortSignal.timeout(20_000)]) });
  if (!reply.ok) throw new Error(`${url}: ${reply.status} ${reply.statusText}`);
  return await reply.text();
};

/**
 * By the address of each suite's `InRelease`, a hash over the package indexes that it names. The file's own hash would not do: it is
 * signed anew now and then with nothing changed. Without network, what was seen last; `unavailable` when there is nothing.
 * Nothing is trusted by this: apt checks the signatures when it installs.
 */
export async function readReleases(
  { mirrors, components }: Pick<Profile, 'mirrors' | 'components'>,
  cacheDir: string,
  work: WorkContext,
  fetchIt: FetchText = fetchText,
): Promise<Record<string, string>> {
  const remembered = join(cacheDir, 'releases.json');
  const known = readRemembered(remembered);
  const releases: Record<string, string> = {};
  for (const { url, suite } of mirrors) {
    const address = `${url.replace(/\/+$/, '')}/dists/${suite}/InRelease`;
    try {
      known[address] = indexesHash(await fetchIt(address, work.signal), components);
    } catch (cause) {
      work.signal.throwIfAborted();
      if (known[address] === undefined) {
        throw new AppError('unavailable', `cannot reach the mirror: ${address}`, {
          cause,
          detail: String(cause),
        });
      }
      work.log(`cannot reach ${address}: going by what it had last time`);
    }
    releases[address] = known[address] ?? '';
  }
  writeFileSync(remembered, `${JSON.stringify(known, undefined, 1)}\n`);
  return releases;
}

/** Lines ` <sha256> <bytes> <component>/binary-amd64/Packages`; the security archive names its components likewise. */
function indexesHash(inRelease: string, components: readonly string[]): string {
  const wanted = new Set(components.map((component) => `${component}/binary-amd64/Packages`));
  const lines = inRelease
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter(([sum, , name]) => sum?.length === 64 && wanted.has(name ?? ''))
    .map((words) => words.join(' '));
  if (lines.length === 0) throw new Error('no package index in it');
  return createHash('sha256').update(lines.sort().join('\n')).digest('hex');
}

function readRemembered(path: string): Record<string, string> {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return {};
  }
}
