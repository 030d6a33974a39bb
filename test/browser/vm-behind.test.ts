// What is behind a virtual machine, in a real browser on the real daemon: its two checks, the command line and the monitor of
// its QEMU, and how it is forgotten when its storage is gone.
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { TestDaemon } from '../host/daemon.ts';
import { Desk } from './desk.ts';
import type { Person } from './person.ts';

const vmid = 10_000 + (process.pid % 80_000);
const desk = new Desk('vmbeh', new TestDaemon());
const { daemon } = desk;
const second = join(daemon.folder, 'second');
let person: Person;

beforeAll(async () => {
  await desk.open();
  ({ person } = desk);
  mkdirSync(second, { mode: 0o755 });
  await daemon.ok('POST', '/storage', { storage: 'second', type: 'dir', path: second, content: 'images' });
  const params = { vmid, name: 'looked-at', memory: 32, scsi0: 'second:1' };
  expect(await daemon.task('POST', '/nodes/testnode/qemu', params)).toBe('OK');
  expect(await daemon.task('POST', `/nodes/testnode/qemu/${vmid}/status/start`)).toBe('OK');
  await desk.logIn();
  await person.goTo(/looked-at/);
});
afterEach(async ({ task }) => {
  if (task.result?.state === 'fail') await desk.keep('vm-behind-failed');
});
afterAll(() => desk.close());

/** Types into the monitor's dialog, which stays. */
async function ask(command: string): Promise<void> {
  await person.dialog().getByLabel('Command', { exact: true }).fill(command);
  await person.dialog().getByRole('button', { name: 'Send', exact: true }).click();
}

describe('behind a virtual machine', () => {
  it('the node does its part, and says so', async () => {
    await person.main().getByText('Fine: its process, disks and storages').waitFor();
    await desk.keep('vm-checks');
  });

  it('is a command line to be read', async () => {
    await person.tab('Options');
    await person.main().getByText('More options').click();
    await person.button('Command line of QEMU').click();
    await person.dialog().getByText(`-${vmid},debug-threads=on`).first().waitFor();
    await desk.keep('vm-command-line');
    await person.dialog().getByRole('button', { name: 'Close' }).click();
  });

  it('is a monitor that answers, and does not let go of the guest', async () => {
    await person.button('Monitor of QEMU').click();
    await ask('info status');
    await person.dialog().getByText('VM status: running').waitFor();
    await ask('quit');
    await person.dialog().getByText('would go past what manages this VM').waitFor();
    await desk.keep('vm-monitor');
    await person.dialog().getByRole('button', { name: 'Close' }).click();
    await person.untilState('Running');
  });
});

describe('a virtual machine whose storage is gone', () => {
  it('is forgotten by its number, and its volume is left', async () => {
    expect(await daemon.task('POST', `/nodes/testnode/qemu/${vmid}/status/stop`)).toBe('OK');
    await person.button('More').click();
    expect(await person.page.getByRole('menuitem', { name: 'Forget' }).count()).toBe(0);
    await person.page.keyboard.press('Escape');
    await daemon.ok('PUT', '/storage/second', { disable: 1 });
    await person.button('More').click();
    await person.page.getByRole('menuitem', { name: 'Forget' }).click();
    await person.dialog().getByText('For guests whose storage is gone: second').waitFor();
    await desk.keep('vm-forget');
    await person.submit({ [`Type ${vmid} to confirm`]: String(vmid) }, 'Forget');
    await person.page.getByRole('treeitem', { name: /looked-at/ }).waitFor({ state: 'detached' });
    const images = join(second, 'images', String(vmid));
    expect(existsSync(images) ? readdirSync(images) : []).toEqual([
      expect.stringMatching(/^vm-\d+-disk-0\./),
    ]);
  });
});
