// Patterns of paths in the words of tar and rsync.
import { describe, expect, test } from 'vitest';
import { checkExcludes, rsyncExcludes, tarExcludes } from './exclude-patterns.ts';
import type { TarSource, TreePart } from './tar-orders.ts';

const root: TreePart = { key: 'rootfs', path: '/x', target: '/' };
const source = (exclude: string[], standardExcludes = false, parts = [root]): TarSource => ({
  ...{ idMap: undefined, texts: [], estimatedBytes: 0 },
  ...{ parts, exclude, standardExcludes },
});

describe('for tar', () => {
  test('anchored ones first, then those for any folder', () => {
    expect(tarExcludes(source(['/srv//big/', 'bar', '*.iso', '/var/foo*'], true))).toEqual([
      '--anchored',
      '--exclude=./lost+found',
      '--exclude=./tmp/?*',
      '--exclude=./var/tmp/?*',
      '--exclude=./var/run/?*.pid',
      '--exclude=./srv/big',
      '--exclude=./var/foo*',
      '--no-anchored',
      '--exclude=bar',
      '--exclude=*.iso',
    ]);
  });

  test('a mount point whose path looks like a pattern is meant as it is', () => {
    const parts = [root, { key: 'mp0', path: '/y', target: '/a[1]*' }];
    expect(tarExcludes(source([], false, parts))).toEqual([
      '--anchored',
      '--exclude=./lost+found',
      '--exclude=./a\\[1\\]\\*/lost+found',
    ]);
  });
});

describe('for rsync', () => {
  test.each<[string[], string, string[]]>([
    [['/tmp/', '/srv/cache/?*', '/srv/cache/*'], '/', ['/tmp', '/srv/cache/*', '/srv/cache/*']],
    [['/var/foo*', '/a?', '[x]', '*.iso', 'a/b', '- x', '!', 'a\\b'], '/', []],
    [['name', 'with space'], '/', ['name', 'with space']],
    [['/srv/data/x', '/srv/database', '/srv', '/other'], '/srv/data', ['/x']],
  ])('%j at %s', (exclude, target, expected) => {
    expect(rsyncExcludes(exclude, false, target)).toEqual(
      ['/lost+found', ...expected].map((pattern) => `--exclude=${pattern}`),
    );
  });

  test('the standard ones, but for the one that it would read differently', () => {
    const all = ['/lost+found', '/tmp/*', '/var/tmp/*'];
    expect(rsyncExcludes([], true, '/')).toEqual(all.map((pattern) => `--exclude=${pattern}`));
  });
});

test.each(['', '/', '///', 'a\0b', 'x'.repeat(5000)])('%j is no pattern', (pattern) => {
  expect(() => checkExcludes([pattern])).toThrow('Parameter verification failed.');
});
