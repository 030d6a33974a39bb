// Notifications in a real browser, on the daemon with fakes and a mail server on loopback: a target made, wrong and right, tested,
// a matcher for it, a backup that is told of, a request of one's own making whose secrets stay, what cannot be removed.
import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { ApiClient } from '../../server/cli/api-client.ts';
import { type DevServer, devPassword, devUser, startDev } from '../../server/dev.ts';
import { type SmtpSink, smtpSink } from '../../server/notifications/server-fixture.ts';
import { keepScreenshot, launchChromium, openPage } from './chromium.ts';
import { Person } from './person.ts';

const errors: string[] = [];
let browser: Browser;
let dev: DevServer;
let smtp: SmtpSink;
let person: Person;
let api: ApiClient;

beforeAll(async () => {
  dev = await startDev({ port: 0, guests: 3, containers: 1, tasks: false });
  smtp = await smtpSink();
  api = new ApiClient(dev.socket);
  browser = await launchChromium();
  person = new Person(await openPage(browser, `https://localhost:${dev.port}/notifications`, errors));
  const [user = '', realm = ''] = devUser.split('@');
  await person.page.getByLabel('Realm').selectOption(realm);
  await person.logIn(user, devPassword);
});
afterEach(async ({ task }) => {
  if (task.result?.state === 'fail')
    await keepScreenshot(person.page, `notifications-failed-${task.name.slice(0, 20)}`);
});
afterAll(async () => {
  await browser?.close();
  await dev?.stop();
  await smtp?.close();
});

const root = '/cluster/notifications';
const field = (label: string) => person.dialog().getByLabel(label, { exact: true });
const press = (name: string) => person.dialog().getByRole('button', { name, exact: true }).click();
const said = (text: string | RegExp) => person.dialog().getByText(text).first().waitFor();
const gone = () => person.dialog().waitFor({ state: 'detached' });
const row = (list: string, name: string) =>
  person.main().getByRole('list', { name: list }).getByRole('listitem').filter({ hasText: name });
/** Errors stay until they are closed. */
async function closeToasts(): Promise<void> {
  const close = person.page.getByRole('region', { name: 'Messages' }).getByRole('button', { name: 'Close' });
  while ((await close.count()) > 0) await close.first().click();
}
async function choose(name: string, item: string): Promise<void> {
  await person.page
    .getByRole('button', { name: `Actions: ${name}`, exact: true })
    .locator('visible=true')
    .click();
  await person.page.getByRole('menuitem', { name: item, exact: true }).click();
}

describe('notifications', () => {
  it('go to root by mail, to begin with', async () => {
    await row('Targets', 'mail-to-root').getByText('Mail by this node').waitFor();
    await row('Matchers', 'default-matcher').getByText('All notifications', { exact: true }).waitFor();
  });

  it('get a mail server, told at its fields what is wrong', async () => {
    await person.button('Add target').click();
    await press('Add target');
    await said('Enter the name of a server');
    await said('Enter an address or choose a user');
    await field('Name').fill('office');
    await field('Server').fill('127.0.0.1');
    await field('Encryption').selectOption('insecure');
    await field('Port').fill(String(smtp.port));
    await field('User name').fill('me');
    await field('Password').fill('T0pSecret');
    await field('Addresses').fill('anna@example.org, it@example.org');
    await field('Sender’s address').fill('croft@example.org');
    await press('Add target');
    await gone();
    await row('Targets', 'office').getByText('anna@example.org, it@example.org').waitFor();
    await row('Targets', 'office').getByText('No matcher sends to it').waitFor();
    expect(JSON.stringify(await api.call('GET', `${root}/endpoints/smtp/office`))).not.toContain('T0pSecret');
  });

  it('are tested: it arrives, or it is said why not', async () => {
    await choose('office', 'Send a test');
    await person.page.getByText('A test was sent to office').waitFor();
    await row('Targets', 'office')
      .getByText(/^Sent today/)
      .waitFor();
    expect(smtp.mails).toMatchObject([{ to: ['anna@example.org', 'it@example.org'] }]);
    expect(smtp.logins).toEqual(['me:T0pSecret']);
    smtp.refusals['AUTH'] = '535 no: T0pSecret is wrong';
    await choose('office', 'Send a test');
    await person.page.getByText('The test did not arrive at office').waitFor();
    await row('Targets', 'office')
      .getByText(/^Failed today.*535/)
      .waitFor();
    expect(await person.page.getByText('T0pSecret').count()).toBe(0);
    delete smtp.refusals['AUTH'];
    await closeToasts();
  });

  it('are sent as matchers say: of a backup, once it is over', async () => {
    await person.button('Add matcher').click();
    await field('Name').fill('backups');
    await press('Add condition');
    await field('Value 1').fill('vzdump');
    await field('At these times').fill('at night');
    await press('Add matcher');
    await said('Choose at least one target');
    await person
      .dialog()
      .getByLabel(/^office /)
      .check();
    await press('Add matcher');
    await said(/write hours as 9-17/);
    await field('At these times').fill('');
    await press('Add matcher');
    await gone();
    await row('Matchers', 'backups').getByText('Type: Backups').waitFor();
    await row('Targets', 'office').getByText('No matcher sends to it').waitFor({ state: 'detached' });
    const before = smtp.mails.length;
    await api.call('PUT', '/storage/local', { content: 'images,rootdir,iso,vztmpl,backup' });
    await api.call('POST', `/nodes/${dev.node}/vzdump`, { vmid: '100', storage: 'local', compress: 'zstd' });
    await expect.poll(() => smtp.mails.length, { timeout: 30_000 }).toBe(before + 1);
    expect(smtp.mails.at(-1)?.data).toMatch(/^Subject: vzdump backup status \(.*\): backup successful$/m);
    await keepScreenshot(person.page, 'notifications');
  });

  it('make requests of one’s own, whose secrets are never shown and stay', async () => {
    await person.button('Add target').click();
    await field('Name').fill('chat');
    await field('Type').selectOption('webhook');
    await field('Begin with').selectOption('Slack');
    await press('Add target');
    await said('Each needs a name and a value');
    await field('Secrets: value 1').fill('T0pSecret');
    await field('URL').fill('https://{{ secrets.path }}/x');
    await press('Add target');
    await said('The server cannot come from a template');
    await field('URL').fill('http://127.0.0.1:9/{{ secrets.path }}');
    await press('Add target');
    await gone();
    await person.button('chat').click();
    expect(await field('Secrets: value 1').inputValue()).toBe('');
    expect(await field('Body').inputValue()).toContain('{{ escape message }}');
    await field('Comment').fill('Chat of the office');
    await press('Save');
    await gone();
    await row('Targets', 'Chat of the office').waitFor();
    expect(await api.call('GET', `${root}/endpoints/webhook/chat`)).toMatchObject({ secret: ['name=path'] });
    await choose('chat', 'Send a test');
    await person.page
      .getByText(/must not reach/)
      .first()
      .waitFor();
    await closeToasts();
  });

  it('keep a target that a matcher names; what came with the system can be had back', async () => {
    await choose('office', 'Remove');
    await press('Remove');
    await said("the matcher 'backups' sends to it");
    await press('Cancel');
    await choose('default-matcher', 'Disable');
    await row('Matchers', 'default-matcher').getByText('Disabled').waitFor();
    await choose('default-matcher', 'Restore defaults');
    await press('Restore defaults');
    await gone();
    await row('Matchers', 'default-matcher').getByText('Disabled').waitFor({ state: 'detached' });
    for (const [name] of [['backups'], ['office'], ['chat']] as const) {
      await choose(name, 'Remove');
      await press('Remove');
      await gone();
      await person.button(name).waitFor({ state: 'detached' });
    }
  });

  it('leave no error behind in the console', () => {
    // What was refused on purpose.
    expect(errors.filter((one) => !/status of (400|500|501|503)/.test(one))).toEqual([]);
  });
});
