// The one time that everything in an image bears, so that equal sources make equal images.
import { AppError } from '../server/core/errors.ts';
import type { Exec } from '../server/core/exec.ts';

/** What images are made from, relative to the project's root. */
const sources = [
  'iso-builder',
  'server',
  'storage-plugins',
  'network',
  'ui',
  'package.json',
  'package-lock.json',
];

const whatToSet = 'set SOURCE_DATE_EPOCH to seconds since the epoch';

/**
 * `SOURCE_DATE_EPOCH` (reproducible-builds.org), else the time of the last commit that touched the sources. Throws
 * `invalid-input` saying what to set.
 */
export async function sourceDateEpoch(
  env: Readonly<Record<string, string | undefined>>,
  root: string,
  exec: Exec,
): Promise<number> {
  const given = env['SOURCE_DATE_EPOCH'];
  if (given) {
    // Ten digits: until the year 2286, and within what tar, cpio and ISO 9660 can say.
    if (/^\d{1,10}$/.test(given)) return Number(given);
    throw new AppError('invalid-input', `SOURCE_DATE_EPOCH is '${given}': ${whatToSet}`);
  }
  let text: string;
  try {
    const reply = await exec('git', ['log', '-1', '--format=%ct', '--', ...sources], { cwd: root });
    text = reply.stdout.trim();
  } catch (cause) {
    throw new AppError('invalid-input', `git does not tell when the sources were changed: ${whatToSet}`, {
      cause,
    });
  }
  if (/^\d+$/.test(text)) return Number(text);
  throw new AppError('invalid-input', `no commit has touched the sources yet: ${whatToSet}`);
}
