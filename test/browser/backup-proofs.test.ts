// Tries to restore backups in a real browser, on the mock: what came of them, pictures, a new try, those of a job; how fast a backup goes.
import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { type MockServer, startMock } from '../../ui/mock/server.ts';
import { keepScreenshot, launchChromium, openPage } from './chromium.ts';
import { Person } from './person.ts';

const errors: string[] = [];
let browser: Browser;
let mock: MockServer;
let person: Person;

beforeAll(async () => {
  mock = await startMock(0);
  browser = await launchChromium();
  person = new Person(await openPage(browser, `${mock.url}/vms/102/backups`, errors));
  await person.logIn('root', 'croft');
});
afterEach(async ({ task }) => {
  if (task.result?.state === 'fail') await keepScreenshot(person.page, 'backup-proofs-failed');
});
afterAll(async () => {
  await browser?.close();
  await mock?.close();
});

const rows = () => person.main().getByRole('grid', { name: 'Backups' }).getByRole('row');
const close = async () => {
  await person.page.keyboard.press('Escape');
  await person.dialog().waitFor({ state: 'detached' });
};

it('what came of a try is in the table, and with its picture in a drawer', async () => {
  await person.main().getByText('Last proven restore:').waitFor();
  await person.button('Proven yesterday').click();
  const drawer = person.dialog();
  await drawer.getByText('Agent answers (Debian GNU/Linux 13)').waitFor();
  await drawer.getByText('net0 is not connected').waitFor();
  const picture = drawer.getByRole('img', { name: 'Its screen at the end of the test' });
  await expect
    .poll(() => picture.evaluate((image) => (image as unknown as { naturalWidth: number }).naturalWidth), {
      timeout: 20_000,
    })
    .toBe(320);
  await drawer.getByRole('button', { name: 'Task log' }).click();
  await drawer.getByRole('log').waitFor();
  await keepScreenshot(person.page, 'backup-proof');
  await close();
});

it('one that failed says where and why, as it is', async () => {
  await person
    .main()
    .getByRole('button', { name: /^Failed: the agent/ })
    .click();
  await person.dialog().getByText('It started and did not come up').waitFor();
  await person.dialog().getByText('<img src=x onerror=alert(1)>').waitFor();
  await close();
});

it('a backup is tried, which is followed with its pace, and then proven', async () => {
  const more = person.main().getByRole('button', { name: /^More for / });
  await more.first().click();
  await person.page.getByRole('menuitem', { name: 'Test restore…' }).click();
  const dialog = person.dialog();
  await dialog.getByText('The VM itself is not touched.').waitFor();
  const waits = dialog.getByLabel('What it must do').locator('option');
  expect(await waits.allInnerTexts()).not.toContain('It listens on a port');
  await dialog.getByLabel('Wait at most').fill('5');
  await dialog.getByRole('button', { name: 'Test restore', exact: true }).click();
  await dialog.getByText('10 to 7200 seconds').waitFor();
  await dialog.getByLabel('Wait at most').fill('7200');
  await dialog.getByRole('button', { name: 'Test restore', exact: true }).click();
  await dialog.getByText(/busy for so long/i).waitFor();
  await person.submit({ 'Wait at most': '300' }, 'Test restore');
  const going = person
    .main()
    .getByRole('list', { name: 'Going on now' })
    .getByText(/GiB\/s · about \d+s left/);
  await going.first().waitFor({ timeout: 15_000 });
  await rows().nth(1).getByText('Proven today').waitFor({ timeout: 30_000 });
  await person.main().getByText('Last proven restore: today').waitFor();
});

it('a guest whose backup could not be restored is told on the datacenter, and on its own page', async () => {
  await person.page.goto(mock.url);
  const panel = person.main().getByRole('region', { name: 'Needs attention' });
  await panel.getByRole('link', { name: 'The newest backup of 1 guest could not be proven' }).click();
  await person.page.waitForURL(/cts\/200\/backups$/);
  await person.main().getByRole('note').getByText('Nothing listens on port 22 after 600 s').waitFor();
  await person.main().getByRole('note').getByText('Last proven restore: 9 days ago').waitFor();
});

it('restores of a job are tried by hand', async () => {
  await person.page.goto(`${mock.url}/backup`);
  const row = person.main().getByRole('row').filter({ hasText: 'Pool shop' });
  await row.getByText('CT 200: nothing listens on port 22 after 600 s').waitFor();
  await person.button('Actions: Pool shop').click();
  await person.page.getByRole('menuitem', { name: 'Test restores now' }).click();
  await row.getByText('Running').waitFor();
  await row.getByText('Done').waitFor({ timeout: 20_000 });
  expect(errors.filter((one) => !one.includes('400'))).toEqual([]);
});
