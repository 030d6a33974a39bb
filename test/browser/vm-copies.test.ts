// Copies of a virtual machine in a real browser on the real daemon: a snapshot with the memory of a guest that counts, going
// back to it, hibernation, clones in full and linked, a template, and disks that move to another storage and another machine.
import { mkdirSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { ConsoleClient, type Login, logIn, openConsole } from '../host/console-client.ts';
import { countingDisk, countsIn } from '../host/counting-guest.ts';
import { TestDaemon } from '../host/daemon.ts';
import { eventually } from '../host/wait.ts';
import { Desk } from './desk.ts';
import type { Person } from './person.ts';

const [vmid, full, linked, ofTemplate] = [100, 101, 102, 103];
const desk = new Desk('vmcop', new TestDaemon());
const { daemon } = desk;
const second = join(daemon.folder, 'second');
const guest = (id: number) => `/nodes/testnode/qemu/${id}`;
const config = (id: number) => daemon.ok<Record<string, string>>('GET', `${guest(id)}/config`);
let person: Person;
let login: Login;

beforeAll(async () => {
  await desk.open();
  ({ person } = desk);
  login = await logIn(daemon, 'watcher');
  mkdirSync(second, { mode: 0o755 });
  await daemon.ok('POST', '/storage', { storage: 'second', type: 'dir', path: second, content: 'images' });
  await mkdir(join(daemon.storagePath, 'import'), { recursive: true });
  await writeFile(join(daemon.storagePath, 'import', 'counting.raw'), countingDisk());
  const params = {
    ...{ vmid, name: 'counter', memory: 64, serial0: 'socket', scsihw: 'virtio-scsi-pci' },
    ...{ virtio0: 'local:0,import-from=local:import/counting.raw', boot: 'order=virtio0' },
  };
  expect(await daemon.task('POST', '/nodes/testnode/qemu', params)).toBe('OK');
  await desk.logIn();
  await person.goTo(/counter/);
});
afterEach(async ({ task }) => {
  if (task.result?.state === 'fail') await desk.keep('vm-copies-failed');
});
afterAll(() => desk.close());

/** Waits until the newest task of the type has ended well. */
async function untilDone(typefilter: string, count = 1): Promise<void> {
  await eventually(`${count} of ${typefilter}`, 60_000, async () => {
    const tasks = await daemon.ok<{ status?: string }[]>('GET', '/nodes/testnode/tasks', {
      ...{ source: 'all', typefilter },
    });
    const ended = tasks.map(({ status }) => status).filter((status) => status !== undefined);
    const wrong = ended.find((status) => status !== 'OK');
    if (wrong !== undefined) throw new Error(`${typefilter}: ${wrong}`);
    return ended.length >= count;
  });
}

/** The names of all volumes there are. */
async function volumes(): Promise<string[]> {
  const all = await daemon.ok<{ volid: string }[]>('GET', '/nodes/testnode/storage/local/content');
  return all.map(({ volid }) => volid);
}

/** What it counts from now on, until it is past `least`. */
async function countsOf(id: number, least: number): Promise<number[]> {
  const grant = await openConsole(daemon, login, id, 'termproxy');
  const client = await ConsoleClient.connect(daemon, id, grant, { cookie: login.cookie });
  try {
    client.send(`${grant.user}:${grant.ticket}\n`);
    await client.expect('OK');
    return await eventually(`the count of ${least}`, 30_000, () => {
      const counts = countsIn(client.received);
      return (counts.at(-1) ?? 0) >= least && counts;
    });
  } finally {
    client.close();
  }
}

describe('snapshots of a virtual machine in the browser', () => {
  it('keep the memory of one that runs, which goes on from there', { timeout: 120_000 }, async () => {
    await person.button('Start').click();
    await person.untilState('Running');
    await countsOf(vmid, 5);
    await person.tab('Snapshots');
    await person.main().getByText('No snapshots yet').waitFor();
    await person.button('Take snapshot').first().click();
    const memory = person.dialog().getByLabel('With its memory');
    expect(await memory.isChecked()).toBe(true);
    await person.submit({ Name: 'warm', Description: 'counting' }, 'Take');
    await person.row('warm').getByText('With memory').waitFor();
    await untilDone('qmsnapshot');
    const later = (await countsOf(vmid, 40)).at(-1) ?? 0;
    await desk.keep('vm-snapshots');

    await person.button('Roll back to warm').click();
    await person.dialog().getByText('everything written to its disks since').waitFor();
    await person.dialog().getByText('what its programs have in memory').waitFor();
    // It runs on: there is nothing to start.
    expect(await person.dialog().getByLabel('Start it afterwards').count()).toBe(0);
    await person.submit({}, 'Roll back');
    await untilDone('qmrollback');
    const [first = 0] = await countsOf(vmid, 1);
    expect(first).toBeGreaterThan(1);
    expect(first).toBeLessThan(later);
    await person.untilState('Running');
  });

  it('are described, and can be taken without memory', async () => {
    await person.button('Edit the description of warm').click();
    await person.submit({ Description: 'as it counted' }, 'Save');
    await person.row('warm').getByText('as it counted').waitFor();
    await person.button('Take snapshot').click();
    await person.dialog().getByLabel('With its memory').uncheck();
    await person.dialog().getByText('like a start after a power cut').waitFor();
    await person.submit({ Name: 'disks' }, 'Take');
    await person.row('disks').waitFor();
    await untilDone('qmsnapshot', 2);
    expect(await person.row('disks').getByText('With memory').count()).toBe(0);
  });
});

describe('hibernation in the browser', () => {
  it('ends a machine, which goes on where it was', { timeout: 90_000 }, async () => {
    const before = (await countsOf(vmid, 1)).at(-1) ?? 0;
    await person.choose('Hibernate');
    await person.untilState('Hibernated');
    await untilDone('qmsuspend');
    expect(await daemon.domains()).toEqual([]);
    await person.main().getByText('started, it goes on where it was').waitFor();
    // What is hibernated is not changed.
    expect(await person.button('Take snapshot').getAttribute('aria-disabled')).toBe('true');
    await desk.keep('vm-hibernated');
    await person.button('Resume').click();
    await person.untilState('Running');
    const [first = 0] = await countsOf(vmid, 1);
    expect(first).toBeGreaterThanOrEqual(before);
  });

  it('is given up: its memory goes, and it boots anew', { timeout: 120_000 }, async () => {
    const before = (await countsOf(vmid, 40)).at(-1) ?? 0;
    await person.choose('Hibernate');
    await person.untilState('Hibernated');
    await untilDone('qmsuspend', 2);
    const { vmstate } = await config(vmid);
    expect(await volumes()).toContain(vmstate);
    await person.button('Give up its memory').click();
    await person.dialog().getByText('is lost, as by a power cut').waitFor();
    await desk.keep('vm-give-up');
    await person.submit({}, 'Give up');
    await person.main().getByText('started, it goes on where it was').waitFor({ state: 'detached' });
    await person.untilState('Stopped');
    expect(await config(vmid)).not.toHaveProperty('vmstate');
    expect(await volumes()).not.toContain(vmstate);
    await person.button('Start').click();
    await person.untilState('Running');
    const [first = before] = await countsOf(vmid, 1);
    expect(first).toBeLessThan(before);
  });
});

describe('clones in the browser', () => {
  it('say why they cannot be, and are made in full of a snapshot while the machine runs', async () => {
    await person.choose('Clone');
    const fullCard = person.dialog().getByRole('radio', { name: /^Full/ });
    const linkedCard = person.dialog().getByRole('radio', { name: /^Linked/ });
    await person.dialog().getByText('Only of a snapshot or a template').waitFor();
    expect(await linkedCard.isDisabled()).toBe(true);
    await person.dialog().getByLabel('From').selectOption('disks');
    await person.dialog().getByText('have no linked clones of snapshots').waitFor();
    expect(await fullCard.isChecked()).toBe(true);
    await desk.keep('vm-clone');
    await person.submit({ 'New ID': String(full), Name: 'full' }, 'Clone');
    await person.page.getByRole('treeitem', { name: /full/ }).waitFor();
    await untilDone('qmclone');
    expect(await config(full)).toMatchObject({ name: 'full', memory: '64' });
  });

  it('are linked to a template, which can do nothing else', { timeout: 60_000 }, async () => {
    await person.goTo(/full/);
    await person.choose('Convert to template');
    await person.dialog().getByText('This cannot be undone').waitFor();
    await person.submit({}, 'Convert');
    await untilDone('qmtemplate');
    await person.main().getByText('Template').first().waitFor();
    for (const name of ['Start', 'Shut down']) expect(await person.button(name).count()).toBe(0);
    for (const name of ['Console', 'Snapshots'])
      expect(await person.page.getByRole('tab', { name, exact: true }).count()).toBe(0);
    await desk.keep('vm-template');
    await person.button('Clone').click();
    expect(await person.dialog().getByLabel('Linked').isChecked()).toBe(true);
    await person.submit({ 'New ID': String(linked), Name: 'linked' }, 'Clone');
    await person.goTo(/linked/);
    await untilDone('qmclone', 2);
    await person.button('Start').click();
    await person.untilState('Running');
    // It boots what its template's disk has.
    await countsOf(linked, 2);
    await person.choose('Stop');
    await person.dialog().getByRole('button', { name: 'Stop', exact: true }).click();
    await person.untilState('Stopped');
  });

  it('are made in the dialog for new machines too, with settings of their own', {
    timeout: 90_000,
  }, async () => {
    await person.button('Create VM').first().click();
    await person.dialog().getByText('A template', { exact: true }).click();
    const dialog = person.dialog();
    await dialog.getByLabel('Template', { exact: true }).waitFor();
    expect(await dialog.getByLabel('Template', { exact: true }).inputValue()).toBe(String(full));
    expect(await dialog.getByRole('radio', { name: /^Linked/ }).isChecked()).toBe(true);
    // A name that cannot be is told at its field, and nothing is made.
    await dialog.getByLabel('Name', { exact: true }).fill('two words');
    await dialog.getByLabel('Cores', { exact: true }).fill('2');
    await dialog.getByLabel('Memory', { exact: true }).fill('96');
    await dialog.getByLabel('VM ID', { exact: true }).fill(String(ofTemplate));
    await dialog.getByRole('button', { name: 'Review', exact: true }).click();
    await dialog.getByText('as in a host name').waitFor();
    await dialog.getByLabel('Name', { exact: true }).fill('of-template');
    await dialog.getByRole('button', { name: 'Review', exact: true }).click();
    await dialog.getByText('/clone').waitFor();
    await desk.keep('vm-of-template');
    await dialog.getByRole('button', { name: 'Create', exact: true }).click();
    await dialog.waitFor({ state: 'detached' });
    await person.page.waitForURL(`**/vms/${ofTemplate}`);
    await person.untilState('Running');
    expect(await config(ofTemplate)).toMatchObject({ name: 'of-template', cores: 2, memory: '96' });
    await countsOf(ofTemplate, 2);
    await person.goTo(/linked/);
  });
});

describe('disks in the browser', () => {
  it('move to another storage and format, and to another machine', { timeout: 60_000 }, async () => {
    await daemon.ok('PUT', `${guest(linked)}/config`, { scsi1: 'local:0.0009765625' });
    await person.tab('Hardware');
    await person.button('Move scsi1').click();
    await person.dialog().getByLabel('To storage').selectOption('second');
    await person.dialog().getByLabel('Format').selectOption('raw');
    await person.submit({}, 'Move');
    await person
      .row('scsi1')
      .filter({ hasText: `second:${linked}/` })
      .waitFor();
    await untilDone('qmmove');
    expect((await config(linked))['scsi1']).toMatch(/^second:102\/.*\.raw/);
    expect(await config(linked)).not.toHaveProperty('unused0');

    expect(await daemon.task('POST', `${guest(vmid)}/status/stop`)).toBe('OK');
    await person.button('Give away scsi1 to another VM').click();
    await person.dialog().getByLabel('To VM').selectOption(String(vmid));
    await person.dialog().getByLabel('As').selectOption('virtio1');
    await person.submit({}, 'Give away');
    await person.row('scsi1').waitFor({ state: 'detached' });
    await untilDone('qmmove', 2);
    expect((await config(vmid))['virtio1']).toMatch(/^second:100\//);
    await desk.keep('vm-hardware-given');
    expect(desk.errors).toEqual([]);
  });
});
