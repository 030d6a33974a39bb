// Creating a virtual machine and what its page offers, on the mock: defaults of systems, sizes, images, the same as code,
// the keys of its screen, changes that wait.
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type MockServer, startMock } from '../../ui/mock/server.ts';
import { keepScreenshot, launchChromium, openPage, readPixels } from './chromium.ts';
import { Person } from './person.ts';

const errors: string[] = [];
let mock: MockServer;
let browser: Browser;
let person: Person;

beforeAll(async () => {
  mock = await startMock(0);
  browser = await launchChromium();
  person = new Person(await openPage(browser, mock.url, errors));
  await person.logIn('root', 'croft');
});
afterAll(async () => {
  if (person) await keepScreenshot(person.page, 'create-vm-end');
  await browser?.close();
  await mock?.close();
});

const field = (label: string) => person.dialog().getByLabel(label, { exact: true });
const pressInDialog = (name: string) => person.dialog().getByRole('button', { name, exact: true }).click();

/** Goes through the review, and answers what the daemon was asked to make. */
async function create(vmid: number): Promise<Record<string, string | number>> {
  await pressInDialog('Review');
  await pressInDialog('Create');
  await person.dialog().waitFor({ state: 'detached' });
  await person.page.waitForURL(`${mock.url}/vms/${vmid}`);
  return mock.world.configs.get(vmid) ?? {};
}

describe('the dialog', () => {
  let vmid = 0;
  beforeEach(async () => {
    await person.page.goto(mock.url);
    await person.button('Create VM').first().click();
    await person.dialog().getByLabel('Bridge').waitFor();
    await expect.poll(() => field('VM ID').inputValue()).not.toBe('');
    vmid = Number(await field('VM ID').inputValue());
  });

  it('gives Windows what it has drivers for, and VirtIO with a disc of drivers', async () => {
    await field('Name').fill('office');
    await field('Operating system').selectOption('Windows 11');
    await person.dialog().getByText('More settings').click();
    expect(await field('Firmware').inputValue()).toBe('ovmf');
    expect(await field('Bus').inputValue()).toBe('sata');
    expect(await field('Network card').inputValue()).toBe('e1000e');
    await field('Disc of drivers').selectOption('local:iso/virtio-win-0.1.271.iso');
    expect(await field('Bus').inputValue()).toBe('scsi');
    await field('ISO image').selectOption('local:iso/Win11_25H2_EnglishInternational_x64.iso');
    expect(await create(vmid)).toMatchObject({
      ...{ name: 'office', ostype: 'win11', bios: 'ovmf', machine: 'q35', cores: '2', memory: '4096' },
      ide2: 'local:iso/Win11_25H2_EnglishInternational_x64.iso,media=cdrom',
      ide3: 'local:iso/virtio-win-0.1.271.iso,media=cdrom',
    });
  });

  it('knows sizes by name, and what has none', async () => {
    await field('Size').selectOption('Large: 4 cores, 8 GiB, 128 GiB');
    expect(await field('Cores').inputValue()).toBe('4');
    expect(await field('Disk size').inputValue()).toBe('128');
    await field('Memory').fill('6000');
    expect(await field('Size').inputValue()).toBe('');
    await field('Memory').fill('8192');
    expect(await field('Size').inputValue()).toBe('vm-large');
  });

  it('copies a disk image', async () => {
    await person.dialog().getByText('Disk image', { exact: true }).click();
    expect(await field('Image to copy').inputValue()).toBe('local:import/appliance.qcow2');
    expect(await field('Disk size').count()).toBe(0);
    const config = await create(vmid);
    expect(config['scsi0']).toContain('import-from=local:import/appliance.qcow2');
    // What the image is told at its start.
    expect(config['ide2']).toContain(`vm-${vmid}-cloudinit`);
    expect(config['ipconfig0']).toBe('ip=dhcp,ip6=auto');
  });

  it('makes a machine of a template, and tells it what differs', async () => {
    const lan = 'ip=192.0.2.7/24,gw=192.0.2.1';
    Object.assign(mock.world.configs.get(130)!, {
      ...{ ide2: 'local:130/vm-130-cloudinit.qcow2,media=cdrom', ciuser: 'admin', cores: 2, memory: 2048 },
    });
    await person.dialog().getByText('A template', { exact: true }).click();
    await person.dialog().getByLabel('Template', { exact: true }).selectOption('130');
    await expect.poll(() => field('User').inputValue()).toBe('admin');
    await field('Name').fill('of-template');
    await field('Size').selectOption('Large: 4 cores, 8 GiB');
    await person.dialog().getByRole('radio', { name: /^Full/ }).check();
    await field('Storage').selectOption({ index: 1 });
    await field('IPv4').selectOption({ label: 'Fixed' });
    await field('IPv4 address').fill('192.0.2.7/24');
    await field('IPv4 gateway').fill('192.0.2.1');
    await pressInDialog('Review');
    const shown = () => person.dialog().getByRole('tabpanel').textContent();
    expect(await shown()).toContain('/qemu/130/clone');
    for (const [tab, text] of [
      ['croft command', `croft vm clone 130 ${vmid}`],
      ['Terraform', 'clone {'],
      ['Ansible', `newid: ${vmid}`],
    ] as const) {
      await person.dialog().getByRole('tab', { name: tab }).click();
      expect(await shown()).toContain(text);
    }
    await pressInDialog('Create');
    await person.dialog().getByText('It is being cloned').waitFor();
    await person.dialog().waitFor({ state: 'detached' });
    expect(mock.world.configs.get(vmid)).toMatchObject({
      ...{ name: 'of-template', cores: '4', memory: '8192', ciuser: 'admin', ipconfig0: lan },
    });
  });

  it('says at the field what is refused when the machine is made already, and goes on from there', async () => {
    const config = `**/api2/json/nodes/*/qemu/${vmid}/config`;
    const body = JSON.stringify({ data: null, message: 'no', errors: { cores: 'not that many' } });
    await person.page.route(config, (route) => route.fulfill({ status: 400, body }));
    await person.dialog().getByText('A template', { exact: true }).click();
    await field('Cores').fill('9');
    await pressInDialog('Review');
    await pressInDialog('Create');
    await person.dialog().getByText('not that many').waitFor();
    await person.dialog().getByText(`VM ${vmid} is made, but not all of its settings`).waitFor();
    expect(await field('Cores').getAttribute('aria-invalid')).toBe('true');
    expect(await field('Name').count()).toBe(0);
    await person.page.unroute(config);
    await field('Cores').fill('3');
    await pressInDialog('Review');
    await pressInDialog('Create');
    await person.dialog().waitFor({ state: 'detached' });
    expect(mock.world.configs.get(vmid)).toMatchObject({ cores: '3' });
    const clones = [...mock.world.tasks.values()].filter((one) => one.description.endsWith(`to ${vmid}`));
    expect(clones.length).toBe(1);
  });

  it('shows the request as code, with words of a person as words', async () => {
    await field('Name').fill('web');
    await pressInDialog('Review');
    const shown = () => person.dialog().getByRole('tabpanel').textContent();
    expect(await shown()).toContain('--data-urlencode name=web');
    for (const [tab, text] of [
      ['croft command', `croft --node croft1 vm create ${vmid}`],
      ['Terraform', 'resource "proxmox_virtual_environment_vm" "web"'],
      ['Ansible', 'community.proxmox.proxmox_kvm:'],
    ] as const) {
      await person.dialog().getByRole('tab', { name: tab }).click();
      expect(await shown()).toContain(text);
    }
  });

  it('says at the field what cannot be', async () => {
    await field('Name').fill('<img src=x>');
    await field('Cores').fill('many');
    await pressInDialog('Review');
    await person.dialog().getByText('as in a host name').waitFor();
    expect(await field('Name').getAttribute('aria-invalid')).toBe('true');
    expect(await field('Cores').getAttribute('aria-invalid')).toBe('true');
  });
});

describe('its page', () => {
  it('sends keys and texts to the screen, and none while one only looks', async () => {
    await person.page.goto(`${mock.url}/vms/100/console`);
    await person.page.getByText('Connected', { exact: true }).waitFor();
    const canvas = person.page.locator('canvas').first();
    const seen = async () => (await readPixels(canvas)).fingerprint;
    await expect.poll(async () => (await readPixels(canvas)).lit).toBeGreaterThan(500);
    const before = await seen();
    await person.button('Keys').click();
    await person.page.getByRole('menuitem', { name: 'Ctrl+Alt+Del' }).click();
    await expect.poll(seen).not.toBe(before);

    const after = await seen();
    await person.button('Send text').click();
    await field('Text').fill('lsé');
    await person.dialog().getByText('left out: é').waitFor();
    await pressInDialog('Type');
    await person.dialog().waitFor({ state: 'detached' });
    await expect.poll(seen).not.toBe(after);

    await person.button('View only').click();
    expect(await person.button('Keys').getAttribute('title')).toBe('You only look: take control first');
    const looking = await seen();
    await canvas.click();
    await person.page.keyboard.type('abc');
    await person.page.waitForTimeout(400);
    expect(await seen()).toBe(looking);
  });

  it('marks what waits for a restart, and takes it back', async () => {
    await person.page.goto(`${mock.url}/vms/100/hardware`);
    await person.button('Edit Processor').click();
    await field('Processor type').selectOption('host');
    await pressInDialog('Save');
    await person.dialog().waitFor({ state: 'detached' });
    const row = person.row('Processor');
    await row.getByText('After restart').waitFor();
    expect(await row.textContent()).toMatch(/kvm64[\s\S]*After restart[\s\S]*host/);
    await person.button('Revert Processor').click();
    await row.getByText('After restart').waitFor({ state: 'detached' });
    expect(mock.world.pending.get(100) ?? {}).not.toHaveProperty('cpu');
  });

  it('can be installed as an app', async () => {
    const path = await person.page.locator('link[rel=manifest]').getAttribute('href');
    const answer = await person.page.request.get(`${mock.url}${path}`);
    expect(answer.headers()['content-type']).toBe('application/manifest+json');
    expect(await answer.json()).toMatchObject({ name: 'Croft', display: 'standalone' });
    expect(errors).toEqual([]);
  });
});
