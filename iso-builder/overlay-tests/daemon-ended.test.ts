// daemon-ended: what the text console says while the daemon is not there.
import { afterEach, beforeEach, expect, test } from 'vitest';
import { BootWorld } from './boot-scripts-fixture.ts';

const head = 'run/croft/console-head';
let world: BootWorld;
beforeEach(() => {
  world = new BootWorld('dash');
  world.write('run/croft/croft.pid', '1');
});
afterEach(() => world.dispose());

test.each([
  ['success', '0', /The daemon was stopped\.\n/],
  ['exit-code', '7', /The daemon ended with exit code 7 and is started again\.\n/],
  ['signal', 'SEGV', /The daemon ended \(signal, SEGV\) and is started again\.\n/],
  ['watchdog', 'KILL', /The daemon hung and is started again\.\n/],
  ['timeout', 'TERM', /The daemon did not come up or go down in time and is started again\.\n/],
])('%s', (result, status, said) => {
  world.write(head, 'all is well');
  expect(
    world.runWith('daemon-ended', { SERVICE_RESULT: result, EXIT_STATUS: status }, world.root).status,
  ).toBe(0);
  const text = world.read(head);
  expect(text).toMatch(said);
  expect(text).toMatch(/4 shows the logs/);
  expect(world.mode(head)).toBe(0o600);
  expect(world.has(`${head}.ended`)).toBe(false);
  for (const line of text.split('\n')) expect(line.length).toBeLessThan(80);
});

test('before anything was there', () => {
  expect(world.runWith('daemon-ended', {}, `${world.folder}/elsewhere`).status).toBe(0);
  expect(world.has(head)).toBe(false);
});
