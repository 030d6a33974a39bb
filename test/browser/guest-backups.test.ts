// Backups of a guest in a real browser, on the daemon with fakes: made, looked into, protected, restored, pruned and removed.
import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { ApiClient } from '../../server/cli/api-client.ts';
import { type DevServer, devPassword, devUser, startDev } from '../../server/dev.ts';
import { eventually } from '../host/wait.ts';
import { keepScreenshot, launchChromium, openPage } from './chromium.ts';
import { Person } from './person.ts';

const errors: string[] = [];
let browser: Browser;
let dev: DevServer;
let api: ApiClient;
let person: Person;

interface Volume {
  readonly volid: string;
  readonly vmid?: number;
  readonly protected?: 0 | 1;
  readonly notes?: string;
}
const backups = () => api.call<Volume[]>('GET', '/nodes/dev/storage/local/content', { content: 'backup' });
const untilBackups = (count: number) =>
  eventually(`${count} backups`, 20_000, async () => (await backups()).length === count);
/** On a phone's or a desk's table alike: the row of the newest backup. */
const rows = () => person.main().getByRole('grid', { name: 'Backups' }).getByRole('row');
const backUp = async () => {
  await person.button('Back up now').click();
  await person.dialog().waitFor();
};
const choose = async (item: string) => {
  await person
    .main()
    .getByRole('button', { name: /^More for / })
    .first()
    .click();
  await person.page.getByRole('menuitem', { name: item, exact: true }).click();
};
/** In the same second a second backup would have the first one's name. */
const nextSecond = () => person.page.waitForTimeout(1100);

beforeAll(async () => {
  dev = await startDev({ port: 0, guests: 10, containers: 1, tasks: false });
  api = new ApiClient(dev.socket);
  browser = await launchChromium();
  // The ninth of ten guests is stopped.
  person = new Person(await openPage(browser, `https://localhost:${dev.port}/vms/108/backups`, errors));
  const [user = '', realm = ''] = devUser.split('@');
  await person.page.getByLabel('Realm').selectOption(realm);
  await person.logIn(user, devPassword);
});
afterEach(async ({ task }) => {
  if (task.result?.state === 'fail') await keepScreenshot(person.page, 'guest-backups-failed');
});
afterAll(async () => {
  await browser?.close();
  await dev?.stop();
});

describe('backups of a guest in the browser', () => {
  it('are made at once, with notes, and shown when they are whole', async () => {
    await person.main().getByText('No backups here yet').waitFor();
    await backUp();
    expect(await person.dialog().getByLabel('Storage', { exact: true }).inputValue()).toBe('local');
    await person.submit({ Notes: 'before {{guestname}} <b>moves</b>' }, 'Back up');
    await rows().filter({ hasText: '<b>moves</b>' }).waitFor({ timeout: 20_000 });
    expect(await backups()).toMatchObject([{ vmid: 108, notes: expect.stringContaining('<b>moves</b>') }]);
    await nextSecond();
    await backUp();
    await person.dialog().getByLabel('Protect it from being removed').check();
    await person.submit({ Notes: 'kept' }, 'Back up');
    await rows().filter({ hasText: 'kept' }).getByText('Protected').waitFor({ timeout: 20_000 });
    await keepScreenshot(person.page, 'guest-backups');
  });

  it('show the configuration that is in them', async () => {
    await choose('Show configuration');
    await person.dialog().getByText('scsi0:').waitFor();
    await person.dialog().getByRole('button', { name: 'Close', exact: true }).last().click();
    await person.dialog().waitFor({ state: 'detached' });
  });

  it('are not removed while they are protected', async () => {
    await person
      .main()
      .getByRole('button', { name: /^More for / })
      .first()
      .click();
    const remove = person.page.getByRole('menuitem', { name: /^Remove/ });
    await remove.getByText('It is protected').waitFor();
    expect(await remove.getAttribute('aria-disabled')).toBe('true');
    await person.page.keyboard.press('Escape');
    await choose('Switch protection off');
    await rows().getByText('Protected').waitFor({ state: 'detached' });
    expect((await backups()).some((one) => one.protected === 1)).toBe(false);
  });

  it('become a guest of their own, at the next free number', async () => {
    await person
      .main()
      .getByRole('button', { name: /^Restore / })
      .first()
      .click();
    const vmid = person.dialog().getByLabel('New ID');
    await expect.poll(() => vmid.inputValue(), { timeout: 15_000 }).toMatch(/^1\d\d$/);
    expect(await person.dialog().getByLabel('New hardware addresses').isChecked()).toBe(true);
    await vmid.fill('108');
    await person.dialog().getByRole('button', { name: 'Restore', exact: true }).click();
    await person.dialog().getByText('Another guest has this number').waitFor();
    await person.submit({ 'New ID': '140' }, 'Restore');
    await person.page.getByRole('treeitem', { name: /140/ }).waitFor({ timeout: 30_000 });
  });

  it('take the place of the guest only when its number was typed', async () => {
    await person
      .main()
      .getByRole('button', { name: /^Restore / })
      .first()
      .click();
    await person
      .dialog()
      .getByRole('radio', { name: /^In the place of 108/ })
      .check();
    await person.dialog().getByText('are destroyed').waitFor();
    await person.dialog().getByRole('button', { name: 'Restore', exact: true }).click();
    await person.dialog().getByText('Type the number of the guest').waitFor();
    await keepScreenshot(person.page, 'guest-restore-over');
    await person.submit({ 'Type 108 to confirm': '108' }, 'Restore');
    await eventually('it is restored', 30_000, async () => {
      const tasks = await api.call<{ status?: string; id: string }[]>('GET', '/nodes/dev/tasks', {
        ...{ source: 'all', typefilter: 'qmrestore' },
      });
      return tasks.filter(({ id, status }) => id === '108' && status === 'OK').length === 1;
    });
  });

  it('are pruned after it was shown what goes', async () => {
    await person.page.goto(`https://localhost:${dev.port}/nodes/dev/storage/local/backup`);
    await person.button('Prune…').click();
    const dialog = person.dialog();
    await dialog.getByLabel('Last', { exact: true }).fill('1');
    await dialog.getByText('1 backup', { exact: false }).first().waitFor();
    const preview = dialog.getByRole('region', { name: 'What would become of each backup' });
    expect(await preview.getByText('Is removed').count()).toBe(1);
    expect(await backups()).toHaveLength(2);
    await keepScreenshot(person.page, 'storage-prune');
    await person.submit({ 'Type local to confirm': 'local' }, 'Remove 1 backup');
    await untilBackups(1);
    expect(await backups()).toMatchObject([{ notes: 'kept' }]);
  });

  it('are removed, the last one of a guest by its number', async () => {
    await rows().filter({ hasText: 'kept' }).waitFor();
    await choose('Remove');
    await person.dialog().getByText('has no other backup on local').waitFor();
    await person.submit({ 'Type 108 to confirm': '108' }, 'Remove');
    await untilBackups(0);
    await person.main().getByText('No backups here yet').waitFor();
  });

  it('of a container become a container of its own, and take its place', async () => {
    const all = await api.call<{ type: string; vmid?: number }[]>('GET', '/cluster/resources', {});
    const vmid = all.find(({ type }) => type === 'lxc')?.vmid ?? 0;
    await person.page.goto(`https://localhost:${dev.port}/cts/${vmid}/backups`);
    await person.main().getByText('No backups here yet').waitFor();
    await backUp();
    await person.submit({ Notes: 'of {{guestname}}' }, 'Back up');
    await rows().filter({ hasText: 'tar.zst' }).waitFor({ timeout: 20_000 });
    const open = async () => {
      await person
        .main()
        .getByRole('button', { name: /^Restore / })
        .first()
        .click();
      await person.dialog().waitFor();
    };
    await open();
    // There is no other way to begin before it is restored.
    expect(await person.dialog().getByLabel('Start it at once').count()).toBe(0);
    await person.submit({ 'New ID': '150' }, 'Restore');
    await person.page.getByRole('treeitem', { name: /150/ }).waitFor({ timeout: 30_000 });
    await eventually('it is whole', 30_000, async () => {
      const config = await api.call<Record<string, unknown>>('GET', '/nodes/dev/lxc/150/config', {});
      return config['hostname'] === 'restored' && config['lock'] === undefined;
    });
    const { status } = await api.call<{ status: string }>('GET', `/nodes/dev/lxc/${vmid}/status/current`, {});
    if (status !== 'stopped') await api.call('POST', `/nodes/dev/lxc/${vmid}/status/stop`, {});
    await open();
    const over = person.dialog().getByRole('radio', { name: new RegExp(`^In the place of ${vmid}`) });
    await expect.poll(() => over.isEnabled(), { timeout: 15_000 }).toBe(true);
    await over.check();
    await keepScreenshot(person.page, 'guest-restore-ct');
    await person.submit({ [`Type ${vmid} to confirm`]: String(vmid) }, 'Restore');
    await eventually('it took its place', 30_000, async () => {
      const config = await api.call<Record<string, unknown>>('GET', `/nodes/dev/lxc/${vmid}/config`, {});
      return config['hostname'] === 'restored' && config['lock'] === undefined;
    });
    expect(errors).toEqual([]);
  });
});
