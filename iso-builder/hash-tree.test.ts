// One hash over sources: what changes it and what does not.
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { hashTree } from './hash-tree.ts';

let folder: string;
let tree: string;
let before: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hash-'));
  tree = join(folder, 'tree');
  mkdirSync(join(tree, 'inner'), { recursive: true });
  writeFileSync(join(tree, 'a.ts'), 'one');
  writeFileSync(join(tree, 'inner/b.sh'), 'two');
  before = hashTree([tree]);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('changed by', () => {
  const changes: [what: string, change: () => void][] = [
    ['content', () => writeFileSync(join(tree, 'inner/b.sh'), 'twp')],
    ['a mode', () => chmodSync(join(tree, 'inner/b.sh'), 0o755)],
    ['another file', () => writeFileSync(join(tree, 'c.ts'), '')],
    ['an empty folder', () => mkdirSync(join(tree, 'empty'))],
    ['a link', () => symlinkSync('a.ts', join(tree, 'link'))],
    ['a name', () => cpSync(join(tree, 'a.ts'), join(tree, 'z.ts'))],
  ];
  it.each(changes)('%s', (_what, change) => {
    change();
    expect(hashTree([tree])).not.toBe(before);
  });

  it('content that moves from one file to the next', () => {
    writeFileSync(join(tree, 'a.ts'), 'on');
    writeFileSync(join(tree, 'inner/b.sh'), 'etwo');
    expect(hashTree([tree])).not.toBe(before);
  });

  it('where a link points', () => {
    symlinkSync('a.ts', join(tree, 'link'));
    const first = hashTree([tree]);
    rmSync(join(tree, 'link'));
    symlinkSync('inner', join(tree, 'link'));
    expect(hashTree([tree])).not.toBe(first);
  });
});

describe('not changed by', () => {
  it('tests, packages, times, and the place', () => {
    writeFileSync(join(tree, 'a.test.ts'), 'x');
    writeFileSync(join(tree, 'a.host.test.ts'), 'x');
    mkdirSync(join(tree, 'node_modules'));
    writeFileSync(join(tree, 'node_modules/x.js'), 'x');
    utimesSync(join(tree, 'a.ts'), 1, 1);
    expect(hashTree([tree])).toBe(before);
    const elsewhere = join(folder, 'elsewhere/tree');
    cpSync(tree, elsewhere, { recursive: true });
    expect(hashTree([elsewhere])).toBe(before);
  });
});

it('a missing source is an error, not an empty one', () => {
  expect(() => hashTree([tree, join(tree, 'none')])).toThrow('none: no such file');
});
