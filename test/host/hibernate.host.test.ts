// A real VM hibernated: it is off, its memory lies on a disk, and it counts on from there; its monitor; its command line; many at once.
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exec } from '../../server/core/exec.ts';
import { type Login, logIn } from './console-client.ts';
import { countsIn } from './counting-guest.ts';
import { counted, countingVm, openTerminal } from './counting-terminal.ts';
import { TestDaemon } from './daemon.ts';

const daemon = new TestDaemon();
const vm = '/nodes/testnode/qemu/100';
let login: Login;

beforeAll(async () => {
  await daemon.start();
  login = await logIn(daemon, 'admin');
  const params = { vmid: 100, memory: 64, ...(await countingVm(daemon)) };
  expect(await daemon.task('POST', '/nodes/testnode/qemu', params)).toBe('OK');
}, 60_000);
afterAll(() => daemon.dispose());

const status = () =>
  daemon.ok<{ status: string; qmpstatus: string; lock?: string }>('GET', `${vm}/status/current`);
const config = () => daemon.ok<Record<string, string>>('GET', `${vm}/config`);
const hibernate = () => daemon.task('POST', `${vm}/status/suspend`, { todisk: 1 });
const files = () => readdir(join(daemon.storagePath, 'images/100'));

const terminal = () => openTerminal(daemon, login, 100);

describe('a hibernated VM', () => {
  it('is off, and counts on from where it was when it is started', async () => {
    expect(await daemon.task('POST', `${vm}/status/start`)).toBe('OK');
    const client = await terminal();
    await counted(client, 12);
    expect(await hibernate()).toBe('OK');
    const last = countsIn(client.received).at(-1) ?? 0;
    client.close();

    expect(await status()).toMatchObject({ status: 'stopped', lock: 'suspended' });
    const { vmstate = '', ...shown } = await config();
    expect(shown).toMatchObject({ lock: 'suspended', runningmachine: expect.stringMatching(/^pc-i440fx-/) });
    expect(vmstate).toMatch(/^local:100\/vm-100-state-suspend-\d{4}-\d\d-\d\d\.raw$/);
    expect(await files()).toContain(vmstate.split('/')[1]);
    // Nothing else is done to it meanwhile.
    expect(await daemon.call('PUT', `${vm}/config`, { memory: 128 })).toMatchObject({ status: 500 });
    expect(await daemon.task('POST', `${vm}/snapshot`, { snapname: 'no' })).toContain(
      'VM is locked (suspended)',
    );

    expect(await daemon.task('POST', `${vm}/status/start`)).toBe('OK');
    const again = await terminal();
    const after = await counted(again, last + 5);
    expect(after[0]).toBeGreaterThanOrEqual(last);
    expect(after).toEqual(after.map((_, index) => (after[0] ?? 0) + index));
    again.close();
    expect(await status()).toMatchObject({ status: 'running', qmpstatus: 'running' });
    expect(await status()).not.toHaveProperty('lock');
    expect(await config()).not.toHaveProperty('vmstate');
    expect(await files()).toHaveLength(1);
  });

  it('that cannot go on keeps its memory; discarded, it boots', async () => {
    expect(await hibernate()).toBe('OK');
    const { vmstate = '' } = await config();
    const file = join(daemon.storagePath, 'images', vmstate.slice('local:'.length));
    const overwrite = (from: string) =>
      exec('dd', [`if=${from}`, `of=${file}`, 'bs=16', 'seek=64', 'count=1', 'conv=notrunc']);
    await exec('dd', [`if=${file}`, `of=${file}.part`, 'bs=16', 'skip=64', 'count=1']);
    await overwrite('/dev/urandom');
    const refused = await daemon.task('POST', `${vm}/status/start`);
    expect(refused).toContain('it was written to since');
    expect(refused).toContain(
      "its saved memory is kept: try again, or start it afresh after removing 'vmstate'",
    );
    expect((await status()).lock).toBe('suspended');
    await overwrite(`${file}.part`);
    await exec('rm', [`${file}.part`]);
    // By the other word for it, and from many at once.
    expect(await daemon.task('POST', `${vm}/status/resume`)).toBe('OK');
    expect(await status()).toMatchObject({ qmpstatus: 'running' });

    const many = { vms: [100], 'to-disk': 1 };
    expect(await daemon.task('POST', '/cluster/bulk-action/guest/suspend', many)).toBe('OK');
    expect((await status()).lock).toBe('suspended');
    await daemon.ok('PUT', `${vm}/config`, { delete: 'vmstate' });
    expect(await files()).toHaveLength(1);
    // Standing until somebody listens: then the first number that it says is the first of a boot.
    await daemon.ok('PUT', `${vm}/config`, { freeze: 1 });
    expect(await daemon.task('POST', '/nodes/testnode/startall', { force: 1 })).toBe('OK');
    const client = await terminal();
    expect(await daemon.task('POST', `${vm}/status/resume`)).toBe('OK');
    expect((await counted(client, 3))[0]).toBe(1);
    client.close();
  });
});

describe('what experts ask', () => {
  it('reaches its QEMU', { timeout: 30_000 }, async () => {
    const ask = (command: string) => daemon.ok<string>('POST', `${vm}/monitor`, { command });
    expect(await ask('info status')).toMatch(/VM status: running/);
    expect(await ask('help info')).toMatch(/info status/);
    expect(await daemon.call('POST', `${vm}/monitor`, { command: 'quit' })).toMatchObject({ status: 501 });
    expect(await status()).toMatchObject({ qmpstatus: 'running' });
  });

  it('is the command line, of one that runs and of one that is off', { timeout: 60_000 }, async () => {
    const running = await daemon.ok<string>('GET', `${vm}/showcmd`);
    expect(running).toMatch(/^\/\S*qemu-system-x86_64 -name guest=/);
    expect(running).toContain(join(daemon.storagePath, 'images/100/vm-100-disk-0'));
    expect(await daemon.task('POST', '/nodes/testnode/stopall', { timeout: 0, vms: '100' })).toMatch(
      /^(OK|WARN)/,
    );
    expect((await status()).status).toBe('stopped');
    expect(await daemon.ok<string>('GET', `${vm}/showcmd`)).toContain('/local:100/vm-100-disk-0');
  });
});
