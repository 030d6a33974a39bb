// Lists in a real browser: order, filter, columns, selection by mouse and keyboard, many guests at once, files of storages; on the
// daemon with fakes, and on the mock where thousands of guests or failures are needed.
import type { Browser, Locator } from 'playwright-core';
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

const guests = () => person.main().getByRole('grid', { name: 'Guests' });
const rows = () =>
  guests()
    .getByRole('row')
    .filter({ hasNot: person.page.getByRole('columnheader') });
const row = (name: string | RegExp) => rows().filter({ hasText: name });
const box = (name: string | RegExp) => guests().getByRole('checkbox', { name });
const selection = () => person.main().getByRole('region', { name: 'Selection' });
const countSelected = (count: number) => selection().getByText(`${count} selected`).waitFor();
/** The first cells of the rows in sight, from top to bottom. */
async function numbers(): Promise<number[]> {
  const cells = await rows().evaluateAll((all) =>
    all.map(
      (one) => [one.getBoundingClientRect().top, Number(/\d+/.exec(one.textContent ?? '')?.[0])] as const,
    ),
  );
  return cells.sort((a, b) => a[0] - b[0]).map((one) => one[1]);
}

beforeAll(async () => {
  dev = await startDev({ port: 0, guests: 8, containers: 2, tasks: false });
  mock = await startMock(0);
  browser = await launchChromium();
  person = new Person(await openPage(browser, `https://localhost:${dev.port}/guests`, errors));
  const [user = '', realm = ''] = devUser.split('@');
  await person.page.getByLabel('Realm').selectOption(realm);
  await person.logIn(user, devPassword);
});
afterEach(async ({ task }) => {
  if (task.result?.state === 'fail')
    await keepScreenshot(person.page, `lists-failed-${task.name.slice(0, 20)}`);
});
afterAll(async () => {
  await browser?.close();
  await dev?.stop();
  await mock?.close();
});

describe('the list of guests', () => {
  it('is ordered by its heads, both ways, and the order is there again after a reload', async () => {
    await rows().first().waitFor();
    const up = await numbers();
    expect(up).toEqual([...up].sort((a, b) => a - b));
    expect(up.length).toBeGreaterThanOrEqual(10);
    await guests().getByRole('button', { name: 'ID' }).click();
    await expect.poll(numbers).toEqual([...up].reverse());
    const head = guests().getByRole('columnheader', { name: 'ID' });
    expect(await head.getAttribute('aria-sort')).toBe('descending');
    await person.page.reload();
    await expect.poll(numbers).toEqual([...up].reverse());
    await guests().getByRole('button', { name: 'ID' }).click();
    await expect.poll(numbers).toEqual(up);
  });

  it('is filtered in the language of the search, and tells what it cannot read', async () => {
    const filter = person.page.getByLabel('Filter guests');
    await filter.fill('type:ct');
    await expect.poll(() => rows().count()).toBe(2);
    await filter.fill('colour:red');
    await person.main().getByText('colour:red: there is no such property').waitFor();
    expect(await filter.getAttribute('aria-invalid')).toBe('true');
    await person.main().getByRole('button', { name: 'Show all' }).click();
    await expect.poll(() => rows().count()).toBeGreaterThanOrEqual(10);
  });

  it('shows the columns that are chosen, as wide as they are wanted, and remembers both', async () => {
    const uptime = guests().getByRole('columnheader', { name: 'Uptime' });
    await uptime.waitFor();
    await person.button('Columns').click();
    await person.page.getByRole('menuitemcheckbox', { name: 'Uptime' }).click();
    await person.page.keyboard.press('Escape');
    await uptime.waitFor({ state: 'detached' });
    const node = guests().getByRole('columnheader', { name: 'Node' });
    const before = (await node.boundingBox())?.width ?? 0;
    await node.getByRole('button').focus();
    await person.page.keyboard.press('Shift+ArrowRight');
    await person.page.keyboard.press('Shift+ArrowRight');
    const width = async () => Math.round((await node.boundingBox())?.width ?? 0);
    await expect.poll(width).toBe(Math.round(before + 32));
    await person.page.reload();
    await node.waitFor();
    expect(await width()).toBe(Math.round(before + 32));
    expect(await uptime.count()).toBe(0);
    await person.button('Columns').click();
    await person.page.getByRole('menuitem', { name: 'As it was at first' }).click();
    await uptime.waitFor();
  });

  it('is walked through and selected in by the keyboard alone', async () => {
    const all = await numbers();
    await rows().first().focus();
    await person.page.keyboard.press('Space');
    await countSelected(1);
    await person.page.keyboard.press('Shift+ArrowDown');
    await person.page.keyboard.press('Shift+ArrowDown');
    await countSelected(3);
    await person.page.keyboard.press('Control+a');
    await countSelected(all.length);
    await person.page.keyboard.press('Escape');
    await selection().waitFor({ state: 'hidden' });
    await person.page.keyboard.press('End');
    const focused = () => person.page.evaluate('document.activeElement.textContent');
    await expect.poll(focused).toContain(String(all.at(-1)));
    await person.page.keyboard.press('Home');
    await person.page.keyboard.press('Enter');
    await person.page.waitForURL(new RegExp(`/${all[0]}$`));
    await person.page.goBack();
    await rows().first().waitFor();
  });

  it('does one thing with many guests, says with which it cannot, and what became of it', async () => {
    const filter = person.page.getByLabel('Filter guests');
    await filter.fill('status:running -is:template');
    await expect.poll(() => rows().count()).toBeGreaterThanOrEqual(2);
    const running = await rows().count();
    await guests().getByRole('checkbox', { name: 'Select all' }).check();
    await countSelected(running);
    const start = selection().getByRole('button', { name: 'Start' });
    expect(await start.getAttribute('title')).toBe('It is already running');
    await selection().getByRole('button', { name: 'More' }).click();
    await person.page.getByRole('menuitem', { name: 'Stop', exact: true }).click();
    await person.dialog().getByText('Their power is cut').waitFor();
    await person.dialog().getByRole('button', { name: 'Stop', exact: true }).click();
    await person.dialog().getByText(`${running} done`).waitFor({ timeout: 30_000 });
    await keepScreenshot(person.page, 'lists-stopped');
    await person.dialog().getByRole('button', { name: 'Close' }).last().click();
    // Below an open dialog there are no rows for anybody: only the count says that the table has looked again.
    await person
      .main()
      .getByText(/^0 of \d+$/)
      .waitFor();
    await filter.fill('');
    await row('Stopped')
      .nth(running - 1)
      .waitFor();
  });

  it('removes several only when that is typed, and none that runs', async () => {
    await person.page.getByLabel('Filter guests').fill('status:stopped -is:template');
    await expect.poll(() => rows().count()).toBeGreaterThanOrEqual(2);
    const [first = 0, second = 0] = await numbers();
    await box(new RegExp(`Select ${first} `)).check();
    await selection().getByRole('button', { name: 'Start' }).click();
    await person.dialog().getByRole('button', { name: 'Start', exact: true }).click();
    await person.dialog().getByText('1 done').waitFor({ timeout: 30_000 });
    await person.dialog().getByRole('button', { name: 'Close' }).last().click();
    const areShown = async (there: number, gone: number) => {
      const shown = await numbers();
      return shown.includes(there) && !shown.includes(gone);
    };
    await expect.poll(() => areShown(second, first)).toBe(true);
    await person.page.getByLabel('Filter guests').fill('');
    await row(new RegExp(`^${first}.*Running`)).waitFor();
    // What went out of sight is not selected when it comes back.
    await selection().waitFor({ state: 'hidden' });

    await box(new RegExp(`Select ${first} `)).check();
    await selection().getByRole('button', { name: 'More' }).click();
    const remove = person.page.getByRole('menuitem', { name: /^Delete/ });
    await remove.getByText('It is running: stop it first').waitFor();
    await person.page.keyboard.press('Escape');
    await box(new RegExp(`Select ${second} `)).check();
    await countSelected(2);
    await selection().getByRole('button', { name: 'More' }).click();
    await remove.click();
    await person.dialog().getByText('1 other guest is left as it is').waitFor();
    const button = person.dialog().getByRole('button', { name: 'Delete', exact: true });
    expect(await button.getAttribute('aria-disabled')).toBe('true');
    await person.dialog().getByLabel('Type delete 1 guest to confirm').fill('delete 1 guest');
    await button.click();
    await person.dialog().getByText('1 done').waitFor({ timeout: 30_000 });
    await person.dialog().getByRole('button', { name: 'Close' }).last().click();
    await expect.poll(() => areShown(first, second)).toBe(true);
    expect(errors).toEqual([]);
  });
});

describe('the datacenter', () => {
  it('leads from a state to the guests in it, and from a task to its log', async () => {
    await person.tab('Summary');
    const panel = (name: string): Locator => person.main().getByRole('region', { name });
    await panel('Guests')
      .getByRole('link', { name: /Running/ })
      .click();
    await expect.poll(() => rows().count()).toBeGreaterThanOrEqual(1);
    expect(await row(/Stopped/).count()).toBe(0);
    await person.tab('Summary');
    await panel('Recent tasks').getByRole('button').first().click();
    await person.dialog().getByRole('log').waitFor();
    await person.page.keyboard.press('Escape');
    await person.dialog().waitFor({ state: 'detached' });
    expect(errors).toEqual([]);
  });
});

describe('the files of a storage', () => {
  it('say who uses them before they are removed, and ask for their name then', async () => {
    const seen: string[] = [];
    const other = new Person(await openPage(browser, `${mock.url}/nodes/croft1/storage/local/iso`, seen));
    await other.logIn('root', 'croft');
    const name = 'debian-13.1.0-amd64-netinst.iso';
    await other.button(`Remove ${name}`).click();
    await other.dialog().getByText('It is in use').waitFor();
    await other.dialog().getByRole('link', { name: '104 ldap' }).waitFor();
    const remove = other.dialog().getByRole('button', { name: 'Remove', exact: true });
    expect(await remove.getAttribute('title')).toContain(name);
    await other.dialog().getByRole('button', { name: 'Cancel' }).click();
    expect(await other.button('Remove ipxe.iso').getAttribute('title')).toContain('It is protected');
    // A hostile name is text.
    const hostile = 'its <img src=x onerror=alert(1)> & "quoted".iso';
    await other.main().getByText(hostile).waitFor();
    await other.button(`Remove ${hostile}`).click();
    await other.dialog().getByText('No guest that was looked at uses it.').waitFor();
    await other.submit({}, 'Remove');
    await other.button(`Remove ${hostile}`).waitFor({ state: 'detached' });
    expect(seen).toEqual([]);
  });

  it('tell when they cannot be read, and are read again on demand', async () => {
    mock.world.trouble = { about: 'content', kind: 'fails' };
    const other = new Person(await openPage(browser, `${mock.url}/nodes/croft1/storage/local/iso`, []));
    await other.logIn('root', 'croft');
    await other.main().getByText('the configuration store does not answer').waitFor();
    mock.world.trouble = undefined;
    await other.main().getByRole('button', { name: 'Try again' }).click();
    await other
      .main()
      .getByRole('button', { name: /^Remove virtio/ })
      .waitFor();
  });
});

it('on a phone rows are cards, and each of them can be read and reached', async () => {
  const seen: string[] = [];
  const phone = new Person(await openPage(browser, `${mock.url}/guests`, seen, 390));
  await phone.page.getByLabel('User name').fill('root');
  await phone.page.getByLabel('Password').fill('croft');
  await phone.button('Log in').click();
  const card = phone.main().getByRole('row').filter({ hasText: 'web-frontend' });
  await card.getByText('Running').waitFor();
  await card.getByText('croft2').waitFor();
  const wide = await phone.page.evaluate('document.documentElement.scrollWidth - innerWidth');
  expect(wide).toBe(0);
  await phone.main().getByLabel('Order by').selectOption({ label: 'Name' });
  await phone.main().getByRole('row').first().getByText('a-very-long-name').waitFor();
  // Rows that are not in sight are not on the page.
  await phone.page.getByLabel('Filter guests').fill('web-frontend');
  await card.getByRole('link').click();
  await phone
    .main()
    .getByRole('heading', { level: 1, name: /web-frontend/ })
    .waitFor();
  expect(seen).toEqual([]);
});
