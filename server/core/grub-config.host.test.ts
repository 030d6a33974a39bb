// The menu under GRUB's own syntax check.
import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { renderGrubConfig } from './grub-config.ts';

test('grub-script-check takes the menu', () => {
  const found = spawnSync('grub-script-check', ['--version']);
  expect(found.error, 'grub-script-check (package grub-common) is needed').toBeUndefined();
  const uuid = '11111111-1111-4111-8111-111111111111';
  const input = renderGrubConfig({ systemUuid: uuid, stateUuid: uuid });
  const checked = spawnSync('grub-script-check', [], { input, encoding: 'utf8' });
  expect(checked.stderr).toBe('');
  expect(checked.status).toBe(0);
  const broken = spawnSync('grub-script-check', [], { input: input.replace('then', ''), encoding: 'utf8' });
  expect(broken.status).not.toBe(0);
});
