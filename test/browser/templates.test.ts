// The catalogue of container templates in a real browser: building on the daemon with fakes, uploading, removing; progress on the mock.
import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type DevServer, devPassword, devTemplate, devUser, startDev } from '../../server/dev.ts';
import { type MockServer, startMock } from '../../ui/mock/server.ts';
import { keepScreenshot, launchChromium, openPage } from './chromium.ts';
import { Person } from './person.ts';

/** Its headline, up to where that of the smaller one differs. */
const debian13 = 'Debian 13 \\(trixie\\), ready';
const errors: string[] = [];
let browser: Browser;
let dev: DevServer;
let mock: MockServer;
let person: Person;

beforeAll(async () => {
  dev = await startDev({ port: 0, guests: 1, containers: 1, tasks: false });
  mock = await startMock(0);
  browser = await launchChromium();
  person = new Person(await openPage(browser, `https://localhost:${dev.port}`, errors));
});
afterEach(async ({ task }) => {
  if (task.result?.state === 'fail') await keepScreenshot(person.page, 'templates-failed');
});
afterAll(async () => {
  await browser?.close();
  await dev?.stop();
  await mock?.close();
});

const entry = (headline: string) =>
  person
    .main()
    .getByRole('list', { name: 'Container templates' })
    .getByRole('listitem')
    .filter({
      has: person.page.getByRole('button', { name: new RegExp(`^(Build|Download|Make again:) ${headline}`) }),
    });

describe('the catalogue of container templates', () => {
  it('is built into a storage, and a container is offered of what was built', async () => {
    const [user = '', realm = ''] = devUser.split('@');
    await person.page.getByLabel('Realm').selectOption(realm);
    await person.logIn(user, devPassword);
    await person.goTo(/^dev/);
    await person.tab('Templates');
    const debian = entry(debian13);
    await debian.getByRole('button', { name: /^Build / }).waitFor();
    expect(await debian.getByText(/^In /).count()).toBe(0);
    await keepScreenshot(person.page, 'templates-catalogue');

    await debian.getByRole('button', { name: /^Build Debian 13/ }).click();
    const storage = person.dialog().getByLabel('Into storage');
    expect(await storage.inputValue()).toBe('local');
    await person.submit({}, 'Build');
    await debian.getByText(/^In local/).waitFor();
    await keepScreenshot(person.page, 'templates-built');

    await debian.getByRole('button', { name: /^Create container from Debian 13/ }).click();
    const chosen = person.dialog().getByLabel('Template', { exact: true });
    await expect.poll(() => chosen.inputValue()).toMatch(/^local:vztmpl\/debian-13/);
    await person.dialog().getByRole('button', { name: 'Cancel' }).click();
    await person.dialog().waitFor({ state: 'detached' });
  });

  it('shows only what matches the filter', async () => {
    await person.page.getByLabel('Filter templates').fill('alpine');
    await entry(debian13).waitFor({ state: 'detached' });
    await person.page.getByLabel('Filter templates').fill('no such system');
    await person.main().getByText('No template matches the filter').waitFor();
    await person.page.getByLabel('Filter templates').fill('');
    await entry(debian13).waitFor();
  });

  it('stands beside templates that were uploaded; each can be removed, after a question', async () => {
    const name = 'own-system_1.0_amd64.tar.zst';
    await person.goTo(/local/);
    await person.tab('Container templates');
    await person.button(`Remove ${devTemplate}`).waitFor();
    await person.button('Upload').first().click();
    const send = person.dialog().getByRole('button', { name: 'Upload file' });
    expect(await send.getAttribute('title')).toBe('Choose a file first');
    await person
      .dialog()
      .getByLabel('File', { exact: true })
      .setInputFiles({ name, mimeType: 'application/zstd', buffer: Buffer.from('a template') });
    await send.click();
    await person.button(`Remove ${name}`).waitFor();
    await keepScreenshot(person.page, 'templates-uploaded');

    await person.button(`Remove ${name}`).click();
    await person.dialog().getByText('This cannot be undone.').waitFor();
    await person.dialog().getByRole('button', { name: 'Cancel' }).click();
    await person.dialog().waitFor({ state: 'detached' });
    await person.button(`Remove ${name}`).waitFor();
    await person.button(`Remove ${name}`).click();
    await person.submit({}, 'Remove');
    await person.button(`Remove ${name}`).waitFor({ state: 'detached' });

    // The catalogue knows at once that what it built has gone.
    await person
      .main()
      .getByRole('button', { name: /^Remove debian-13/ })
      .click();
    await person.submit({}, 'Remove');
    await person.goTo(/^dev/);
    await person.tab('Templates');
    await entry(debian13)
      .getByText(/^In local/)
      .waitFor({ state: 'detached' });
    expect(errors).toEqual([]);
  });

  it('tells how far a template is, and offers it to nobody twice meanwhile', async () => {
    const seen: string[] = [];
    const other = new Person(await openPage(browser, `${mock.url}/nodes/croft1/templates`, seen));
    await other.logIn('root', 'croft');
    const download = other.main().getByRole('button', { name: /^Download Alpine/ });
    await download.click();
    await other.submit({}, 'Download');
    const progress = other.main().getByRole('progressbar', { name: /^Making alpine/ });
    await progress.waitFor();
    await other.untilAttribute(download, 'aria-disabled', 'true');
    // The mock's task takes six seconds and says a share with each line of its log.
    const share = async () => Number(await progress.getAttribute('aria-valuenow'));
    await expect.poll(share, { timeout: 10_000 }).toBeGreaterThan(0);
    const early = await share();
    await expect.poll(share, { timeout: 10_000 }).toBeGreaterThan(early);
    await keepScreenshot(other.page, 'templates-progress');
    await progress.waitFor({ state: 'detached' });
    await other
      .main()
      .getByRole('button', { name: /^Create container from Alpine/ })
      .waitFor();
    expect(seen).toEqual([]);
    await other.page.context().close();
  });
});
