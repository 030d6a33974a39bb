// Every setting of a virtual machine's hardware and options in a real browser on the real daemon, stopped and running.
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { exec } from '../../server/core/exec.ts';
import { TestDaemon } from '../host/daemon.ts';
import { deskBridge as bridge } from './ct-desk.ts';
import { Desk } from './desk.ts';
import type { Person } from './person.ts';

/** Cards on the host carry it: a run beside another does not meet it. */
const vmid = 10_000 + (process.pid % 80_000);
const desk = new Desk('hw', new TestDaemon({ privateBridge: bridge }));
const { daemon } = desk;
let person: Person;

beforeAll(async () => {
  await desk.open();
  ({ person } = desk);
  const params = { name: 'hard', memory: 128, scsihw: 'virtio-scsi-pci', net0: `virtio,bridge=${bridge}` };
  expect(await daemon.task('POST', '/nodes/testnode/qemu', { vmid, ...params })).toBe('OK');
  await desk.logIn();
  await person.goTo(/hard/);
});
afterEach(async ({ task }) => {
  if (task.result?.state === 'fail') await desk.keep('vm-hardware-failed');
});
afterAll(() => desk.close());

const config = () => daemon.ok<Record<string, string | number>>('GET', `/nodes/testnode/qemu/${vmid}/config`);
const more = () => person.dialog().getByText('More settings').click();
const field = (label: string) => person.dialog().getByLabel(label, { exact: true });
const save = () => person.dialog().getByRole('button', { name: 'Save', exact: true }).click();

/** Adds what the menu names, and waits for its row. */
async function add(kind: string, action: string, row: string): Promise<void> {
  await person.button('Add device').click();
  await person.page.getByRole('menuitem', { name: kind }).click();
  await person.submit({}, action);
  await person.row(row).waitFor();
}

/** Opens the dialog of one of the options that are folded away. */
async function editRare(label: string): Promise<void> {
  // Not asked by what is seen: a dialog that closes hides the page for a moment yet.
  const open = await person.main().locator('details').getAttribute('open');
  if (open === null) await person.main().getByText('More options').click();
  await person.button(`Edit ${label}`).click();
}

describe('a disk', () => {
  it('is added with all that it can do, wrong limits are told at their fields, and it is changed', async () => {
    await person.tab('Hardware');
    await person.button('Add disk').click();
    await field('Appear as SSD').check();
    await field('Include in backups').uncheck();
    await more();
    await field('Cache').selectOption('writeback');
    await field('Asynchronous I/O').selectOption('native');
    await field('Amount of data').selectOption('each');
    await field('Reading: at most').fill('100');
    await field('Reading: for a while').fill('50');
    await field('Serial number').fill('OFFICE-1');
    await person.dialog().getByLabel('Disk size').fill('1');
    await save();
    await person.dialog().getByText('Not below the limit').waitFor();
    await person.dialog().getByText('Native I/O needs').waitFor();
    await desk.keep('vm-disk-wrong');
    await field('Asynchronous I/O').selectOption('threads');
    await person.submit({ 'Reading: for a while': '200', 'Reading: for how long': '5' }, 'Save');
    await person.row('scsi0').filter({ hasText: 'limited' }).waitFor();
    const made = String((await config())['scsi0'])
      .split(',')
      .slice(1);
    expect(made.filter((one) => !one.startsWith('size=')).sort()).toEqual(
      ['aio=threads', 'backup=0', 'bps_rd_max_length=5', 'cache=writeback', 'discard=on']
        .concat(['mbps_rd=100', 'mbps_rd_max=200', 'serial=OFFICE-1', 'ssd=1'])
        .sort(),
    );
    await person.button('Edit scsi0').click();
    await field('Amount of data').selectOption('none');
    await field('Cache').selectOption('');
    await field('Include in backups').check();
    await person.submit({ 'Serial number': '' }, 'Save');
    await person.row('scsi0').filter({ hasText: 'limited' }).waitFor({ state: 'detached' });
    const left = String((await config())['scsi0'])
      .split(',')
      .slice(1);
    expect(left.filter((one) => !one.startsWith('size=')).sort()).toEqual([
      'aio=threads',
      'discard=on',
      'ssd=1',
    ]);
  });

  it('that is unused is attached again, on another bus', async () => {
    const volume = String((await config())['scsi0']).split(',')[0];
    await person.button('Detach scsi0').click();
    await person.submit({}, 'Detach');
    await person.row('unused0').waitFor();
    await person.button('Attach unused0').click();
    await field('Bus').selectOption('sata');
    await person.submit({}, 'Attach');
    await person.row('sata0').waitFor();
    await person.row('unused0').waitFor({ state: 'detached' });
    expect(String((await config())['sata0'])).toMatch(new RegExp(`^${volume},.*discard=on`));
  });
});

describe('a network card', () => {
  it('gets a limit, queues and packets of its own size', async () => {
    await person.button('Edit net0').click();
    await more();
    await field('Firewall').check();
    await person.submit({ 'Speed limit': '12.5', MTU: '1400', Queues: '2' }, 'Save');
    await person.row('net0').filter({ hasText: '12.5 MB/s' }).waitFor();
    const made = String((await config())['net0']);
    for (const part of ['rate=12.5', 'mtu=1400', 'queues=2', 'firewall=1']) expect(made).toContain(part);
    // Not every kernel can hold a card to its limit (sch_sfq): it is taken away before the start.
    await person.button('Edit net0').click();
    await person.submit({ 'Speed limit': '' }, 'Save');
    await person.row('net0').filter({ hasText: '12.5 MB/s' }).waitFor({ state: 'detached' });
    expect(String((await config())['net0'])).not.toContain('rate');
  });
});

describe('processor and memory', () => {
  it('say what cannot be, and take what can', async () => {
    await person.button('Edit Processor').click();
    await field('Processor type').selectOption('x86-64-v2-AES');
    await more();
    await field('Cores at start').fill('4');
    await field('Cores per socket').fill('2');
    await save();
    await person.dialog().getByText('At least 1, at most cores times sockets').waitFor();
    await field('aes').selectOption('+');
    await person.submit({ 'Cores at start': '1', 'At most': '1.5', Weight: '200' }, 'Save');
    await person.row('Processor').filter({ hasText: '2 cores' }).filter({ hasText: 'at most 1.5' }).waitFor();
    expect(await config()).toMatchObject({
      cores: 2,
      vcpus: 1,
      cpuunits: 200,
      cpu: 'x86-64-v2-AES,flags=+aes',
    });

    await person.button('Edit Memory').click();
    await person.dialog().getByText('It may give some back').click();
    await field('At least').fill('512');
    await save();
    await person.dialog().getByText('At least 1 MiB, at most all of its memory').waitFor();
    await person.submit({ 'At least': '64', Weight: '2000' }, 'Save');
    await person.row('Memory').filter({ hasText: '64 MiB to 128 MiB' }).waitFor();
    expect(await config()).toMatchObject({ balloon: 64, shares: 2000 });
  });
});

describe('the small devices', () => {
  it('are added by one menu, which knows what is there already', async () => {
    await add('Serial port', 'Add', 'serial0');
    await add('Random numbers', 'Save', 'rng0');
    await add('Watchdog', 'Save', 'watchdog');
    await add('UEFI variables', 'Add', 'efidisk0');
    await desk.keep('vm-hardware-all');
    await person.button('Add device').click();
    const rng = person.page.getByRole('menuitem', { name: 'Random numbers' });
    expect(await rng.getAttribute('aria-disabled')).toBe('true');
    await person.page.keyboard.press('Escape');
    await person.button('Edit watchdog').click();
    await field('When it hangs').selectOption('poweroff');
    await person.submit({}, 'Save');
    await person.row('watchdog').filter({ hasText: 'Switch off' }).waitFor();
    const { serial0, rng0, watchdog, efidisk0 } = await config();
    expect({ serial0, rng0, watchdog }).toEqual({
      serial0: 'socket',
      rng0: 'source=/dev/urandom,max_bytes=1024,period=1000',
      watchdog: 'model=i6300esb,action=poweroff',
    });
    expect(String(efidisk0)).toContain('efitype=4m');
    await person.button('Remove watchdog').click();
    await person.submit({}, 'Remove');
    await person.row('watchdog').waitFor({ state: 'detached' });
    // What UEFI kept is not lost.
    await person.button('Remove efidisk0').click();
    await person.dialog().getByText('stays with the VM as an unused disk').waitFor();
    await person.submit({}, 'Remove');
    await person.row('unused0').waitFor();
  });

  it('machine and screen are chosen with their parts', async () => {
    await person.button('Edit Machine type').click();
    await field('Machine type').selectOption('q35');
    await field('Version').fill('seven');
    await save();
    await person.dialog().getByText('Such as 8.1, or empty').waitFor();
    await person.submit({ Version: '7.2' }, 'Save');
    await person.setting('Machine type').filter({ hasText: 'version 7.2' }).waitFor();
    await person.button('Edit Graphics').click();
    await person.submit({ 'Graphics memory': '32' }, 'Save');
    await person.setting('Graphics').filter({ hasText: '32 MiB' }).waitFor();
    expect(await config()).toMatchObject({ machine: 'pc-q35-7.2', vga: 'std,memory=32' });
  });
});

describe('the options that few need', () => {
  it('are folded away, and change', async () => {
    await person.tab('Options');
    await person.button('Edit Guest agent').click();
    await field('Guest agent').check();
    await field('Write everything down before a backup').uncheck();
    await person.submit({}, 'Save');
    await person.setting('Guest agent').filter({ hasText: 'On' }).waitFor();
    await editRare('Changes while it runs');
    await field('Cores').check();
    await field('USB').uncheck();
    await person.submit({}, 'Save');
    await editRare('Maker and serial number');
    await person.submit({ Maker: 'Müller, Söhne', 'Serial number': 'A 1' }, 'Save');
    await person.setting('Maker and serial number').filter({ hasText: 'Müller, Söhne' }).waitFor();
    const { hotplug, smbios1, agent, vmgenid: before } = await config();
    expect({ hotplug, agent }).toEqual({ hotplug: 'network,disk,cpu', agent: 'enabled=1,freeze-fs=0' });
    expect(String(smbios1)).toContain(`manufacturer=${Buffer.from('Müller, Söhne').toString('base64')}`);
    await editRare('Generation id');
    await field('Generation id').selectOption('A new one');
    await person.submit({}, 'Save');
    await expect.poll(async () => (await config())['vmgenid']).not.toBe(before);
    expect(await person.button('Edit Arguments for QEMU').count()).toBe(0);
    await desk.keep('vm-options-rare');
  });
});

describe('while it runs', () => {
  it('it has all that was chosen, and what needs a restart is marked and taken back', async () => {
    await person.button('Start').click();
    await person.untilState('Running');
    const xml = (await exec('virsh', ['-c', 'qemu:///system', 'dumpxml', `${daemon.guestPrefix}${vmid}`]))
      .stdout;
    for (const part of ['pc-q35-7.2', '/dev/urandom', 'Müller, Söhne', "queues='2'"])
      expect(xml).toContain(part);
    await person.tab('Hardware');
    await person.button('Remove rng0').click();
    await person.submit({}, 'Remove');
    await person.row('rng0').filter({ hasText: 'After restart' }).waitFor();
    await person.button('Revert rng0').click();
    await person.expectNoneWaits();
    expect((await config())['rng0']).toContain('/dev/urandom');
    // What folds away opens when something in it waits.
    await person.tab('Options');
    await editRare('ACPI');
    await field('ACPI').uncheck();
    await person.submit({}, 'Save');
    await person.tab('Hardware');
    await person.main().getByRole('link', { name: 'Options' }).click();
    await person.button('Revert ACPI').click();
    await person.expectNoneWaits();
    expect(desk.errors).toEqual([]);
  });
});
