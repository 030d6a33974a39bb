// A container's whole life in a real browser on the real daemon: template, wizard, terminals, changes while it runs, snapshots, deletion.
import { existsSync, readFileSync } from 'node:fs';
import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { exec } from '../../server/core/exec.ts';
import { randomName } from '../../server/core/ids.ts';
import { busyboxTemplate } from '../host/ct-templates.ts';
import { CtWorld } from '../host/ct-world.ts';
import { eventually } from '../host/wait.ts';
import { keepScreenshot, launchChromium, openPage } from './chromium.ts';

const bridge = `vmbr${1000 + (process.pid % 8000)}`;
/** Names on the host carry it: another number than those of the other tests. */
const vmid = 20_000 + (process.pid % 10_000);
const world = new CtWorld(bridge);
const { daemon } = world;
const account = `croftct${process.pid}`;
const password = randomName();
const rootPassword = randomName();
const errors: string[] = [];
let browser: Browser;
let page: Page;

beforeAll(async () => {
  await exec('useradd', ['--no-create-home', '--shell', '/usr/sbin/nologin', account]);
  await exec('chpasswd', [], { input: `${account}:${password}\n` });
  // A copy of its own: a build that goes on beside the test must not change what the browser sees.
  const uiDir = join(daemon.folder, 'ui');
  await cp(new URL('../../dist/ui', import.meta.url), uiDir, { recursive: true });
  daemon.setEnv({ CROFT_UI_DIR: uiDir });
  await daemon.start();
  await daemon.ok('POST', '/access/users', { userid: `${account}@pam` });
  await daemon.ok('PUT', '/access/acl', { path: '/', roles: 'Administrator', users: `${account}@pam` });
  browser = await launchChromium();
  page = await openPage(browser, daemon.url, errors);
});
afterEach(async ({ task }) => {
  if (task.result?.state === 'fail')
    await keepScreenshot(page, `ct-failed-${task.name.split(' ').join('-')}`);
});
afterAll(async () => {
  await browser?.close();
  await world.dispose();
  await exec('userdel', [account], { okExitCodes: [0, 6, 8] });
});

const button = (name: string) => page.getByRole('button', { name, exact: true });
const dialog = () => page.getByRole('dialog');
const tab = (name: string) => page.getByRole('tab', { name, exact: true }).click();
const main = () => page.getByRole('main');
/** Fills the open dialog's fields, presses its button, and waits until it is gone. */
async function submit(fields: Readonly<Record<string, string>>, action: string): Promise<void> {
  for (const [label, value] of Object.entries(fields))
    await dialog().getByLabel(label, { exact: true }).fill(value);
  await dialog().getByRole('button', { name: action, exact: true }).click();
  await dialog().waitFor({ state: 'detached' });
}
async function choose(item: string): Promise<void> {
  await button('More').click();
  await page.getByRole('menuitem', { name: item, exact: true }).click();
}
/** The value of a line of a list of settings. */
const setting = (label: string) => main().locator('dl > div').filter({ hasText: label });
const row = (name: string) => main().getByRole('listitem').filter({ hasText: name });

describe('a container in the browser', () => {
  it('is made of a template by the wizard, and started', async () => {
    await page.getByLabel('User name').fill(account);
    await page.getByLabel('Password').fill(password);
    await button('Log in').click();

    await page.getByRole('treeitem', { name: /local/ }).click();
    await tab('Container templates');
    await button('Upload').first().click();
    const archive = { name: 'tiny_1_amd64.tar.gz', mimeType: 'application/gzip' };
    await page
      .getByLabel('File', { exact: true })
      .setInputFiles({ ...archive, buffer: readFileSync(busyboxTemplate()) });
    await button('Upload file').click();
    await button(`Remove ${archive.name}`).waitFor();
    await keepScreenshot(page, 'ct-template');

    await button('Create container').first().click();
    const choice = dialog().getByLabel('Template', { exact: true });
    await choice.selectOption(`local:vztmpl/${archive.name}`);
    // The rules of the form are told before anything is sent.
    await dialog().getByRole('button', { name: 'Review' }).click();
    await dialog().getByText('Without a password or a key nobody can log in').waitFor();
    await dialog().getByLabel('CT ID').fill(String(vmid));
    await dialog().getByLabel('Host name').fill('tiny');
    await dialog().getByLabel('Password', { exact: true }).fill(rootPassword);
    await dialog().getByLabel('Password again').fill(rootPassword);
    await dialog().getByLabel('Root size').fill('1');
    await dialog().getByLabel('Memory').fill('128');
    await dialog().getByLabel('Swap').fill('0');
    await dialog().getByLabel('Bridge', { exact: true }).last().selectOption(bridge);
    expect(await dialog().getByLabel('Unprivileged').isChecked()).toBe(true);
    expect(await dialog().getByLabel('IPv4').inputValue()).toBe('dhcp');
    await keepScreenshot(page, 'ct-create');
    await dialog().getByRole('button', { name: 'Review' }).click();
    await dialog().getByText('Unprivileged: root inside is nobody on the node').waitFor();
    expect(await dialog().textContent()).not.toContain(rootPassword);
    await keepScreenshot(page, 'ct-create-review');
    await dialog().getByRole('button', { name: 'Create', exact: true }).click();

    await main().getByText('Running').first().waitFor({ timeout: 60_000 });
    await page.getByRole('treeitem', { name: /tiny/ }).waitFor();
    const address = await world.address(vmid);
    await main().getByText(address, { exact: true }).waitFor({ timeout: 60_000 });
    await keepScreenshot(page, 'ct-summary');
    expect(await world.config(vmid)).toMatchObject({ hostname: 'tiny', unprivileged: 1, memory: 128 });
  });

  it('has a log-in and a root shell that follow the size of the window', async () => {
    await tab('Console');
    await page.getByText('Connected', { exact: true }).waitFor();
    await page.keyboard.press('Enter');
    await untilTerminal(/tiny login: /);
    await page.keyboard.type('root\r');
    await untilTerminal(/Password: /);
    await page.keyboard.type(`${rootPassword}\r`);
    await untilTerminal(/# *$/);
    await page.keyboard.type('echo sum $((40+2)) of $(id -un)\r');
    await untilTerminal(/sum 42 of root/);
    await keepScreenshot(page, 'ct-console-login');

    await button('Root shell').click();
    await main().getByText('Connected', { exact: true }).waitFor();
    await untilTerminal(/# *$/);
    // That of the browser's first look, which comes before the shell is there.
    const [columns, rows] = await sizeInside();
    expect(columns).toBeGreaterThan(100);
    expect(rows).toBeGreaterThan(30);
    await keepScreenshot(page, 'ct-console-shell');
    await page.setViewportSize({ width: 1100, height: 700 });
    await eventually('the shell hears of the new size', 20_000, async () => {
      const [narrow, low] = await sizeInside();
      return narrow < columns && low < rows;
    });
    await keepScreenshot(page, 'ct-console-small');
    await page.setViewportSize({ width: 1440, height: 900 });
    // The first one went on meanwhile.
    await button('Log-in 1').click();
    await untilTerminal(/sum 42 of root/);
  });

  it('is given memory and a mount point while it runs', async () => {
    await tab('Resources');
    await button('Edit Memory').click();
    await submit({ Memory: '192' }, 'Save');
    await row('Memory').filter({ hasText: '192 MiB' }).waitFor();
    expect(memoryLimit()).toBe(192 * 1024 ** 2);

    await button('Add volume').click();
    await submit({ Size: '1', 'Path inside the container': '/data' }, 'Mount');
    await row('mp0').filter({ hasText: 'at /data' }).waitFor();
    await eventually('the volume is mounted inside', 20_000, async () =>
      (await world.sh(vmid, 'mount')).includes(' on /data '),
    );
    expect(await world.sh(vmid, 'echo kept >/data/file && cat /data/file')).toBe('kept');
    await noneWaits();
    await keepScreenshot(page, 'ct-resources');
  });

  it('is given a second card, a DNS server, and its start with the node', async () => {
    await tab('Network');
    await button('Add network card').click();
    await dialog().getByLabel('Bridge', { exact: true }).last().selectOption(bridge);
    expect(await dialog().getByLabel('Name inside').inputValue()).toBe('eth1');
    await keepScreenshot(page, 'ct-nic');
    await submit({}, 'Add network card');
    const cards = main().getByRole('table', { name: 'Network cards' });
    await cards.getByText('net1').waitFor();
    await eventually('the card is inside', 20_000, async () =>
      (await world.sh(vmid, 'ip link show eth1')).includes('eth1'),
    );
    await noneWaits();
    await keepScreenshot(page, 'ct-network');

    await tab('DNS');
    await button('Edit DNS servers').click();
    await submit({ 'DNS servers': '192.0.2.53, 192.0.2.54' }, 'Save');
    await setting('DNS servers').filter({ hasText: '192.0.2.53 192.0.2.54' }).waitFor();
    await noneWaits();
    await eventually('the container asks them', 20_000, async () =>
      (await world.sh(vmid, 'cat /etc/resolv.conf')).includes('nameserver 192.0.2.54'),
    );
    await keepScreenshot(page, 'ct-dns');

    await tab('Options');
    await button('Edit Start with the node').click();
    await dialog().getByLabel('Start with the node').check();
    await submit({}, 'Save');
    await setting('Start with the node').filter({ hasText: 'On' }).waitFor();
    expect(await world.config(vmid)).toMatchObject({ onboot: 1, nameserver: '192.0.2.53 192.0.2.54' });
    await keepScreenshot(page, 'ct-options');
  });

  it('has snapshots where its storage can, and says why when it cannot', async () => {
    expect(await world.sh(vmid, 'echo early >/root/early && sync && cat /root/early')).toBe('early');
    await tab('Snapshots');
    const take = button('Take snapshot').first();
    await expectEventually(take, 'aria-disabled', 'true');
    await keepScreenshot(page, 'ct-snapshots-running');
    const reason = await take.getAttribute('title');
    expect(reason).toMatch(/running|stop/i);
    expect(await main().getByText(reason!, { exact: true }).isVisible()).toBe(true);

    await button('Shut down').click();
    await main().getByText('Stopped').first().waitFor({ timeout: 60_000 });
    await expectEventually(take, 'aria-disabled', null);
    await take.click();
    await submit({ Name: 'clean', Description: 'before the experiment' }, 'Take');
    await row('clean').getByText('before the experiment').waitFor();
    await keepScreenshot(page, 'ct-snapshots');

    await button('Start').click();
    await main().getByText('Running').first().waitFor({ timeout: 60_000 });
    expect(await world.sh(vmid, 'echo late >/root/late && ls /root')).toBe('early\nlate');
    await button('Roll back to clean').click();
    await dialog().getByText('what its programs have in memory: it is stopped first').waitFor();
    await keepScreenshot(page, 'ct-rollback');
    await submit({}, 'Roll back');
    await eventually('it runs as it was', 60_000, async () => (await world.sh(vmid, 'ls /root')) === 'early');
    await main().getByText('Running').first().waitFor();

    await button('Remove snapshot clean').click();
    await dialog()
      .getByText(/while the container runs: stop it first/)
      .waitFor();
    await dialog().getByRole('button', { name: 'Cancel' }).click();
    await choose('Stop');
    await submit({}, 'Stop');
    await main().getByText('Stopped').first().waitFor({ timeout: 60_000 });
    await button('Remove snapshot clean').click();
    await submit({}, 'Remove');
    await main().getByText('No snapshots yet').waitFor();
  });

  it('is deleted with all that it had', async () => {
    await choose('Delete');
    await dialog().getByText('Deleted with everything on it, and not to be undone:').waitFor();
    await dialog().getByText('/data').waitFor();
    await keepScreenshot(page, 'ct-delete');
    await submit({ [`Type ${vmid} to confirm`]: String(vmid) }, 'Delete');
    await page.getByRole('treeitem', { name: /tiny/ }).waitFor({ state: 'detached' });
    await eventually('nothing is left', 20_000, () => world.leftovers(vmid).length === 0).catch(() => {});
    expect(world.leftovers(vmid)).toEqual([]);
    expect(world.mounts()).toEqual([]);
    await keepScreenshot(page, 'ct-deleted');
    expect(await failedTasks()).toEqual([]);
    expect(errors).toEqual([]);
  });
});

/** The lines of the terminal that is shown, without blanks at their ends. */
async function terminalText(): Promise<string> {
  const lines = await main().locator('.xterm-rows:visible > div').allInnerTexts();
  const text = lines.map((line) => line.replaceAll('\u00a0', ' ')).join('\n');
  return text.replace(/\n\s*$/, '');
}

function untilTerminal(shown: RegExp): Promise<string> {
  return eventually(`the terminal shows ${shown}`, 30_000, async () => {
    const text = await terminalText();
    if (shown.test(text)) return text;
    throw new Error(JSON.stringify(text.slice(-300)));
  });
}

/** Columns and rows, as programs in the terminal see them. */
async function sizeInside(): Promise<[number, number]> {
  const mark = randomName().slice(0, 6);
  await page.keyboard.type(`echo ${mark}:$(stty size):\r`);
  const [, rows, columns] = /:(\d+) (\d+):/.exec(
    (await untilTerminal(new RegExp(`${mark}:\\d+ \\d+:`))).split(`${mark}`).at(-1) ?? '',
  )!;
  return [Number(columns), Number(rows)];
}

/** Nothing that was changed waits for a restart. */
async function noneWaits(): Promise<void> {
  expect(await main().getByText('After restart').count()).toBe(0);
}

async function expectEventually(target: Locator, attribute: string, value: string | null): Promise<void> {
  await eventually(
    `${attribute} is ${value}`,
    20_000,
    async () => (await target.getAttribute(attribute)) === value,
  );
}

/** In bytes, as the kernel has it: under v1 and v2 of control groups. */
function memoryLimit(): number {
  const group = join('/sys/fs/cgroup/memory', `${world.prefix}lxc`, String(vmid), 'memory.limit_in_bytes');
  const unified = join('/sys/fs/cgroup', `${world.prefix}lxc`, String(vmid), 'memory.max');
  return Number(readFileSync(existsSync(group) ? group : unified, 'utf8'));
}

/** Those that ended badly, in words. */
async function failedTasks(): Promise<string[]> {
  const tasks = await daemon.ok<{ type: string; status?: string }[]>('GET', '/nodes/testnode/tasks', {
    source: 'all',
  });
  return tasks
    .filter(({ status = 'OK' }) => !/^(OK|WARNINGS: \d+)$/.test(status))
    .map(({ type, status }) => `${type}: ${status}`);
}
