// What the pages of VMs offer to change is what the daemon takes.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { refusedVmOptions, vmOptions } from '../../../server/contract/qemu-options.ts';

const sourceOf = (file: string) => readFileSync(new URL(file, import.meta.url), 'utf8');

test('every key that is offered is one that the daemon knows and does not refuse', () => {
  const settings = [
    'options-tab.tsx',
    'rare-settings.tsx',
    'machine-settings.ts',
    '../guest/start-settings.tsx',
  ]
    .map(sourceOf)
    .flatMap((text) => [...text.matchAll(/\bkey: '([a-z0-9_-]+)'/g)].map((match) => String(match[1])));
  const listed = ['processor-dialog.tsx', 'memory-dialog.tsx']
    .map(sourceOf)
    .flatMap((text) => /Keys = \[([^;]*)\] as const/.exec(text)?.[1]?.match(/[a-z][a-z-]+/g) ?? []);
  const devices = [
    'efidisk0',
    'tpmstate0',
    'rng0',
    'watchdog',
    'audio0',
    'serial0',
    'scsi0',
    'net0',
    'unused0',
  ];
  expect(settings.length).toBeGreaterThan(20);
  expect(listed.length).toBeGreaterThan(10);
  for (const key of [...settings, ...listed, ...devices]) {
    expect(Object.keys(vmOptions), key).toContain(key);
    expect(refusedVmOptions, key).not.toContain(key);
  }
});
