// The task `factoryreset` under the suite of task kinds: the marker and the reboot, and when there is neither.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { describeTaskKind } from '../../../test/contracts/task-kind.ts';
import { createStateReset } from '../../appliance/state-reset.ts';
import { factoryResetKind } from './factory-reset.ts';

function makeWorld(mode: 'none' | 'live' | 'installed' = 'installed') {
  const folder = mkdtempSync(join(tmpdir(), 'croft-reset-'));
  const paths = { boot: join(folder, 'boot'), state: join(folder, 'state') };
  for (const path of Object.values(paths)) mkdirSync(path);
  writeFileSync(join(paths.state, 'schema'), '1\n');
  const running: string[] = [];
  let rebooting = false;
  const reset = createStateReset({ facts: { mode }, paths, runningGuests: () => running });
  const reboot = {
    ask: () => {
      rebooting = true;
    },
    cancel: () => {
      rebooting = false;
    },
  };
  const marker = join(paths.state, 'reset');
  return {
    paths,
    running,
    reset,
    kind: factoryResetKind({ node: 'tower', reset, reboot }),
    snapshot: () => ({
      marker: existsSync(marker) ? readFileSync(marker, 'utf8') : undefined,
      rebooting,
    }),
    dispose: async () => rmSync(folder, { recursive: true }),
  };
}

describeTaskKind('factoryreset', async () => ({ ...makeWorld(), params: { destroyGuests: true } }));

test('settings alone unless guests are to go too', async () => {
  const world = makeWorld();
  world.reset.mark('settings');
  expect(world.snapshot().marker).toBe('settings\n');
  world.reset.mark('everything');
  expect(world.snapshot().marker).toBe('everything\n');
  await world.dispose();
});

test.each([
  ['live', 'unsupported'],
  ['none', 'unsupported'],
] as const)('not on a system that is %s', async (mode, code) => {
  const world = makeWorld(mode);
  await expect(world.kind.check({ destroyGuests: false })).rejects.toMatchObject({ code });
  await world.dispose();
});

test('not while guests run: it says which', async () => {
  const world = makeWorld();
  world.running.push('100 (web)', '101 (mail)');
  await expect(world.kind.check({ destroyGuests: false })).rejects.toMatchObject({
    code: 'wrong-state',
    message: expect.stringContaining('100 (web), 101 (mail)'),
  });
  await world.dispose();
});

test('not with a state that is not in use', async () => {
  const world = makeWorld();
  writeFileSync(join(world.paths.boot, 'state-problem'), 'newer');
  await expect(world.kind.check({ destroyGuests: false })).rejects.toMatchObject({ code: 'unavailable' });
  rmSync(join(world.paths.boot, 'state-problem'));
  rmSync(join(world.paths.state, 'schema'));
  await expect(world.kind.check({ destroyGuests: false })).rejects.toMatchObject({ code: 'unavailable' });
  await world.dispose();
});
