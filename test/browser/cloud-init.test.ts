// Cloud-init in a real browser on the real daemon: keys are kept with the account, a machine is told who may log in and how its
// network is set up, what waits is told now, and its snippet is uploaded; a named size fills the dialog that creates a machine.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../host/wait.ts';
import { Desk } from './desk.ts';
import type { Person } from './person.ts';

/** Names of cards on the host carry it: another run has another. */
const vmid = 10_000 + (process.pid % 80_000);
const key = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl anna@desk';
const desk = new Desk('ci');
const { daemon } = desk;
let person: Person;

beforeAll(async () => {
  await desk.open();
  ({ person } = desk);
  const params = { name: 'told', memory: 64, net0: 'virtio=BC:24:11:00:00:01' };
  expect(await daemon.task('POST', '/nodes/testnode/qemu', { vmid, ...params })).toBe('OK');
  await desk.logIn();
});
afterEach(async ({ task }) => {
  if (task.result?.state === 'fail') await desk.keep('cloud-init-failed');
});
afterAll(() => desk.close());

const config = () => daemon.ok<Record<string, string | number>>('GET', `/nodes/testnode/qemu/${vmid}/config`);
const field = (label: string) => person.dialog().getByLabel(label, { exact: true });

it('keys are kept with the account, and what is none is refused', async () => {
  await person.page.goto(`${daemon.url}/account`);
  await person.button('Add SSH keys').click();
  await field('SSH public keys').fill('not a key');
  await person.dialog().getByRole('button', { name: 'Add SSH keys' }).click();
  await person.untilAttribute(field('SSH public keys'), 'aria-invalid', 'true');
  await field('SSH public keys').fill(`${key}\n${key.replace('OMqq', 'PNrr').replace('anna', 'boris')}`);
  await person.dialog().getByRole('button', { name: 'Add 2 keys' }).click();
  await person.dialog().waitFor({ state: 'detached' });
  await person.main().getByText('boris@desk').first().waitFor();
  const kept = await daemon.ok<{ name: string }[]>('GET', `/access/users/${desk.account}@pam/ssh-keys`);
  expect(kept.map(({ name }) => name)).toEqual(['anna@desk', 'boris@desk']);
  await person.button('Actions: boris@desk').click();
  await person.page.getByRole('menuitem', { name: 'Remove' }).click();
  await person.submit({}, 'Remove');
  await person.main().getByText('boris@desk').first().waitFor({ state: 'detached' });
});

describe('a machine', () => {
  it('gets the drive, at the place of images as they come', async () => {
    await person.goTo(/told/);
    await person.tab('Cloud-init');
    await person.button('Add cloud-init drive').click();
    await person.submit({}, 'Add cloud-init drive');
    await person.main().getByText(`vm-${vmid}-cloudinit`).waitFor();
    expect((await config())['ide2']).toContain(`local:${vmid}/vm-${vmid}-cloudinit`);
  });

  it('is told its user, a password that nobody sees, and a key of the library', async () => {
    await person.button('Edit User').click();
    await field('User').fill('a:b');
    await person.dialog().getByRole('button', { name: 'Save' }).click();
    await person.untilAttribute(field('User'), 'aria-invalid', 'true');
    await person.submit({ User: 'anna' }, 'Save');
    await person.setting('User').filter({ hasText: 'anna' }).waitFor();
    await person.button('Edit Password').click();
    await person.submit({ Password: 'correct horse', 'Password again': 'correct horse' }, 'Set password');
    await person.setting('Password').filter({ hasText: 'Set' }).waitFor();
    await person.button('Edit SSH public keys').click();
    await field('SSH public keys').fill('ssh-dss AAAA old');
    expect(await person.dialog().getByRole('button', { name: 'Save' }).getAttribute('aria-disabled')).toBe(
      'true',
    );
    await field('SSH public keys').fill('');
    await person.dialog().getByRole('checkbox', { name: 'anna@desk' }).check();
    await person.submit({}, 'Save');
    await person.setting('SSH public keys').filter({ hasText: '1 key: anna@desk' }).waitFor();
    const set = await config();
    expect(set).toMatchObject({ ciuser: 'anna', cipassword: '**********' });
    expect(decodeURIComponent(String(set['sshkeys']))).toBe(key);
    expect(await person.page.content()).not.toContain('correct horse');
  });

  it('is told its address, which is looked at before', async () => {
    await person.row('net0').getByText('as nothing else is said').waitFor();
    await person.button('Edit net0').click();
    await field('IPv4').selectOption('static');
    await field('IPv4 address').fill('192.0.2.5');
    await person.dialog().getByRole('button', { name: 'Save' }).click();
    await person.untilAttribute(field('IPv4 address'), 'aria-invalid', 'true');
    await person.submit({ 'IPv4 address': '192.0.2.5/24', 'IPv4 gateway': '192.0.2.1' }, 'Save');
    await person.row('net0').filter({ hasText: '192.0.2.5/24 via 192.0.2.1' }).waitFor();
    await person.button('Edit DNS servers').click();
    await person.submit({ 'DNS servers': '192.0.2.53, 2001:db8::53' }, 'Save');
    expect(await config()).toMatchObject({
      ...{ ipconfig0: 'gw=192.0.2.1,ip=192.0.2.5/24', nameserver: '192.0.2.53 2001:db8::53' },
    });
    await desk.keep('cloud-init');
  });

  it('takes a file that was uploaded for it', async () => {
    const file = { name: 'vendor.yaml', mimeType: 'text/yaml', buffer: Buffer.from('#cloud-config\n{}\n') };
    await person.button('Edit Files of your own').click();
    await person.dialog().getByText('Upload a file').click();
    await field('File').setInputFiles(file);
    await person.dialog().getByRole('button', { name: 'Upload file' }).click();
    const vendor = field('Vendor data');
    await vendor.locator('option', { hasText: 'vendor.yaml' }).waitFor({ state: 'attached' });
    await vendor.selectOption('local:snippets/vendor.yaml');
    await person.submit({}, 'Save');
    expect((await config())['cicustom']).toBe('vendor=local:snippets/vendor.yaml');
    expect(existsSync(join(daemon.storagePath, 'snippets', 'vendor.yaml'))).toBe(true);
  });

  it('shows what is generated, without the password', async () => {
    await person.button('Show generated files').click();
    const shown = person.dialog();
    await shown.getByText('user: "anna"').waitFor();
    await shown.getByText('192.0.2.5').waitFor();
    await shown.getByText('instance-id').waitFor();
    const text = (await shown.textContent()) ?? '';
    expect(text).toContain(key);
    expect(text).not.toMatch(/correct horse|\$[56y]\$/);
    await desk.keep('cloud-init-generated');
    await shown.getByRole('button', { name: 'Close' }).first().click();
  });

  it('is told a change while it runs, when that is asked for', async () => {
    await person.button('Start').click();
    await person.untilState('Running');
    await person.button('Edit User').click();
    await person.submit({ User: 'boris' }, 'Save');
    await person.main().getByText('1 change was not told to the guest yet').waitFor();
    await desk.keep('cloud-init-waiting');
    await person.button('Regenerate now').click();
    await person.main().getByText('was not told to the guest').waitFor({ state: 'detached' });
    await person.expectNoneWaits();
    const lines = await daemon.ok<{ key: string }[]>('GET', `/nodes/testnode/qemu/${vmid}/cloudinit`);
    expect(lines).toContainEqual({ key: 'ciuser', value: 'boris' });
  });

  it('loses its password again', async () => {
    await person.button('Edit Password').click();
    await person.dialog().getByLabel('Remove password').check();
    await person.submit({}, 'Remove password');
    await eventually('it is gone', 10_000, async () => (await config())['cipassword'] === undefined);
  });
});

it('a size that was named fills the dialog that creates a machine', async () => {
  await person.page.goto(`${daemon.url}/sizes`);
  await person.button('Add size for VMs').click();
  await person.submit({ Name: 'Web server', Cores: '3', Memory: '3072', 'Disk size': '20' }, 'Add size');
  await person.row('Web server').filter({ hasText: '3 cores' }).waitFor();
  await person.button('Move Web server up').click();
  await eventually('it is the last but one', 10_000, async () => {
    const sizes = await daemon.ok<{ kind: string; name?: string }[]>('GET', '/cluster/guest-sizes');
    return sizes.filter(({ kind }) => kind === 'qemu').at(-2)?.name === 'Web server';
  });
  await person.button('Create VM').first().click();
  const size = field('Size');
  await size.locator('option', { hasText: 'Web server' }).waitFor({ state: 'attached' });
  await size.selectOption({ label: 'Web server: 3 cores, 3 GiB, 20 GiB' });
  expect(await field('Cores').inputValue()).toBe('3');
  expect(await field('Memory').inputValue()).toBe('3072');
  await person.dialog().getByRole('button', { name: 'Cancel' }).click();
  await person.button('Remove Web server').click();
  await person.submit({}, 'Remove');
  await person.row('Web server').waitFor({ state: 'detached' });
  expect(desk.errors).toEqual([]);
});
