// The frame of the web UI in a real browser: palette, tree, keyboard, notices, dock; on the daemon with fakes, and with a crowd on the mock.
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type DevServer, devPassword, devUser, startDev } from '../../server/dev.ts';
import { type MockServer, startMock } from '../../ui/mock/server.ts';
import { keepScreenshot, launchChromium, openPage } from './chromium.ts';
import { Person } from './person.ts';

const errors: string[] = [];
let browser: Browser;
let dev: DevServer;
let mock: MockServer;
let person: Person;
let page: Page;

beforeAll(async () => {
  dev = await startDev({ port: 0, guests: 20, containers: 2, tasks: false });
  mock = await startMock(0, { guests: 5000, changesPerSecond: 50 });
  browser = await launchChromium();
  page = await openPage(browser, `https://localhost:${dev.port}`, errors);
  person = new Person(page);
  const [user = '', realm = ''] = devUser.split('@');
  await page.getByLabel('Realm').selectOption(realm);
  await person.logIn(user, devPassword);
});
afterEach(async ({ task }) => {
  if (task.result?.state === 'fail') await keepScreenshot(page, 'shell-failed');
});
afterAll(async () => {
  await browser?.close();
  await dev?.stop();
  await mock?.close();
});

const palette = (on = page) => on.getByRole('dialog', { name: 'Search and commands' });
const field = (on = page) => palette(on).getByRole('combobox', { name: 'What are you looking for?' });
const options = (on = page) => palette(on).getByRole('option');
const option = (name: RegExp, on = page) => palette(on).getByRole('option', { name });
const item = (name: string | RegExp, on = page) => on.getByRole('treeitem', { name });
/** The option that the keyboard is at. */
const active = async () => {
  const id = await field().getAttribute('aria-activedescendant');
  return page.locator(`[id="${id}"]`).getAttribute('aria-label');
};
const tasks = () => page.getByRole('region', { name: 'Task dock' });
/** The number of the first guest in this state. */
const withState = async (state: string) => {
  const label =
    (await item(new RegExp(`^\\d+ .* ${state}$`))
      .first()
      .getAttribute('aria-label')) ?? '';
  return Number(/^\d+/.exec(label)?.[0]);
};

describe('the palette', () => {
  it('opens by button and by key, keeps the keyboard, and gives it back', async () => {
    await page.getByRole('button', { name: 'Search' }).click();
    await field().waitFor();
    expect(await field().evaluate((node) => node === node.ownerDocument.activeElement)).toBe(true);
    await page.keyboard.press('Escape');
    await palette().waitFor({ state: 'detached' });
    expect(await page.evaluate('document.activeElement.textContent')).toContain('Search');
    await page.keyboard.press('Control+k');
    await field().waitFor();
    await page.keyboard.press('Control+k');
    await palette().waitFor({ state: 'detached' });
    await page.keyboard.press('/');
    await field().waitFor();
    // The key that opened it is not in it.
    expect(await field().inputValue()).toBe('');
    await page.keyboard.press('Escape');
  });

  it('starts a guest by its number, without the mouse; the tree and the dock show it', async () => {
    const vmid = await withState('Stopped');
    await page.keyboard.press('/');
    await page.keyboard.type(`start ${vmid}`);
    await option(new RegExp(`^${vmid} Start .* Stopped$`)).waitFor();
    expect(await active()).toMatch(new RegExp(`^${vmid} Start `));
    await page.keyboard.press('Enter');
    await palette().waitFor({ state: 'detached' });
    await item(new RegExp(`^${vmid} .* Running$`)).waitFor();
    await tasks()
      .getByText(new RegExp(`VM ${vmid} - Start`))
      .waitFor();

    // What cannot be done now says why, and is not done.
    await page.keyboard.press('/');
    await page.keyboard.type(`start ${vmid}`);
    const refused = option(new RegExp(`^${vmid} Start .* It is already running Running`));
    await refused.waitFor();
    expect(await refused.getAttribute('aria-disabled')).toBe('true');
    await page.keyboard.press('Enter');
    expect(await palette().count()).toBe(1);
    await page.keyboard.press('Escape');
  });

  it('asks before it stops a guest hard', async () => {
    const vmid = await withState('Running');
    await page.keyboard.press('/');
    await page.keyboard.type(`stop ${vmid}`);
    await option(new RegExp(`^${vmid} Stop .* Running$`)).waitFor();
    await page.keyboard.press('Enter');
    await person.dialog().getByText('Stop without shutting down?').waitFor();
    await person.dialog().getByRole('button', { name: 'Stop', exact: true }).click();
    await item(new RegExp(`^${vmid} .* Stopped$`)).waitFor();
  });

  it('goes to what is chosen by arrows, and offers it again as used last', async () => {
    await page.keyboard.press('/');
    await page.keyboard.type('dev');
    await options().nth(1).waitFor();
    const first = await active();
    await page.keyboard.press('ArrowDown');
    const second = await active();
    expect(second).not.toBe(first);
    await page.keyboard.press('ArrowUp');
    await page.keyboard.press('ArrowUp');
    expect(await options().last().getAttribute('aria-selected')).toBe('true');
    await page.keyboard.press('ArrowDown');
    expect(await active()).toBe(first);
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/nodes\/dev/);
    await page.keyboard.press('/');
    expect(await active()).toBe(first);
    await palette().getByText('Last used').waitFor();
    await page.keyboard.press('Escape');
  });

  it('finds by the filter language; what cannot be read is marked with why', async () => {
    await page.keyboard.press('/');
    await page.keyboard.type('type:ct');
    await expect.poll(() => options().count()).toBe(2);
    await field().fill('mem>many');
    await palette().getByText('mem>many needs a size').waitFor();
    expect(await field().getAttribute('aria-invalid')).toBe('true');
    await palette().getByText('Nothing fits').waitFor();
    await field().fill('colour:red');
    await palette().getByText('colour:red: there is no such property').waitFor();
    await page.keyboard.press('Escape');
  });

  it('keeps a search under a name, also after a reload, and forgets it', async () => {
    await page.keyboard.press('/');
    await page.keyboard.type('type:ct status:running');
    await palette().getByRole('button', { name: 'Save this search' }).click();
    await palette().getByLabel('Name of the search').fill('Containers that run');
    await page.keyboard.press('Enter');
    await palette().getByRole('button', { name: 'Delete the saved search “Containers that run”' }).waitFor();
    await page.reload();
    await page.getByRole('tree').waitFor();
    await page.keyboard.press('/');
    await option(/^Containers that run/).click();
    expect(await field().inputValue()).toBe('type:ct status:running');
    await palette()
      .getByRole('button', { name: /^Delete the saved search/ })
      .click();
    await palette().getByRole('button', { name: 'Save this search' }).waitFor();
    await field().fill('');
    await options().first().waitFor();
    expect(await option(/^Containers that run/).count()).toBe(0);
    await page.keyboard.press('Escape');
  });
});

describe('the tree', () => {
  const arrange = (view: string) => page.getByLabel('Arrange by').selectOption(view);

  it('shows guests by kind, tag, storage and pool; the view is still there after a reload', async () => {
    await arrange('Kind');
    await item(/^Containers 2$/).waitFor();
    await arrange('Storage');
    await item(/^local Available$/).waitFor();
    await arrange('Tag');
    await item(/^Without tags/).waitFor();
    await arrange('Pool');
    await item(/^In no pool 22$/).waitFor();
    await page.reload();
    await item(/^In no pool 22$/).waitFor();
    expect(await page.getByLabel('Arrange by').inputValue()).toBe('pool');
  });

  it('folds a branch by click and by arrow, and remembers it', async () => {
    await arrange('Kind');
    const folder = item(/^Containers 2$/);
    await folder.click();
    await person.untilAttribute(folder, 'aria-expanded', 'false');
    await page.reload();
    await person.untilAttribute(folder, 'aria-expanded', 'false');
    await folder.click();
    await person.untilAttribute(folder, 'aria-expanded', 'true');
    await page.keyboard.press('g');
    await page.keyboard.press('t');
    await page.keyboard.press('Home');
    await page.keyboard.press('ArrowLeft');
    await expect.poll(() => page.getByRole('treeitem').count()).toBe(1);
    await page.keyboard.press('ArrowRight');
    await folder.waitFor();
    await arrange('Server');
  });

  it('filters by the same language', async () => {
    const filter = page.getByLabel('Filter resources');
    await filter.fill('type:ct');
    await expect.poll(() => page.getByRole('treeitem').count()).toBe(4);
    await filter.fill('nothing at all');
    await page.getByText('Nothing matches the filter').waitFor();
    await filter.fill('mem>many ');
    await page.getByText('mem>many needs a size').waitFor();
    await filter.fill('');
    await item(/^local Available$/).waitFor();
  });
});

describe('keys, places and notices', () => {
  it('shows the map of the keyboard, and does nothing while somebody writes', async () => {
    await page.getByRole('tree').focus();
    await page.keyboard.press('?');
    await person.dialog().getByText('Search and commands').waitFor();
    await page.keyboard.press('Escape');
    await person.dialog().waitFor({ state: 'detached' });
    const filter = page.getByLabel('Filter resources');
    await filter.focus();
    await page.keyboard.type('/?gd');
    expect(await filter.inputValue()).toBe('/?gd');
    expect(await page.getByRole('dialog').count()).toBe(0);
    await filter.fill('');
  });

  it('goes by keys; the way back and a reload keep the place', async () => {
    await page.getByRole('tree').focus();
    await page.keyboard.press('g');
    await page.keyboard.press('g');
    await page.waitForURL(/\/guests$/);
    await page.keyboard.press('g');
    await page.keyboard.press('d');
    await page.waitForURL((url) => url.pathname === '/');
    await page.goBack();
    await page.waitForURL(/\/guests$/);
    await item(/^100 /).click();
    const way = page.getByRole('navigation', { name: 'Where you are' });
    await way.getByRole('link', { name: /^100 / }).waitFor();
    await page.reload();
    await person.untilAttribute(item(/^100 /), 'aria-selected', 'true');
    await way.getByRole('link', { name: 'dev' }).click();
    await page.waitForURL(/\/nodes\/dev$/);
  });

  it('opens the menu of the user: the theme is changed in place', async () => {
    await page.getByRole('button', { name: `User menu of ${devUser}` }).click();
    await page.getByRole('menuitemradio', { name: 'Dark' }).click();
    expect(await page.locator('html').getAttribute('data-theme')).toBe('dark');
    await person.untilAttribute(page.getByRole('menuitemradio', { name: 'Dark' }), 'aria-checked', 'true');
    await page.getByRole('menuitemradio', { name: 'As the system' }).click();
    await page.getByRole('menuitem', { name: 'Keyboard shortcuts' }).click();
    await person.dialog().getByText('Your account').waitFor();
    await page.keyboard.press('Escape');
    await person.dialog().waitFor({ state: 'detached' });
    expect(errors).toEqual([]);
  });

  it('opens what is behind a button by its first key, before its code is there, and gives the focus back', async () => {
    const focused = () => page.evaluate('document.activeElement.textContent');
    for (const [key, reached] of [
      ['ArrowDown', 'Account'],
      ['ArrowUp', 'Log out'],
    ] as const) {
      await page.reload();
      const button = page.getByRole('button', { name: `User menu of ${devUser}` });
      await button.focus();
      expect(await button.getAttribute('aria-haspopup')).toBe('true');
      await page.keyboard.press(key);
      await expect.poll(focused).toBe(reached);
      await person.untilAttribute(button, 'aria-expanded', 'true');
      await page.keyboard.press('Escape');
      await page.getByRole('menu').waitFor({ state: 'detached' });
      await expect.poll(focused).toBe(devUser);
    }
    expect(errors).toEqual([]);
  });

  it('tells what is new, once, and leads to the log of what failed', async () => {
    const seen: string[] = [];
    const other = new Person(await openPage(browser, mock.url, seen));
    await other.logIn('root', 'croft');
    const bell = other.page.getByRole('button', { name: /^Notices: \d+ new$/ });
    await bell.click();
    await other.dialog().getByText('Storage local on croft2 is 97% full').waitFor();
    await other.dialog().getByRole('button', { name: 'Show its log' }).click();
    await other.page.getByRole('log').getByText('the guest did not react within 60 s').waitFor();
    const dock = other.page.getByRole('region', { name: 'Task dock' });
    await dock.getByRole('button', { name: 'Failed', exact: true }).click();
    await dock.getByText('VM 104 - Shut down').first().waitFor();
    // Rows change places at most twice a second.
    await dock.getByText('VM 100 - Start').waitFor({ state: 'detached' });
    await other.page.reload();
    await other.page.getByRole('button', { name: 'Notices', exact: true }).waitFor();
    expect(seen).toEqual([]);
    await other.page.context().close();
  });

  it('is quick with five thousand guests of which fifty a second change', async () => {
    const seen: string[] = [];
    const other = new Person(await openPage(browser, mock.url, seen));
    await other.logIn('root', 'croft');
    expect(await other.page.getByRole('treeitem').count()).toBeLessThan(100);
    await other.page.keyboard.press('/');
    const began = performance.now();
    await other.page.keyboard.type('5999');
    await option(/^5999 /, other.page).waitFor();
    expect(performance.now() - began).toBeLessThan(3000);
    await other.page.keyboard.press('Enter');
    await other.page.waitForURL(/\/vms\/5999/);
    await other.untilAttribute(item(/^5999 /, other.page), 'aria-selected', 'true');
    await other.page.getByLabel('Filter resources').fill('id:5500');
    await expect.poll(() => other.page.getByRole('treeitem').count()).toBe(3);
    expect(seen).toEqual([]);
    await other.page.context().close();
  });
});
