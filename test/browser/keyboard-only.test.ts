// A person without a mouse: logs in, creates a virtual machine, starts it, opens its screen and leaves it, all by keys.
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readPixels } from './chromium.ts';
import { Desk } from './desk.ts';

const desk = new Desk('k');
const { daemon, account, password, errors } = desk;
let page: Page;

beforeAll(async () => {
  await desk.open();
  page = desk.person.page;
});
afterAll(() => desk.close('keyboard-only-end'));

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
