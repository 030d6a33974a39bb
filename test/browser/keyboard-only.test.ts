// A person without a mouse: logs in, creates a virtual machine, starts it, opens its screen and leaves it, all by keys.
import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { exec } from '../../server/core/exec.ts';
import { randomName } from '../../server/core/ids.ts';
import { TestDaemon } from '../host/daemon.ts';
import { keepScreenshot, launchChromium, openPage, readPixels } from './chromium.ts';

const daemon = new TestDaemon();
const account = `croftk${process.pid}`;
const password = randomName();
const errors: string[] = [];
let browser: Browser;
let page: Page;

beforeAll(async () => {
  await exec('useradd', ['--no-create-home', '--shell', '/usr/sbin/nologin', account]);
  await exec('chpasswd', [], { input: `${account}:${password}\n` });
  // A copy of its own: a build that goes on beside the test must not change what the browser sees.
  const uiDir = join(daemon.folder, 'ui');
  const built = process.env['CROFT_UI_DIR'] ?? new URL('../../dist/ui', import.meta.url);
  await cp(built, uiDir, { recursive: true });
  daemon.setEnv({ CROFT_UI_DIR: uiDir });
  await daemon.start();
  await daemon.ok('POST', '/access/users', { userid: `${account}@pam` });
  await daemon.ok('PUT', '/access/acl', { path: '/', roles: 'Administrator', users: `${account}@pam` });
  browser = await launchChromium();
  page = await openPage(browser, daemon.url, errors);
});
afterAll(async () => {
  if (page) await keepScreenshot(page, 'keyboard-only-end');
  await browser?.close();
  await daemon.dispose();
  await exec('userdel', [account], { okExitCodes: [0, 6, 8] });
});

/** What a screen reader would call the element that has the focus. */
function focused(): Promise<string> {
  return page.evaluate<string>(`(() => {
    const element = document.activeElement;
    const text = element.getAttribute('aria-label') ?? element.labels?.[0]?.textContent ?? element.textContent;
    return (text ?? '').trim();
  })()`);
}

/** More than any page of ours has to go through. */
const mostTabs = 150;

async function tabTo(name: string): Promise<void> {
  const passed: string[] = [];
  for (let i = 0; i < mostTabs; i += 1) {
    const now = await focused();
    if (now === name) return;
    passed.push(now.slice(0, 30));
    await page.keyboard.press('Tab');
  }
  throw new Error(`no way to ${name} by Tab; passed ${[...new Set(passed)].join(' | ')}`);
}

async function fill(name: string, text: string): Promise<void> {
  await tabTo(name);
  await page.keyboard.press('Control+a');
  await page.keyboard.type(text);
}

it('is enough', async () => {
  await page.getByLabel('User name').waitFor();
  await fill('User name', account);
  await fill('Password', password);
  await page.keyboard.press('Enter');
  await page.getByRole('tree').waitFor();

  await tabTo('Create VM');
  await page.keyboard.press('Enter');
  await page.getByRole('dialog').getByLabel('Bridge').waitFor();
  await fill('Name', 'keys');
  await fill('Memory', '128');
  await fill('Disk size', '1');
  await tabTo('Start after creation');
  await page.keyboard.press('Space');
  await tabTo('Review');
  await page.keyboard.press('Enter');
  await page.getByText('Step 2').waitFor();
  await tabTo('Create');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'keys' }).waitFor({ timeout: 60_000 });
  const start = page.getByRole('main').getByRole('button', { name: 'Start', exact: true });
  await expect.poll(() => start.getAttribute('aria-disabled'), { timeout: 60_000 }).toBe(null);

  await tabTo('Start');
  await page.keyboard.press('Enter');
  await page.getByRole('main').getByText('Running').first().waitFor({ timeout: 60_000 });
  expect(await daemon.domains()).toHaveLength(1);

  await tabTo('Summary');
  await page.keyboard.press('ArrowRight');
  await page.getByText('Connected', { exact: true }).waitFor({ timeout: 60_000 });
  const canvas = page.locator('canvas').first();
  await expect.poll(async () => (await readPixels(canvas)).lit, { timeout: 60_000 }).toBeGreaterThan(300);
  // The screen has the focus and every key; there is a way out of it all the same.
  expect(await focused()).toBe('Screen of keys');
  await page.keyboard.press('Tab');
  expect(await focused()).toBe('Screen of keys');
  await page.keyboard.press('Shift+Escape');
  expect(await focused()).toBe('Screen');
  await tabTo('Keys');
  await page.keyboard.press('Enter');
  await page.getByRole('menuitem', { name: 'Ctrl+Alt+Del' }).waitFor();
  await page.keyboard.press('Enter');
  await expect.poll(focused).toBe('Screen of keys');
  expect(errors).toEqual([]);
});
