// Pictures of cloud-init: the tab of a machine in every situation, and its dialogs.
import type { Page } from 'playwright-core';
import { cloudInitConfig, mockKey } from './mock/cloud-init-handlers.ts';
import type { World } from './mock/world.ts';
import type { Shot } from './shots.ts';
import { openCreate } from './shots-guests.ts';

const path = '/vms/105/cloud-init';
const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true });
const press = (name: string) => async (page: Page) => {
  await button(page, name).first().click();
  await page.getByRole('dialog').waitFor();
  await page.waitForTimeout(300);
};

/** With a drive and all that can be set; what waits is `pending`. */
const set =
  (vmid: number, pending: Record<string, string | null> = {}) =>
  (world: World): void => {
    const config = { ...world.configs.get(vmid), ...cloudInitConfig(vmid) };
    world.configs.set(vmid, config);
    if (Object.keys(pending).length > 0) world.pending.set(vmid, pending);
    else world.pending.delete(vmid);
  };
const bare = (world: World): void => {
  const config = { ...world.configs.get(105) };
  for (const key of Object.keys(cloudInitConfig(105))) if (key !== 'net0') delete config[key];
  world.configs.set(105, config);
  world.pending.delete(105);
};

export const cloudInitShots: readonly Shot[] = [
  { name: 'cloud-init', path, prepare: set(105), tall: true },
  { name: 'cloud-init-none', path, prepare: bare, tall: true },
  { name: 'cloud-init-add', path, prepare: bare, act: press('Add cloud-init drive') },
  {
    name: 'cloud-init-waiting',
    path: '/vms/101/cloud-init',
    prepare: set(101, { ciuser: 'boris', ipconfig1: 'ip=dhcp', sshkeys: null, cipassword: '**********' }),
    tall: true,
  },
  { name: 'cloud-init-fails', path, trouble: { about: 'config', kind: 'fails' }, refused: true },
  { name: 'cloud-init-password', path, prepare: set(105), act: press('Edit Password') },
  {
    name: 'cloud-init-keys',
    path,
    prepare: set(105),
    act: async (page) => {
      await press('Edit SSH public keys')(page);
      await page
        .getByRole('textbox', { name: 'SSH public keys' })
        .fill([mockKey('anna@desk'), 'ssh-dss AAAA old', mockKey('')].join('\n'));
    },
  },
  {
    name: 'cloud-init-address',
    path,
    prepare: set(105),
    act: async (page) => {
      await press('Edit net0')(page);
      await page.getByLabel('IPv4 gateway').fill('203.0.113.1');
      await page.getByLabel('IPv6', { exact: true }).selectOption('static');
      await button(page, 'Save').click();
    },
  },
  {
    name: 'cloud-init-files',
    path,
    prepare: set(105),
    act: async (page) => {
      await press('Edit Files of your own')(page);
      await page.getByText('Upload a file').click();
    },
  },
  {
    name: 'create-cloud-init',
    path: '/',
    tall: true,
    act: async (page) => {
      await openCreate(page);
      await page.getByText('Disk image', { exact: true }).click();
      await page.getByLabel('User', { exact: true }).fill('anna');
      await page.getByLabel('SSH public keys', { exact: true }).fill(mockKey('anna@desk'));
      await page.getByLabel('IPv4', { exact: true }).selectOption('static');
      await button(page, 'Review').click();
    },
  },
  {
    name: 'create-cloud-init-review',
    path: '/',
    tall: true,
    act: async (page) => {
      await openCreate(page);
      await page.getByText('Disk image', { exact: true }).click();
      await page.getByLabel('Image to copy').selectOption({ index: 1 });
      await page.getByLabel('Password', { exact: true }).fill('correct horse');
      await page.getByLabel('Password again', { exact: true }).fill('correct horse');
      await button(page, 'Review').click();
      await page.getByRole('tab', { name: 'Terraform' }).click();
    },
  },
  { name: 'cloud-init-dump', path, prepare: set(105), act: press('Show generated files') },
  {
    name: 'cloud-init-dump-fails',
    path,
    prepare: set(105),
    trouble: { about: 'cloudinit', kind: 'fails' },
    refused: true,
    act: press('Show generated files'),
  },
];
