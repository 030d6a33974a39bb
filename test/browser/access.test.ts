// Who may come in and what they may do, in a real browser on the daemon with fakes: second factor, users, groups, roles, tokens.
import type { Browser, Locator } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { totpCode } from '../../server/access/two-factor/totp.ts';
import { type DevServer, devPassword, devUser, startDev } from '../../server/dev.ts';
import { keepScreenshot, launchChromium, openPage } from './chromium.ts';
import { Person } from './person.ts';

const errors: string[] = [];
let browser: Browser;
let dev: DevServer;
let admin: Person;

const url = () => `https://localhost:${dev.port}`;

beforeAll(async () => {
  dev = await startDev({ port: 0, guests: 2, containers: 0, tasks: false });
  browser = await launchChromium();
  admin = new Person(await openPage(browser, url(), errors));
});
afterEach(async ({ task }) => {
  if (task.result?.state === 'fail') await keepScreenshot(admin.page, 'access-failed');
});
afterAll(async () => {
  await browser?.close();
  await dev?.stop();
});

const password = 'correct horse battery';
const secrets: { base32: string; step: number; keys: string[] } = { base32: '', step: 0, keys: [] };

/** The code of the period that is so many from now. */
function codeIn(periods: number): string {
  const key = { secret: secrets.base32, algorithm: 'sha1', digits: 6, period: 30 } as const;
  secrets.step = Math.floor(Date.now() / 30_000) + periods;
  return totpCode(key, secrets.step);
}

async function logOut(person: Person): Promise<void> {
  await person.page.getByRole('button', { name: /^User menu of/ }).click();
  await person.page.getByRole('menuitem', { name: 'Log out' }).click();
  await person.page.getByLabel('User name').waitFor();
}

/** Up to where the second factor is asked for. */
async function firstStep(person: Person): Promise<Locator> {
  await person.page.getByLabel('User name').fill(devUser);
  await person.page.getByLabel('Password').fill(devPassword);
  await person.button('Log in').click();
  const answer = person.page.getByLabel('Code or recovery key');
  await answer.waitFor();
  return answer;
}

const heading = (person: Person, name: string) => person.page.getByRole('heading', { level: 1, name });

async function actOn(person: Person, row: string, item: string): Promise<void> {
  await person.button(`Actions: ${row}`).click();
  await person.page.getByRole('menuitem', { name: item, exact: true }).click();
  await person.dialog().waitFor();
}

const gridRow = (person: Person, text: string) => person.main().getByRole('row').filter({ hasText: text });

describe('the own account', () => {
  it('gets an authenticator app, whose secret is shown as a picture and a text', async () => {
    await admin.logIn(devUser, devPassword);
    await admin.page.goto(`${url()}/account`);
    await admin.main().getByText('Only your password protects your account').waitFor();
    await admin.button('Add authenticator app').click();
    await admin.dialog().getByRole('img', { name: 'QR code of the secret' }).waitFor();
    secrets.base32 = ((await admin.dialog().locator('code').textContent()) ?? '').replaceAll(' ', '');
    expect(secrets.base32).toMatch(/^[A-Z2-7]{32}$/);
    const submit = admin.dialog().getByRole('button', { name: 'Add authenticator app' });

    await submit.click();
    await admin.dialog().getByText('Six digits', { exact: true }).waitFor();
    await admin.dialog().getByLabel('Name').fill('Test phone');
    await admin.dialog().getByLabel('Code', { exact: true }).fill(codeIn(0));
    await admin.dialog().getByLabel('Your own password').fill('not my password');
    await submit.click();
    await admin.dialog().getByText('Your password is wrong.').waitFor();
    // A wrong password in a dialog ends no session.
    await admin.submit({ 'Your own password': devPassword, Code: codeIn(0) }, 'Add authenticator app');
    await admin.row('Test phone').waitFor();
    await admin.main().getByText('You have no recovery keys').waitFor();
  });

  it('gets recovery keys, shown once, to be copied, saved and printed', async () => {
    await admin.button('Make recovery keys').click();
    await admin.dialog().getByLabel('Your own password').fill(devPassword);
    await admin.dialog().getByRole('button', { name: 'Make recovery keys' }).click();
    const keys = admin.dialog().getByRole('list', { name: 'Recovery keys' }).getByRole('listitem');
    await keys.first().waitFor();
    secrets.keys = await keys.allInnerTexts();
    expect(secrets.keys.length).toBeGreaterThan(4);
    for (const key of secrets.keys) expect(key).toMatch(/^[0-9a-f]{4}(-[0-9a-f]{4}){3}$/);
    const file = admin.page.waitForEvent('download');
    await admin.dialog().getByRole('button', { name: 'Download' }).click();
    expect((await file).suggestedFilename()).toBe(`croft-recovery-keys-${devUser}.txt`);
    const sheet = admin.page.waitForEvent('frameattached');
    await admin.dialog().getByRole('button', { name: 'Print' }).click();
    await sheet;
    await keepScreenshot(admin.page, 'access-recovery-keys');
    await admin.dialog().getByRole('button', { name: 'I have kept them safe' }).click();
    await admin.row('Recovery keys').waitFor();
    expect(await admin.page.content()).not.toContain(secrets.keys[0]);
  });

  it('is asked for a code when logging in, and is back where it was', async () => {
    await logOut(admin);
    const answer = await firstStep(admin);
    await answer.fill('12');
    await admin.button('Log in').click();
    await admin.page.getByText('Neither a code of 6 to 8 digits').waitFor();
    await answer.fill('000000');
    await admin.button('Log in').click();
    await admin.page.getByText('This code is wrong, too old, or was used already.').waitFor();
    await keepScreenshot(admin.page, 'access-second-step');
    // That of the present period was used for the set-up.
    await answer.fill(codeIn(1));
    await admin.button('Log in').click();
    await heading(admin, 'Your account').waitFor();
  });

  it('gets in with a recovery key, and with each only once', async () => {
    const [key = ''] = secrets.keys;
    await logOut(admin);
    await (await firstStep(admin)).fill(key.replaceAll('-', ' ').toUpperCase());
    await admin.button('Log in').click();
    await heading(admin, 'Your account').waitFor();
    await logOut(admin);
    const answer = await firstStep(admin);
    await answer.fill(key);
    await admin.button('Log in').click();
    await admin.page.getByText('This recovery key is wrong or was used already.').waitFor();
    await answer.fill(secrets.keys[1] ?? '');
    await admin.button('Log in').click();
    await heading(admin, 'Your account').waitFor();
  });

  it('removes its factors with the password, and then is not asked any more', async () => {
    await actOn(admin, 'Test phone', 'Remove');
    await admin.submit({ 'Your own password': devPassword }, 'Remove');
    await actOn(admin, 'Recovery keys', 'Remove');
    await admin.dialog().getByText('from then on the password alone is enough').waitFor();
    await admin.submit({ 'Your own password': devPassword }, 'Remove');
    await admin.main().getByText('Only your password protects your account').waitFor();
    await logOut(admin);
    await admin.logIn(devUser, devPassword);
    await heading(admin, 'Your account').waitFor();
  });

  it('makes an API token whose secret is shown once and works', async () => {
    await admin.button('Create API token').click();
    await admin.dialog().getByLabel('Token', { exact: true }).fill('reader');
    await admin.dialog().getByLabel('Rights of its own').uncheck();
    await admin.dialog().getByRole('button', { name: 'Create API token' }).click();
    const header = admin.dialog().locator('figure').filter({ hasText: 'HTTP header' }).locator('pre');
    const authorization = ((await header.textContent()) ?? '').trim().replace(/^Authorization: /, '');
    expect(authorization).toMatch(new RegExp(`^PVEAPIToken=${devUser}!reader=\\S{20,}$`));
    await admin.dialog().getByRole('button', { name: 'I have copied the secret' }).click();
    const reply = await admin.page.request.get(`${url()}/api2/json/version`, {
      headers: { authorization },
      ignoreHTTPSErrors: true,
    });
    expect(reply.status()).toBe(200);
    await actOn(admin, `${devUser}!reader`, 'Remove');
    await admin.submit({ 'Type reader to confirm': 'reader' }, 'Remove');
    await gridRow(admin, 'reader').waitFor({ state: 'detached' });
  });
});

describe('the pages about access', () => {
  it('make a group, a user in it, a role, and a permission of the group', async () => {
    await admin.page.goto(url());
    await admin.tab('Access');
    await admin.tab('Groups');
    await admin.button('Create group').click();
    await admin.submit({ Group: 'shop', Comment: 'Who runs the shop' }, 'Create group');
    await gridRow(admin, 'Who runs the shop').waitFor();

    await admin.tab('Users');
    await admin.button('Create user').click();
    const dialog = admin.dialog();
    await dialog.getByLabel('User name').fill('no name');
    await dialog.getByRole('button', { name: 'Create user' }).click();
    await dialog.getByText('No blanks, colons, slashes').waitFor();
    await dialog.getByLabel('shop').check();
    await admin.submit(
      {
        'User name': 'joe',
        Password: password,
        'Once more': password,
        'First name': '<b>Joe</b>',
      },
      'Create user',
    );
    await gridRow(admin, 'joe@pve').getByText('<b>Joe</b>').waitFor();
    await keepScreenshot(admin.page, 'access-users');

    await admin.tab('Roles');
    await admin.button('Create role').click();
    await admin.dialog().getByLabel('See guests and their settings').check();
    await admin.submit({ Role: 'Looker' }, 'Create role');
    await gridRow(admin, 'Looker').getByText('1 privilege').waitFor();

    await admin.tab('Permissions');
    await admin.button('Add permission').click();
    await admin.dialog().getByRole('button', { name: 'Add permission' }).click();
    await admin.dialog().getByText('Enter a path, like /vms/100').waitFor();
    await admin.dialog().getByLabel('Kind').selectOption('Group');
    await admin.dialog().getByLabel('Role').selectOption('Looker');
    await admin.submit({ Path: '/vms', Who: 'shop' }, 'Add permission');
    await gridRow(admin, 'Looker').getByText('/vms').waitFor();
  });

  it('tell what somebody may do, all permissions taken together', async () => {
    await admin.main().getByLabel('User or API token').fill('joe@pve');
    await admin.main().getByLabel('Path', { exact: true }).fill('/vms/100');
    await admin.main().getByText('joe@pve has 1 privilege here').waitFor();
    await admin.main().getByLabel('Path', { exact: true }).fill('/nodes');
    await admin.main().getByText('joe@pve may do nothing on /nodes.').waitFor();
  });

  it('show them at the guest too, and take what is given there away again', async () => {
    await admin.page.goto(`${url()}/vms/100/permissions`);
    await admin.main().getByRole('list', { name: 'Given elsewhere' }).getByText('Looker').waitFor();
    await admin.button('Add permission').click();
    await admin.dialog().getByLabel('Role').selectOption('NoAccess');
    await admin.submit({ Who: 'joe@pve' }, 'Add permission');
    await gridRow(admin, 'NoAccess').waitFor();
    await keepScreenshot(admin.page, 'access-guest');
    await actOn(admin, 'NoAccess for joe@pve on /vms/100', 'Take away');
    await admin.dialog().getByRole('button', { name: 'Take away' }).click();
    await gridRow(admin, 'NoAccess').waitFor({ state: 'detached' });
  });

  it('show and take what is given on a storage', async () => {
    await admin.page.goto(`${url()}/nodes/dev/storage/local`);
    await admin.tab('Permissions');
    await admin.button('Add permission').click();
    await admin.dialog().getByLabel('Role').selectOption('PVEDatastoreUser');
    await admin.submit({ Who: 'joe@pve' }, 'Add permission');
    await gridRow(admin, 'PVEDatastoreUser').waitFor();
    await admin.page.reload();
    await actOn(admin, 'PVEDatastoreUser for joe@pve on /storage/local', 'Take away');
    await admin.dialog().getByRole('button', { name: 'Take away' }).click();
    await gridRow(admin, 'PVEDatastoreUser').waitFor({ state: 'detached' });
  });

  it('make a pool and put a guest into it', async () => {
    await admin.page.goto(`${url()}/access/pools`);
    await admin.button('Create pool').click();
    await admin.submit({ Pool: 'office', Comment: 'All of us' }, 'Create pool');
    await admin.button('Add members').click();
    const add = admin.dialog().getByRole('button', { name: 'Add members' });
    expect(await add.getAttribute('title')).toBe('Choose guests or storages first');
    await admin.dialog().getByLabel(/^100 /).check();
    await add.click();
    await admin.dialog().waitFor({ state: 'detached' });
    await gridRow(admin, 'Virtual machine').getByRole('link', { name: /^100 / }).waitFor();
    // What is in it must go first.
    await actOn(admin, 'office', 'Delete');
    await admin.dialog().getByLabel('Type office to confirm').fill('office');
    await admin.dialog().getByRole('button', { name: 'Delete' }).click();
    await admin.dialog().getByText('is not empty').waitFor();
    await admin.dialog().getByRole('button', { name: 'Cancel' }).click();
  });

  it('tell a plain user which privilege is missing', async () => {
    const joe = new Person(await openPage(browser, `${url()}/access`, errors));
    await joe.page.getByLabel('Realm').selectOption('pve');
    await joe.logIn('joe', password);
    await gridRow(joe, 'joe@pve').waitFor();
    expect(await gridRow(joe, devUser).count()).toBe(0);
    const missing = (privilege: string, path: string) => `You lack the privilege ${privilege} on ${path}.`;
    expect(await joe.button('Create user').getAttribute('title')).toBe(
      missing('Realm.AllocateUser', '/access/realm'),
    );
    await joe.tab('Groups');
    await expect
      .poll(() => joe.button('Create group').getAttribute('title'))
      .toBe(missing('Group.Allocate', '/access/groups'));
    await joe.tab('Permissions');
    await joe.button('Add permission').click();
    await joe.dialog().getByLabel('Role').selectOption('PVEVMUser');
    await joe.dialog().getByLabel('Path', { exact: true }).fill('/nodes');
    await joe.dialog().getByLabel('Who', { exact: true }).fill('joe@pve');
    await joe.dialog().getByRole('button', { name: 'Add permission' }).click();
    await joe.dialog().getByText(missing('Permissions.Modify', '/nodes')).waitFor();
    await joe.dialog().getByText('Give and take roles').waitFor();
    await keepScreenshot(joe.page, 'access-missing-privilege');
    await joe.dialog().getByRole('button', { name: 'Cancel' }).click();
    await joe.page.context().close();
  });

  it('end and delete users', async () => {
    await admin.page.goto(`${url()}/access`);
    await actOnMenu('joe@pve', 'Block log-in');
    await gridRow(admin, 'joe@pve').getByText('Off', { exact: true }).waitFor();
    await actOn(admin, 'joe@pve', 'Delete');
    await admin.submit({ 'Type joe@pve to confirm': 'joe@pve' }, 'Delete');
    await gridRow(admin, 'joe@pve').waitFor({ state: 'detached' });
    expect(errors).toEqual([]);
  });
});

/** For what is done at once, without a dialog. */
async function actOnMenu(row: string, item: string): Promise<void> {
  await admin.button(`Actions: ${row}`).click();
  await admin.page.getByRole('menuitem', { name: item, exact: true }).click();
}
