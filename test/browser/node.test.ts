// The pages of a node in a real browser, on the daemon with fakes: each tab by its address, services, logs, disks, settings, shell.
import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { ApiClient } from '../../server/cli/api-client.ts';
import { type DevServer, devPassword, devUser, startDev } from '../../server/dev.ts';
import { keepScreenshot, launchChromium, openPage } from './chromium.ts';
import { Person } from './person.ts';

const errors: string[] = [];
let browser: Browser;
let dev: DevServer;
let person: Person;

beforeAll(async () => {
  dev = await startDev({ port: 0, guests: 4, containers: 1 });
  browser = await launchChromium();
  person = new Person(await openPage(browser, `https://localhost:${dev.port}/nodes/dev/disks`, errors));
  const [user = '', realm = ''] = devUser.split('@');
  await person.page.getByLabel('Realm').selectOption(realm);
  await person.logIn(user, devPassword);
});
afterEach(async ({ task }) => {
  if (task.result?.state === 'fail') await keepScreenshot(person.page, 'node-failed');
});
afterAll(async () => {
  await browser?.close();
  await dev?.stop();
});

const table = (name: string) => person.main().getByRole('table', { name });
const row = (name: string, text: string | RegExp) =>
  table(name).getByRole('row').filter({ hasText: text }).first();
const log = () => person.main().getByRole('log', { name: 'System log' });

describe('a node', () => {
  it('shows the tab of its address, also after log-in and reloading', async () => {
    await row('Disks', '/dev/sda').waitFor();
    await person.tab('Hardware');
    await row('PCI devices', 'UHD Graphics 630').waitFor();
    expect(new URL(person.page.url()).pathname).toBe('/nodes/dev/hardware');
    await person.page.reload();
    await row('PCI devices', 'UHD Graphics 630').waitFor();
    await person.page.goBack();
    await row('Disks', '/dev/sda').waitFor();
  });

  it('tells what it is and how it is doing', async () => {
    await person.tab('Summary');
    await person.main().getByText('Hardware (KVM)').waitFor();
    await person
      .main()
      .getByText(/^Linux \d/)
      .waitFor();
    for (const meter of ['Processor', 'Memory', 'System disk'])
      expect(await person.main().getByRole('meter', { name: meter }).count(), meter).toBeGreaterThan(0);
    await person.page.getByLabel('Time span').selectOption({ label: 'Last week' });
    await keepScreenshot(person.page, 'node-summary');
  });

  it('lists its storages and its network', async () => {
    await person.tab('Storages');
    await table('Storages').getByRole('link', { name: 'local' }).waitFor();
    await person.tab('Network');
    await row('Interfaces', 'vmbr0').getByText('10.10.10.1/24').waitFor();
    await row('Guests’ network cards', '100').getByText('net0').waitFor();
  });

  it('warns of a disk that fails, shows partitions below their disk and what a disk says of itself', async () => {
    await person.tab('Disks');
    await person.main().getByText('/dev/sdb reports that it is failing').waitFor();
    await row('Disks', '/dev/sda5').getByText('LVM: croft', { exact: true }).waitFor();
    await person.button('Hide partitions of /dev/sda').click();
    await row('Disks', '/dev/sda5').waitFor({ state: 'detached' });
    await person.button('Health details of /dev/sdb').click();
    await person.dialog().getByText('Reallocated Sector Ct').waitFor();
    await person.page.keyboard.press('Escape');
    await person.button('Health details of /dev/nvme0n1').click();
    await person.dialog().getByText('Temperature: 38 Celsius').waitFor();
    await keepScreenshot(person.page, 'node-disk');
    await person.page.keyboard.press('Escape');
    await person.dialog().waitFor({ state: 'detached' });
  });

  it('puts an empty disk to use, tells what is on the others, and takes it back', async () => {
    const pool = () => row('Thin pools (LVM)', 'slow/slow');
    await person.tab('Disks');
    await person.button('Create thin pool').click();
    await person.dialog().getByText('Nothing is known to be on it.').waitFor();
    await person.dialog().getByLabel('Name', { exact: true }).fill('slow');
    await person.dialog().getByLabel('Add it as a storage').uncheck();
    await person.dialog().getByRole('button', { name: 'Create', exact: true }).click();
    await pool().waitFor();
    await row('Disks', '/dev/sdb').getByText('LVM: slow', { exact: true }).first().waitFor();

    await pool().getByRole('button', { name: 'Actions for slow/slow' }).click();
    await person.page.getByRole('menuitem', { name: 'Destroy thin pool slow' }).click();
    await person.dialog().getByLabel('Also erase its disks').check();
    await person.dialog().getByLabel('Type slow to confirm').fill('slow');
    await keepScreenshot(person.page, 'node-disk-destroy');
    await person.dialog().getByRole('button', { name: 'Destroy', exact: true }).click();
    await pool().waitFor({ state: 'detached' });
  });

  it('shows PCI devices, all of them when asked, and USB devices', async () => {
    await person.tab('Hardware');
    await row('USB devices', 'SanDisk Ultra').waitFor();
    expect(await row('PCI devices', 'Host Bridge').count()).toBe(0);
    await person.page.getByLabel('Show bridges, memory and processors too').check();
    await row('PCI devices', 'Host Bridge').waitFor();
  });

  it('stops a service after a question and starts it again; says why one is not stopped', async () => {
    await person.tab('Services');
    const stopCroft = person.button('Stop croft').first();
    await stopCroft.waitFor();
    expect(await stopCroft.getAttribute('title')).toMatch(/Nobody could start it/);
    const service = row('System services', 'systemd-timesyncd');
    // Its state stands in another place on a phone.
    const untilService = (state: string) =>
      service.getByText(state, { exact: true }).filter({ visible: true }).waitFor();
    await untilService('Running');
    await service.getByRole('button', { name: 'Stop systemd-timesyncd', exact: true }).click();
    await person.dialog().getByText('What depends on it fails').waitFor();
    await person.submit({}, 'Stop');
    await untilService('Stopped');
    await service.getByRole('button', { name: 'Start systemd-timesyncd', exact: true }).click();
    await untilService('Running');
    await service.getByRole('button', { name: 'Restart systemd-timesyncd', exact: true }).click();
    await row('System services', 'chrony').getByText('Not installed').filter({ visible: true }).waitFor();
    await keepScreenshot(person.page, 'node-services');
  });

  it('follows its log, finds words in it, and shows the log of one service', async () => {
    await person.tab('Logs');
    await log().getByText('Failed password for invalid user admin').waitFor();
    await person.main().getByText('Live', { exact: true }).waitFor();
    await person.page.getByRole('searchbox', { name: 'Search', exact: true }).fill('admin failed');
    await person.main().getByText('1 line found').waitFor();
    expect(await log().locator('mark').allInnerTexts()).toEqual(['Failed', 'admin']);
    await person.page.getByRole('searchbox', { name: 'Search', exact: true }).fill('');
    await person.button('Pause').click();
    await person.main().getByText('Paused', { exact: true }).waitFor();
    await person.button('Follow').click();

    await person.page.getByLabel('Service', { exact: true }).selectOption('libvirtd');
    await log().getByText('libvirt version').waitFor();
    expect(await log().getByText('Linux version').count()).toBe(0);
    expect(new URL(person.page.url()).searchParams.get('service')).toBe('libvirtd');
    await keepScreenshot(person.page, 'node-logs');

    await person.page.getByLabel('Service', { exact: true }).selectOption('');
    await person.page.getByLabel(/^To \(Europe\/Rome\)/).fill('2020-01-01T00:00');
    await log().getByText('Nothing was logged in this range').waitFor();
    await person.main().getByText('Up to the end of the range').waitFor();
  });

  it('gives a terminal, and another one when it has ended', async () => {
    await person.tab('Shell');
    await person.untilTerminal(/Node dev: nothing runs here/);
    await person.page.keyboard.type('hello');
    await person.untilTerminal(/\$ hello/);
    await person.page.keyboard.press('Control+d');
    await person.main().getByText('The connection to the console has ended.').waitFor();
    await person.button('Reconnect').last().click();
    await person.main().getByText('Connected', { exact: true }).waitFor();
    await keepScreenshot(person.page, 'node-shell');
  });

  it('keeps notes, and how long its guests wait', async () => {
    await person.tab('Settings');
    await person.button('Edit general settings').click();
    await person.submit({ Notes: 'Rack 2 <b>below</b>', 'Wait before guests start': '90' }, 'Save');
    await person.main().getByText('Rack 2 <b>below</b>').waitFor();
    await person.main().getByText('1m 30s').waitFor();
    await person.button('Edit general settings').click();
    const wait = person.dialog().getByLabel('Wait before guests start');
    await wait.fill('301');
    await person.dialog().getByRole('button', { name: 'Save' }).click();
    await person.untilAttribute(wait, 'aria-invalid', 'true');
    await person.submit({ Notes: '', 'Wait before guests start': '' }, 'Save');
    await person.main().getByText('Rack 2').waitFor({ state: 'detached' });
  });

  it('changes name servers and time zone, and says at the field what is wrong', async () => {
    await person.tab('Settings');
    await person.main().getByText('192.0.2.53, 2001:db8::53').waitFor();
    await person.button('Edit name servers').click();
    const firstServer = person.dialog().getByLabel('First server');
    await firstServer.fill('dns.example.com');
    await person.dialog().getByRole('button', { name: 'Save' }).click();
    await person.untilAttribute(firstServer, 'aria-invalid', 'true');
    await person.submit({ 'First server': '192.0.2.54', 'Second server': '' }, 'Save');
    await person.main().getByText('192.0.2.54', { exact: true }).waitFor();
    await person.button('Edit time zone').click();
    await person.dialog().getByLabel('Time zone').selectOption('Asia/Tokyo');
    await person.submit({}, 'Save');
    await person.main().getByText('Asia/Tokyo').waitFor();
  });

  it('overwrites no /etc/hosts that somebody else has changed', async () => {
    await person.button('Edit /etc/hosts').click();
    const field = person.dialog().getByLabel('Content of the file');
    await field.fill('127.0.0.1 localhost mine\n');
    await new ApiClient(dev.socket).call('POST', '/nodes/dev/hosts', {
      data: '127.0.0.1 localhost theirs\n',
    });
    await person.dialog().getByRole('button', { name: 'Save' }).click();
    await person.dialog().getByText('was changed by somebody else').waitFor();
    await person.button('Discard and read again').click();
    await expect.poll(() => field.inputValue()).toContain('theirs');
    await field.fill('127.0.0.1 localhost theirs mine\n');
    await person.submit({}, 'Save');
    await person.main().getByText('localhost theirs mine').waitFor();
    await keepScreenshot(person.page, 'node-settings');
  });

  it('keeps the history of its tasks, by outcome and with their logs', async () => {
    await person.tab('Tasks');
    const stopped = person.main().getByText('Service systemd-timesyncd - Stop');
    await stopped.waitFor();
    await person.page.getByLabel('Outcome').selectOption({ label: 'Failed' });
    await stopped.waitFor({ state: 'detached' });
    await person.page.getByLabel('Outcome').selectOption({ label: 'All' });
    await stopped.click();
    await person.main().getByRole('log', { name: 'Task log' }).getByText('stop done').waitFor();
    await keepScreenshot(person.page, 'node-tasks');
    expect(errors).toEqual([]);
  });
});
