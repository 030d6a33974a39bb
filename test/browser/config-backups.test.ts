// Configuration backups in a real browser, on the daemon with fakes: made by hand, compared after changes, chosen items restored, secrets
// behind a passphrase.
import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { ApiClient } from '../../server/cli/api-client.ts';
import { type DevServer, devPassword, devUser, startDev } from '../../server/dev.ts';
import { keepScreenshot, launchChromium, openPage } from './chromium.ts';
import { Person } from './person.ts';

const passphrase = 'correct horse battery';
const errors: string[] = [];
let browser: Browser;
let dev: DevServer;
let person: Person;
let api: ApiClient;

beforeAll(async () => {
  dev = await startDev({ port: 0, guests: 3, containers: 1, tasks: false });
  api = new ApiClient(dev.socket);
  await api.call('PUT', '/storage/local', { content: 'images,rootdir,iso,vztmpl,backup' });
  await api.call('POST', '/access/groups', { groupid: 'office', comment: 'The office' });
  await api.call('POST', '/access/users', { userid: 'anna@pve', groups: 'office', password: 'before-that' });
  browser = await launchChromium();
  person = new Person(await openPage(browser, `https://localhost:${dev.port}/backup`, errors));
  const [user = '', realm = ''] = devUser.split('@');
  await person.page.getByLabel('Realm').selectOption(realm);
  await person.logIn(user, devPassword);
});
afterEach(async ({ task }) => {
  if (task.result?.state === 'fail')
    await keepScreenshot(person.page, `config-backups-failed-${task.name.slice(0, 20)}`);
});
afterAll(async () => {
  await browser?.close();
  await dev?.stop();
});

const gone = () => person.dialog().waitFor({ state: 'detached' });
const box = (name: string) => person.main().getByRole('checkbox', { name: `Restore: ${name}`, exact: true });
const links = () => person.main().getByRole('link', { name: /^Compare the backup/ });
const inDialog = (name: string) => person.dialog().getByRole('button', { name, exact: true });

describe('configuration backups', () => {
  it('are found from the page of backups, and made by hand', async () => {
    await person.main().getByRole('link', { name: 'No configuration backup yet' }).click();
    await person.main().getByText('No configuration backups yet').waitFor();
    await person.button('Back up now').click();
    await inDialog('Back up now').click();
    await gone();
    await links().first().waitFor();
    await person.main().getByText('Secrets are not in new backups').waitFor();
  });

  it('say what differs, field by field', async () => {
    await api.call('PUT', '/access/groups/office', { comment: 'Others' });
    await api.call('DELETE', '/access/users/anna@pve');
    await links().first().click();
    await person.main().getByText('Passwords and keys are not in this backup').waitFor();
    const checkbox = person.page.getByRole('checkbox', { name: 'Restore: office', exact: true });
    const group = person.main().getByRole('listitem').filter({ has: checkbox });
    await group.getByText('Changed', { exact: true }).waitFor();
    await group.getByText('The office').first().waitFor();
    await group.getByText('Others').first().waitFor();
    expect(await box('anna@pve').first().isEnabled()).toBe(true);
    // The password is not in it.
    expect(await box('anna@pve').last().isEnabled()).toBe(false);
    await keepScreenshot(person.page, 'config-compare');
  });

  it('give chosen items back, and what is the same is not shown any more', async () => {
    await box('office').check();
    await person.button('Restore 1 item').click();
    await person.dialog().getByText('All of them are brought back, or none').waitFor();
    await inDialog('Restore 1 item').click();
    await gone();
    await box('office').waitFor({ state: 'detached' });
    expect(await api.call('GET', '/access/groups/office')).toMatchObject({ comment: 'The office' });
    await expect(api.call('GET', '/access/users/anna@pve')).rejects.toThrow('no such user');
  });

  it('hold secrets once there is a passphrase, which opens them', async () => {
    await api.call('POST', '/access/users', {
      userid: 'anna@pve',
      groups: 'office',
      password: 'before-that',
    });
    await person.main().getByRole('link', { name: 'All configuration backups' }).click();
    await person.button('Set passphrase').click();
    await person.dialog().getByLabel('Passphrase', { exact: true }).fill(passphrase);
    await inDialog('Set passphrase').click();
    await person.dialog().getByText('The two differ').waitFor();
    await person.dialog().getByLabel('Once more').fill(passphrase);
    await inDialog('Set passphrase').click();
    await gone();
    await person.main().getByText('Secrets are in new backups, encrypted').waitFor();
    await person.button('Back up now').click();
    await inDialog('Back up now').click();
    await gone();
    await expect.poll(() => links().count()).toBe(2);
    await api.call('DELETE', '/access/users/anna@pve');
    await links().first().click();
    await person.button('Open with the passphrase').click();
    await person.dialog().getByLabel('Passphrase', { exact: true }).fill('something else');
    await inDialog('Open with the passphrase').click();
    await person.dialog().getByText('not the one that this backup was made with').waitFor();
    await person.dialog().getByLabel('Passphrase', { exact: true }).fill(passphrase);
    await inDialog('Open with the passphrase').click();
    await gone();
    await person.main().getByText('Passwords and keys were compared, too.').waitFor();
    // The password needs its user, which is chosen with it.
    await box('anna@pve').last().check();
    await person.button('Restore 2 items').click();
    await inDialog('Restore 2 items').click();
    await gone();
    await person.main().getByText('Everything is as in this backup').waitFor();
    expect(await api.call('GET', '/access/users/anna@pve')).toMatchObject({ groups: ['office'] });
  });

  it('are removed, and leave nothing in the console', async () => {
    await person.main().getByRole('link', { name: 'All configuration backups' }).click();
    await expect.poll(() => links().count()).toBe(2);
    await person.button(`Actions: ${await madeAt()}`).click();
    await person.page.getByRole('menuitem', { name: 'Remove', exact: true }).click();
    await inDialog('Remove').click();
    await gone();
    await expect.poll(() => links().count()).toBe(1);
    // The browser reports the refused passphrase itself.
    expect(errors.filter((line) => !/status of 400/.test(line))).toEqual([]);
  });
});

/** The time in the first row. */
async function madeAt(): Promise<string> {
  return (await person.main().getByRole('row').nth(1).getByRole('cell').first().textContent())?.trim() ?? '';
}
