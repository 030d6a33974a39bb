// Pictures of the list of storages, and of the dialogs that add, change and remove them.
import type { Page } from 'playwright-core';
import { accessOf } from './mock/access-handlers.ts';
import { storageConfigs } from './mock/storage-handlers.ts';
import type { Shot } from './shots.ts';

const dialog = (page: Page) => page.getByRole('dialog');
const press = (name: string) => async (page: Page) => {
  await page.getByRole('main').getByRole('button', { name, exact: true }).click();
  await dialog(page).waitFor();
  await page.waitForTimeout(300);
};
const add = press('Add storage');
const choose = (page: Page, type: string) => dialog(page).getByRole('radio', { name: type }).check();
const fill = (page: Page, label: string, text: string) =>
  dialog(page).getByLabel(label, { exact: true }).fill(text);

export const storageShots: readonly Shot[] = [
  { name: 'storages', path: '/storages' },
  { name: 'storages-fails', path: '/storages', trouble: { about: 'storages', kind: 'fails' }, refused: true },
  { name: 'storages-waits', path: '/storages', trouble: { about: 'storages', kind: 'hangs' } },
  {
    // Read once, and not again: what is known stays.
    name: 'storages-stale',
    path: '/storages',
    refused: true,
    prepare: (world) => Object.assign(storageConfigs(world).get('fast') ?? {}, { disable: 0 }),
    act: async (page) => {
      const list = '**/api2/json/storage';
      await page.route(list, (route) => route.fulfill({ status: 500, json: { message: 'it is busy' } }));
      await page.getByRole('button', { name: 'Disable fast', exact: true }).click();
      await page.getByText('It is busy').waitFor();
      await page.unroute(list);
    },
  },
  {
    name: 'storages-disabled',
    path: '/storages',
    prepare: (world) => Object.assign(storageConfigs(world).get('fast') ?? {}, { disable: 0 }),
    act: async (page) => {
      await page.getByRole('button', { name: 'Disable fast', exact: true }).click();
      await page.getByRole('button', { name: 'Enable fast', exact: true }).waitFor();
    },
  },
  {
    name: 'storages-plain',
    path: '/storages',
    prepare: (world) => {
      accessOf(world).caller = 'plain@pve';
    },
  },
  {
    name: 'storage-add',
    path: '/storages',
    prepare: (world) => {
      accessOf(world).caller = 'root@pam';
      Object.assign(storageConfigs(world).get('fast') ?? {}, { disable: 0 });
    },
    act: add,
  },
  {
    name: 'storage-add-wrong',
    path: '/storages',
    act: async (page) => {
      await add(page);
      await fill(page, 'Name of the storage', '7 up');
      await fill(page, 'Folder', 'relative/path');
      await dialog(page).getByRole('button', { name: 'Review', exact: true }).click();
    },
  },
  {
    name: 'storage-add-refused',
    path: '/storages',
    refused: true,
    act: async (page) => {
      await add(page);
      await fill(page, 'Name of the storage', 'system');
      await fill(page, 'Folder', '/proc/1');
      await dialog(page).getByRole('button', { name: 'Review', exact: true }).click();
      await dialog(page).getByRole('button', { name: 'Create', exact: true }).click();
      await dialog(page).getByText('This folder belongs to the system').waitFor();
    },
  },
  {
    name: 'storage-add-nfs',
    path: '/storages',
    act: async (page) => {
      await add(page);
      await choose(page, 'NFS');
      await fill(page, 'Name of the storage', 'machines');
      await fill(page, 'Server', 'nas.example.org');
      await dialog(page).getByRole('button', { name: 'Look for: Export', exact: true }).click();
      await dialog(page).getByLabel('Found: Export').selectOption('/srv/machines');
    },
  },
  {
    name: 'storage-add-silent',
    path: '/storages',
    refused: true,
    act: async (page) => {
      await add(page);
      await choose(page, 'NFS');
      await fill(page, 'Server', 'silent.example.org');
      await dialog(page).getByRole('button', { name: 'Look for: Export', exact: true }).click();
      await dialog(page).getByText('did not answer within 10 seconds').waitFor();
    },
  },
  {
    name: 'storage-add-review',
    path: '/storages',
    act: async (page) => {
      await add(page);
      await choose(page, 'SMB/CIFS');
      await fill(page, 'Name of the storage', 'files');
      await fill(page, 'Server', 'files.example.org');
      await fill(page, 'Share', 'machines');
      await fill(page, 'User name (optional)', 'croft');
      await fill(page, 'Password (optional)', 'not to be seen');
      await dialog(page).getByRole('button', { name: 'Review', exact: true }).click();
      await dialog(page).getByRole('tab', { name: 'Terraform' }).click();
    },
  },
  {
    name: 'storage-add-lvm-on-lun',
    path: '/storages',
    prepare: (world) => void storageConfigs(world).delete('san'),
    act: async (page) => {
      await add(page);
      await choose(page, 'iSCSI');
      await fill(page, 'Name of the storage', 'san');
      await fill(page, 'Portal', 'san.example.org');
      await dialog(page).getByRole('button', { name: 'Look for: Target', exact: true }).click();
      await dialog(page).getByLabel('Found: Target').selectOption('iqn.2026-01.com.example:machines');
      await dialog(page).getByLabel('Then lay LVM on one of its LUNs').check();
      await dialog(page).getByRole('button', { name: 'Review', exact: true }).click();
      await dialog(page).getByRole('button', { name: 'Create', exact: true }).click();
      await dialog(page).getByText('san was added').waitFor();
    },
  },
  { name: 'storage-edit', path: '/storages', act: press('Edit nas') },
  { name: 'storage-remove', path: '/storages', act: press('Remove fast') },
  {
    name: 'storage-remove-used',
    path: '/storages',
    refused: true,
    act: async (page) => {
      await press('Remove local')(page);
      await dialog(page).getByRole('button', { name: 'Remove', exact: true }).click();
      await dialog(page).getByText('is used by VM 100').waitFor();
    },
  },
];
