// The daemon's settings: defaults, the environment before the file, and bad ones by name.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { readConfig } from './config.ts';

const folder = mkdtempSync(join(tmpdir(), 'croft-config-'));
afterAll(() => rmSync(folder, { recursive: true }));
const none = join(folder, 'none.toml');
function fileOf(text: string): string {
  const file = join(folder, 'croft.toml');
  writeFileSync(file, text);
  return file;
}

test('every setting has a default, some of which follow others', () => {
  const config = readConfig({ CROFT_DATA_DIR: '/data', CROFT_RUNTIME_DIR: '/run/x' }, none);
  expect(config).toMatchObject({
    port: 8006,
    dataDir: '/data',
    localStorage: '/data/local',
    socket: '/run/x/croft.sock',
    testCrashAt: undefined,
  });
  expect(config.node).toMatch(/^[a-zA-Z0-9][a-zA-Z0-9-]*$/);
});

test('the environment goes before the file', () => {
  const file = fileOf('port = 1234\nnode = "one"\nprivateBridge = ""\n');
  expect(readConfig({ CROFT_PORT: '0' }, file)).toMatchObject({ port: 0, node: 'one', privateBridge: '' });
});

test.each([
  [{ CROFT_PORT: '70000' }, 'port'],
  [{ CROFT_PORT: '' }, 'port'],
  [{ CROFT_PORT: '80a' }, 'port'],
  [{ CROFT_PORT: '-1' }, 'port'],
  [{ CROFT_NODE: 'under_score' }, 'node'],
  [{ CROFT_DATA_DIR: 'relative' }, 'dataDir'],
  [{ CROFT_GUEST_PREFIX: 'NoDash' }, 'guestPrefix'],
  [{ CROFT_PRIVATE_BRIDGE: 'a b' }, 'privateBridge'],
  [{ CROFT_LOG_LEVEL: 'loud' }, 'logLevel'],
])('%j is refused, naming %s', (env, name) => {
  expect(() => readConfig(env, none)).toThrow(`bad settings: ${name}: `);
});

test('every bad setting is named at once, an unknown one too', () => {
  const file = fileOf('port = true\nsocket = "here"\ncolour = "red"\n');
  expect(() => readConfig({}, file)).toThrow(/port: .*socket: .*"colour"/);
});

test('a file that is not TOML is named', () => {
  const file = fileOf('port = = 3');
  expect(() => readConfig({}, file)).toThrow(`${file} is not valid TOML`);
});
