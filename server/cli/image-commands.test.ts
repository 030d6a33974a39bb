// `croft image` against a fake daemon: what is shown, sent, asked and refused.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { Command } from 'commander';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { FakeDaemon } from './daemon-fixture.ts';
import { addImageCommands, type ImageCommandParts } from './image-commands.ts';
import type { Input, Output } from './io.ts';
import { Session } from './session.ts';

let daemon: FakeDaemon;
beforeEach(async () => {
  daemon = await FakeDaemon.start();
  daemon.on('GET /nodes/pve1/appliance', () => status);
});
afterEach(() => daemon.stop());

const built = '2026-01-31T12:00:00.000Z';
const status = {
  mode: 'installed',
  version: '1.0.0',
  firmware: 'uefi',
  slot: 'A',
  trial: 0,
  slots: [
    { name: 'A', version: '1.0.0', built, bytes: 500 * 1024 ** 2, running: 1, default: 1 },
    { name: 'B', version: '2.0.0', built: '2026-02-28T12:00:00.000Z', bytes: 1024, running: 0, default: 0 },
  ],
  last: {
    at: 1_790_000_000,
    outcome: 'fell-back',
    from: '1.0.0',
    to: '2.0.0',
    reason: 'guests: not running: 100',
  },
  state: { schema: 1, totalBytes: 1024 ** 3, freeBytes: 1024 ** 3 / 2 },
  warnings: ['Slot A runs, but B boots by default'],
};

async function run(argv: string[], parts: ImageCommandParts = {}, json = false) {
  const stream = () => new PassThrough();
  const [stdout, stderr] = [stream(), stream()];
  const program = new Command('croft')
    .exitOverride()
    .configureOutput({ writeOut: (text) => stdout.write(text) });
  const io = { stdin: stream() as Input, stdout: stdout as Output, stderr: stderr as Output, env: {} };
  const session = new Session({
    ...{ io, socketPath: daemon.socketPath, json, wait: false, yes: false, node: undefined },
  });
  addImageCommands(program, () => session, parts);
  const text = (from: PassThrough) => String(from.read() ?? '');
  const failure = await program.parseAsync(['image', ...argv], { from: 'user' }).then(
    () => undefined,
    (error: Error) => error.message,
  );
  return { failure, out: text(stdout), err: text(stderr) };
}
const asked = (path: string) => daemon.asked.find((one) => one.path === `/nodes/pve1/appliance${path}`);

describe('status', () => {
  test('for people, warnings apart', async () => {
    const { out, err } = await run(['status']);
    expect(out).toMatch(/^mode: +installed$/m);
    expect(out).toMatch(/^state: +512 MiB of 1.0 GiB$/m);
    expect(out).toMatch(/^last update: .* 1.0.0 to 2.0.0, fell back: guests: not running: 100$/m);
    expect(out).toMatch(/^A +1.0.0 .*500 MiB +running, default$/m);
    expect(out).toMatch(/^B +2.0.0 /m);
    expect(err).toBe('warning: Slot A runs, but B boots by default\n');
  });

  test('as JSON', async () => {
    expect(JSON.parse((await run(['status'], {}, true)).out)).toEqual(status);
  });

  test('without an image', async () => {
    daemon.on('GET /nodes/pve1/appliance', () => ({ ...status, mode: 'none', slots: [], last: undefined }));
    expect((await run(['status'])).out).toMatch(/development machine/);
  });
});

describe('update', () => {
  test('sends a file as it is', async () => {
    const file = join(daemon.folder, 'croft.update');
    writeFileSync(file, 'an update');
    daemon.on('POST /nodes/pve1/appliance/upload', () => 'UPID:pve1:1');
    expect((await run(['update', file])).out).toBe('UPID:pve1:1\n');
    expect(asked('/upload')).toMatchObject({ body: 'an update', type: 'application/octet-stream' });
  });

  test('hands a URL to the daemon', async () => {
    daemon.on('POST /nodes/pve1/appliance/update', () => 'UPID:pve1:2');
    await run(['update', 'https://example.org/croft.update']);
    expect(JSON.parse(asked('/update')?.body ?? '')).toEqual({ url: 'https://example.org/croft.update' });
  });

  test('names the file that it cannot read', async () => {
    expect((await run(['update', '/no/such/file'])).failure).toBe('cannot read /no/such/file');
    expect((await run(['update', '/'])).failure).toBe('/ is not a file');
  });
});

describe('which slot boots', () => {
  test('switch starts the task', async () => {
    daemon.on('POST /nodes/pve1/appliance/switch', () => 'UPID:pve1:3');
    expect((await run(['switch'])).out).toBe('UPID:pve1:3\n');
  });

  test('previous goes to an older version only', async () => {
    expect((await run(['previous'])).failure).toBe('slot B holds a newer version, 2.0.0');
    expect(asked('/switch')).toBeUndefined();
    const [a, b] = status.slots;
    daemon.on('GET /nodes/pve1/appliance', () => ({
      ...status,
      slots: [a, { ...b, built: '2025-01-01T00:00:00Z' }],
    }));
    daemon.on('POST /nodes/pve1/appliance/switch', () => 'UPID:pve1:4');
    expect((await run(['previous'])).out).toBe('UPID:pve1:4\n');
  });

  test('confirm asks the daemon', async () => {
    daemon.on('POST /nodes/pve1/appliance/confirm', () => null);
    expect(await run(['confirm'])).toMatchObject({ failure: undefined });
    expect(asked('/confirm')).toBeDefined();
  });

  test('confirm --trial does not; it fails when the slot is not kept', async () => {
    const judge = (kept: boolean): ImageCommandParts => ({
      confirmTrial: async (say) => {
        say('daemon: well');
        return kept;
      },
    });
    expect(await run(['confirm', '--trial'], judge(true))).toMatchObject({
      out: 'daemon: well\n',
      failure: undefined,
    });
    expect((await run(['confirm', '--trial'], judge(false))).failure).toMatch(/goes back to the other slot/);
    expect((await run(['confirm', '--trial'])).failure).toMatch(/on the appliance only/);
    expect(daemon.asked).toEqual([]);
  });
});
