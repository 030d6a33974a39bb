// Backup jobs in a real browser, on the daemon with fakes: a storage that takes backups, a job by hand and one for whom none means,
// schedules that are right and wrong, what is in a job, running it, its calendar, disabling and removing it; missing backups in lists.
import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { ApiClient } from '../../server/cli/api-client.ts';
import { type DevServer, devPassword, devUser, startDev } from '../../server/dev.ts';
import { type MockServer, startMock } from '../../ui/mock/server.ts';
import { keepScreenshot, launchChromium, openPage } from './chromium.ts';
import { Person } from './person.ts';

const errors: string[] = [];
let browser: Browser;
let dev: DevServer;
let mock: MockServer;
let person: Person;
let api: ApiClient;

beforeAll(async () => {
  dev = await startDev({ port: 0, guests: 6, containers: 2, tasks: false });
  mock = await startMock(0);
  api = new ApiClient(dev.socket);
  await api.call('PUT', '/storage/local', { content: 'images,rootdir,iso,vztmpl' });
  browser = await launchChromium();
  person = new Person(await openPage(browser, `https://localhost:${dev.port}/backup`, errors));
  const [user = '', realm = ''] = devUser.split('@');
  await person.page.getByLabel('Realm').selectOption(realm);
  await person.logIn(user, devPassword);
});
afterEach(async ({ task }) => {
  if (task.result?.state === 'fail')
    await keepScreenshot(person.page, `backup-jobs-failed-${task.name.slice(0, 20)}`);
});
afterAll(async () => {
  await browser?.close();
  await dev?.stop();
  await mock?.close();
});

const field = (label: string) => person.dialog().getByLabel(label, { exact: true });
const press = (name: string) => person.dialog().getByRole('button', { name, exact: true }).click();
/** Not what a field suggests. */
const said = (text: string) => person.dialog().locator('p', { hasText: text });
const gone = () => person.dialog().waitFor({ state: 'detached' });
const table = () => person.main().getByRole('table', { name: 'Backup jobs' });
const row = (name: string) => table().getByRole('row').filter({ hasText: name });
const calendar = () => person.main().getByRole('region', { name: 'Next seven days' });
const jobs = () => api.call<Record<string, unknown>[]>('GET', '/cluster/backup');
async function choose(job: string, item: string): Promise<void> {
  await person.button(`Actions: ${job}`).click();
  await person.page.getByRole('menuitem', { name: item, exact: true }).click();
}

describe('backup jobs', () => {
  it('begin with none; a job needs a storage that takes backups', async () => {
    await person.main().getByText('No backup jobs yet').waitFor();
    await person.button('Add job').click();
    await person.dialog().getByText('No storage takes backups').waitFor();
    await press('Cancel');
    await api.call('PUT', '/storage/local', { content: 'images,rootdir,iso,vztmpl,backup' });
  });

  it('say what a schedule means, when it comes, and what is wrong with it', async () => {
    await person.button('Add job').click();
    await said('Daily at 21:00').waitFor();
    const runs = person.dialog().getByRole('list', { name: 'Next runs' }).getByRole('listitem');
    await expect.poll(() => runs.count(), { timeout: 15_000 }).toBe(10);
    await field('Schedule').fill('mon..fri 22:15');
    await said('Mon to Fri at 22:15').waitFor();
    await expect
      .poll(async () => (await runs.allInnerTexts()).every((one) => one.endsWith(', 22:15')), {
        timeout: 15_000,
      })
      .toBe(true);
    await field('Schedule').fill('fryday 22:15');
    await person
      .dialog()
      .getByText(/fryday/i)
      .waitFor();
    expect(await field('Schedule').getAttribute('aria-invalid')).toBe('true');
    await field('Schedule').fill('*-02-30');
    await person.dialog().getByText('This never comes').waitFor();
    await press('Cancel');
  });

  it('are made with all that the dialog has, and say so in the table', async () => {
    await person.button('Add job').click();
    await field('Guests').selectOption('except');
    await press('Add job');
    await person.dialog().getByText('Choose at least one guest').waitFor();
    await person.dialog().getByLabel(/^101 /).check();
    await field('Schedule').fill('02:30');
    await field('Keep').selectOption('counts');
    await press('Add job');
    await person.dialog().getByText('Keep at least one').waitFor();
    await field('Last').fill('3');
    await field('Daily').fill('7');
    // What it comes to is said while it is written, by the daemon.
    const forecast = person.dialog().getByRole('region', { name: 'What that leaves' });
    await forecast.getByText('10 backups of each guest: last 3, 7 daily.').waitFor();
    await forecast.getByText('Room is needed for 11').waitFor();
    await field('Weekly').fill('4');
    await forecast.getByText('last 3, 7 daily, 4 weekly.').waitFor();
    expect(await forecast.getByRole('img').locator('[title$=": 1 backup"]').count()).toBe(14);
    await forecast.getByLabel('After').selectOption('1 month');
    await forecast.getByRole('img', { name: /^Calendar/ }).waitFor();
    await forecast.getByLabel('After').selectOption('10 years');
    await forecast.getByRole('img', { name: /^Months/ }).waitFor();
    await field('Weekly').fill('x');
    await forecast.getByText('It is shown when it is said how often').waitFor();
    await field('Weekly').fill('');
    await field('Mode').selectOption('suspend');
    await field('Comment').fill('Every night');
    await person.dialog().getByText('More settings').click();
    await field('Speed limit').fill('1.5');
    await field('Protected backups').check();
    await press('Add job');
    await gone();
    const made = row('Every night');
    await made.getByText('All guests but 1').waitFor();
    await made.getByText('Daily at 02:30').waitFor();
    await made.getByText('Keeps: last 3, 7 daily').waitFor();
    await made.getByText(/^Next: (today|tomorrow), 02:30$/).waitFor();
    await made.getByText('Not yet').waitFor();
    expect((await jobs())[0]).toMatchObject({
      ...{ all: 1, exclude: '101', schedule: '02:30', storage: 'local', mode: 'suspend', compress: 'zstd' },
      ...{ bwlimit: 1536, protected: 1, enabled: 1, 'notes-template': '{{guestname}}' },
      'prune-backups': { 'keep-last': 3, 'keep-daily': 7 },
    });
    await calendar()
      .getByRole('button', { name: /02:30.*Every night.*local/ })
      .first()
      .waitFor();
    await keepScreenshot(person.page, 'backup-jobs');
  });

  it('tell whom none of them means, and make a job for them', async () => {
    const notice = person.main().getByRole('note');
    await notice.getByText('1 guest is in no enabled job:').waitFor();
    await notice.getByRole('link', { name: /^101 / }).waitFor();
    await person.button('Add a job for it').click();
    expect(await person.dialog().getByLabel(/^101 /).isChecked()).toBe(true);
    await field('Schedule').fill('sat 18:00');
    await press('Add job');
    await gone();
    await notice.waitFor({ state: 'detached' });
    await row('Saturday at 18:00').waitFor();
    expect(await jobs()).toContainEqual(expect.objectContaining({ vmid: '101' }));
  });

  it('are changed: what is taken away is away, what another client set stays', async () => {
    const [before] = (await jobs()).filter((one) => one['comment'] === 'Every night');
    await api.call('PUT', `/cluster/backup/${before?.['id']}`, { mailto: 'anna@example.org' });
    await person.button('Edit Every night').click();
    await person.dialog().getByText('Also set, and kept as they are: mailto').waitFor();
    await field('Guests').selectOption('all');
    await field('Keep').selectOption('storage');
    await field('Speed limit').fill('');
    await press('Save');
    await gone();
    await row('Every night').getByText('All guests', { exact: true }).waitFor();
    const [after] = (await jobs()).filter((one) => one['comment'] === 'Every night');
    expect(after).toMatchObject({ all: 1, mailto: 'anna@example.org', protected: 1 });
    for (const name of ['exclude', 'prune-backups', 'bwlimit']) expect(after).not.toHaveProperty([name]);
  });

  it('try restores by a schedule, and keep how', async () => {
    await person.button('Edit Every night').click();
    await field('Try restores by a schedule').check();
    await field('When restores are tried').fill('');
    await field('What it must do').selectOption('port');
    await press('Save');
    await person.dialog().getByText('Say when').waitFor();
    await person.dialog().getByText('A port: 1 to 65535').waitFor();
    await field('When restores are tried').fill('sun 05:00');
    await said('Sunday at 05:00').waitFor();
    await field('What it must do').selectOption('running');
    await field('Of which guests').selectOption('all');
    await field('Wait at most').fill('120');
    await press('Save');
    await gone();
    await row('Every night').getByText('Restores tried').waitFor();
    const job = async () => (await jobs()).find((one) => one['comment'] === 'Every night') ?? {};
    const how = { 'test-guests': 'all', 'test-wait': 'running', 'test-timeout': 120 };
    expect(await job()).toMatchObject({ ...how, 'test-schedule': 'sun 05:00' });
    await person.button('Edit Every night').click();
    expect(await field('Wait at most').inputValue()).toBe('120');
    await field('Try restores by a schedule').uncheck();
    await press('Save');
    await gone();
    expect(await job()).toMatchObject(how);
    expect(await job()).not.toHaveProperty('test-schedule');
  });

  it('show which guests and disks are in them, and why not', async () => {
    await choose('Every night', 'Guests and disks in it');
    await person
      .dialog()
      .getByText(/^8 guests, \d+ of \d+ disks$/)
      .waitFor();
    await person.dialog().getByRole('link', { name: /^101 / }).waitFor();
    await person.page.keyboard.press('Escape');
    await gone();
  });

  it('are run by hand; the table follows the run and leads to its task', async () => {
    await person.button('Run now: Every night').click();
    const state = row('Every night').getByText(/^(Running|Done|Done with warnings|Failed)$/);
    await state.waitFor();
    await row('Every night')
      .getByText(/^(Done|Done with warnings|Failed)$/)
      .waitFor({ timeout: 60_000 });
    await person.button('Task log of the last run: Every night').click();
    await person.dialog().getByRole('log').waitFor();
    await keepScreenshot(person.page, 'backup-jobs-log');
    await person.page.keyboard.press('Escape');
    await gone();
  });

  it('are disabled in the table: no next run, nothing in the calendar, and their guests are told', async () => {
    const box = table().getByRole('checkbox', { name: 'Enabled: Every night' });
    await box.click();
    await row('Every night').getByText('Disabled').waitFor();
    expect(await box.isChecked()).toBe(false);
    expect(
      await row('Every night')
        .getByText(/^Next:/)
        .count(),
    ).toBe(0);
    await person.main().getByText('7 guests are in no enabled job:').waitFor();
    await expect
      .poll(() =>
        calendar()
          .getByRole('button', { name: /Every night/ })
          .count(),
      )
      .toBe(0);
    await box.click();
    await row('Every night')
      .getByText(/^Next:/)
      .waitFor();
  });

  it('follow what others do, and are removed when that is confirmed', async () => {
    await api.call('POST', '/cluster/backup', {
      pool: '',
      all: 1,
      schedule: '*/30',
      storage: 'local',
      id: 'theirs',
      comment: 'Theirs',
    });
    await row('Every 30 minutes').waitFor();
    await calendar()
      .getByText(/48 runs/)
      .first()
      .waitFor();
    await choose('Theirs', 'Remove');
    await person.dialog().getByText('Its backups stay.').waitFor();
    await press('Remove');
    await gone();
    await row('Theirs').waitFor({ state: 'detached' });
    expect((await jobs()).map((one) => one['id'])).not.toContain('theirs');
  });

  it('are found in the palette; nothing was broken', async () => {
    await person.tab('Summary');
    await person.page.keyboard.press('Control+k');
    await person.page.getByLabel('What are you looking for?').fill('vzdump');
    await person.page
      .getByRole('option', { name: /Backup/ })
      .first()
      .click();
    await person.page.waitForURL(/\/backup$/);
    expect(errors).toEqual([]);
  });
});

describe('missing backups', () => {
  it('are told on the datacenter, lead to the guests, and are in their list', async () => {
    const seen: string[] = [];
    const other = new Person(await openPage(browser, mock.url, seen));
    await other.logIn('root', 'croft');
    const panel = other.main().getByRole('region', { name: 'Needs attention' });
    await panel.getByRole('link', { name: '1 guest has no recent backup, and no job makes one' }).waitFor();
    await panel.getByRole('link', { name: 'The backups of 2 guests are overdue' }).click();
    await other.page.waitForURL(/backup:late/);
    const rows = other.main().getByRole('grid', { name: 'Guests' }).getByRole('row');
    await expect.poll(() => rows.count()).toBe(3);
    await rows.filter({ hasText: 'git' }).getByRole('img', { name: 'Its backup is overdue' }).waitFor();
    await rows.filter({ hasText: 'git' }).getByText('9 days ago').waitFor();
    await other.page.getByLabel('Filter guests').fill('mail');
    await rows.getByText('yesterday').waitFor();
    expect(seen).toEqual([]);
  });
});
