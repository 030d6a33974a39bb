// Mirrors that lost a disk are told; whole ones and other arrays are not.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { mirrorWarnings } from './mirrors.ts';

let sys = '';
beforeEach(() => {
  sys = mkdtempSync(join(tmpdir(), 'croft-mirrors-'));
});
afterEach(() => rmSync(sys, { recursive: true, force: true }));

function array(name: string, members: readonly string[], files: Readonly<Record<string, string>>): void {
  mkdirSync(join(sys, name, 'md'), { recursive: true });
  for (const member of members) mkdirSync(join(sys, name, 'slaves', member), { recursive: true });
  for (const [file, text] of Object.entries(files)) writeFileSync(join(sys, name, 'md', file), `${text}\n`);
}

test('no mirror, or whole ones', () => {
  expect(mirrorWarnings(sys)).toEqual([]);
  mkdirSync(join(sys, 'vda'));
  array('md0', ['vda1', 'vdb1'], { degraded: '0', sync_action: 'idle' });
  array('md1', ['vda2'], { level: 'linear' });
  expect(mirrorWarnings(sys)).toEqual([]);
});

test('those that lost a disk are one warning', () => {
  array('md127', ['vda3'], { degraded: '1', sync_action: 'idle' });
  array('md126', ['vda4'], { degraded: '1', sync_action: 'idle' });
  array('md125', ['vda5', 'vdb5'], { degraded: '0', sync_action: 'idle' });
  expect(mirrorWarnings(sys)).toEqual([
    'The mirror (md126, md127) has lost a disk and runs on vda3, vda4 alone',
  ]);
});

test('a rebuild is told as one', () => {
  array('md127', ['vda3', 'vdb3'], { degraded: '1', sync_action: 'recover' });
  expect(mirrorWarnings(sys)).toEqual([
    'The mirror (md127) is being rebuilt on vda3, vdb3: until then one disk more must not fail',
  ]);
});
