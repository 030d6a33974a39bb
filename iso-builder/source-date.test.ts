// The time of an image: from the environment, from git, or an error that says what to set.
import { expect, it } from 'vitest';
import { AppError } from '../server/core/errors.ts';
import type { Exec } from '../server/core/exec.ts';
import { sourceDateEpoch } from './source-date.ts';

const git =
  (stdout: string): Exec =>
  async (file, args, options) => {
    expect([file, ...args.slice(0, 4)]).toEqual(['git', 'log', '-1', '--format=%ct', '--']);
    expect(args).toContain('iso-builder');
    expect(options?.cwd).toBe('/project');
    return { exitCode: 0, stdout, stderr: '' };
  };
const never: Exec = async () => {
  throw new AppError('unavailable', 'git is not installed');
};

it('is what the environment says; git is not asked then', async () => {
  expect(await sourceDateEpoch({ SOURCE_DATE_EPOCH: '1790000000' }, '/project', never)).toBe(1_790_000_000);
});

it('is the time of the last commit of the sources', async () => {
  expect(await sourceDateEpoch({ SOURCE_DATE_EPOCH: '' }, '/project', git('1795242866\n'))).toBe(
    1_795_242_866,
  );
});

it.each(['yesterday', '-1', '1.5', '12345678901'])('is refused as %j', async (text) => {
  await expect(sourceDateEpoch({ SOURCE_DATE_EPOCH: text }, '/project', never)).rejects.toThrow(
    `SOURCE_DATE_EPOCH is '${text}': set SOURCE_DATE_EPOCH to seconds`,
  );
});

it('is asked for when git knows none', async () => {
  await expect(sourceDateEpoch({}, '/project', never)).rejects.toThrow('git does not tell');
  await expect(sourceDateEpoch({}, '/project', git(''))).rejects.toThrow(
    'no commit has touched the sources yet',
  );
});
