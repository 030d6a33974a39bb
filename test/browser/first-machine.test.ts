// The main path of a new user, in a real browser on the real daemon: log in, upload an ISO image, create a machine, see and
// type into its screen; and the daemon killed in between, with the machine running on.
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exec } from '../../server/core/exec.ts';
import { keepScreenshot, readPixels, resultsDir } from './chromium.ts';
import { Desk } from './desk.ts';

/** A network boot loader that Debian ships as a bootable image: it shows text at once and takes commands. */
const iso = '/usr/lib/ipxe/ipxe.iso';
const desk = new Desk('t');
const { daemon, account, password, errors } = desk;
let page: Page;

beforeAll(async () => {
  await desk.open();
  page = desk.person.page;
});
afterAll(() => desk.close('first-machine-end'));

const canvas = () => page.locator('canvas').first();
/** Waits until `test` holds for what the screen shows. */
async function untilScreen(test: (seen: { lit: number; fingerprint: number }) => boolean, what: string) {
  const until = Date.now() + 60_000;
  for (;;) {
    const seen = await readPixels(canvas()).catch(() => ({ lit: 0, fingerprint: 0 }));
    if (test(seen)) return seen;
    if (Date.now() > until) throw new Error(`${what}: still ${JSON.stringify(seen)}`);
    await page.waitForTimeout(200);
  }
}

describe('the first machine', () => {
  it('is created and used', async () => {
    await page.getByLabel('User name').fill(account);
    await page.getByLabel('Password').fill(password);
    await keepScreenshot(page, 'login');
    await page.getByRole('button', { name: 'Log in' }).click();

    await page.getByRole('treeitem', { name: /local/ }).click();
    await page.getByRole('tab', { name: 'ISO images' }).click();
    await page.getByRole('button', { name: 'Upload', exact: true }).first().click();
    await page.getByLabel('File', { exact: true }).setInputFiles(iso);
    await page.getByRole('button', { name: 'Upload file' }).click();
    await page.getByText('ipxe.iso').first().waitFor();
    await page.getByRole('button', { name: 'Remove ipxe.iso' }).waitFor();
    await keepScreenshot(page, 'storage');

    await page.getByRole('button', { name: 'Create VM' }).first().click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Name', { exact: true }).fill('first');
    await dialog.getByLabel('ISO image').selectOption('local:iso/ipxe.iso');
    await dialog.getByLabel('Memory').fill('256');
    await dialog.getByLabel('Disk size').fill('1');
    await dialog.getByLabel('Start after creation').uncheck();
    await keepScreenshot(page, 'create-vm');
    await dialog.getByRole('button', { name: 'Review' }).click();
    await dialog.getByRole('button', { name: 'Create', exact: true }).click();

    await page.getByRole('treeitem', { name: /first/ }).click();
    await page.getByRole('button', { name: 'Start', exact: true }).click();
    await page.getByRole('main').getByText('Running').first().waitFor();
    await keepScreenshot(page, 'vm-running');
    expect(await daemon.domains()).toHaveLength(1);

    await page.getByRole('tab', { name: 'Console' }).click();
    await untilScreen(({ lit }) => lit > 500, 'the screen is lit');
    await keepScreenshot(page, 'console');
  });

  it('takes keys', async () => {
    // The loader looks for a network, gives up, and offers its menu by Ctrl-B; from then on it echoes what is typed.
    await canvas().click();
    const prompt = async () => {
      await page.keyboard.press('Control+b');
      await page.waitForTimeout(1000);
    };
    for (let tries = 0; tries < 3; tries += 1) await prompt();
    const before = await settledScreen();
    await page.keyboard.type('help', { delay: 60 });
    await untilScreen(({ fingerprint }) => fingerprint !== before, 'the screen changed by typing');
    await keepScreenshot(page, 'console-typed');
  });

  it('goes on while the daemon is killed and started again', async () => {
    const before = await virshId();
    await daemon.end('SIGKILL');
    await page.getByText('Reconnecting…').first().waitFor();
    await keepScreenshot(page, 'reconnecting');
    expect(await virshId()).toBe(before);
    await daemon.start();
    expect(await virshId()).toBe(before);
    await page.getByText('Live', { exact: true }).first().waitFor({ timeout: 60_000 });
    const [vm] = await daemon.ok<{ vmid: number; status: string }[]>('GET', '/nodes/testnode/qemu');
    expect(vm).toMatchObject({ name: 'first', status: 'running' });

    await page.getByRole('tab', { name: 'Summary' }).click();
    await page.getByRole('tab', { name: 'Console' }).click();
    await untilScreen(({ lit }) => lit > 500, 'the screen is lit again');
    await keepScreenshot(page, 'console-after-restart');
    expect(errors).toEqual([]);
  });
});

/** The fingerprint of the screen once two looks a while apart agree (the loader's cursor does not blink in VGA memory). */
async function settledScreen(): Promise<number> {
  let last = (await readPixels(canvas())).fingerprint;
  for (let tries = 0; tries < 60; tries += 1) {
    await page.waitForTimeout(1000);
    const now = (await readPixels(canvas())).fingerprint;
    if (now === last) return now;
    last = now;
  }
  throw new Error(`the screen does not settle; see ${join(resultsDir, 'first-machine-end.png')}`);
}

async function virshId(): Promise<string> {
  const [name = ''] = await daemon.domains();
  return (await exec('virsh', ['-c', 'qemu:///system', 'domid', name])).stdout.trim();
}
