// Pictures of configuration backups: the list in every situation, what differs, and restoring.
import type { Page } from 'playwright-core';
import { accessOf } from './mock/access-handlers.ts';
import { configBackups, refillConfigBackups } from './mock/config-backup-handlers.ts';
import type { World } from './mock/world.ts';
import type { Shot } from './shots.ts';

const path = '/config-backups';
const some = (world: World): void => {
  accessOf(world).caller = 'root@pam';
  refillConfigBackups(world);
};
const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true });
const compare = async (page: Page) => {
  await page
    .getByRole('link', { name: /^Compare the backup/ })
    .first()
    .click();
  await page.waitForTimeout(600);
};
const box = (page: Page, name: string) =>
  page.getByRole('checkbox', { name: `Restore: ${name}`, exact: true });

export const configBackupShots: readonly Shot[] = [
  { name: 'config-backups', path, prepare: some },
  { name: 'config-backups-none', path, prepare: (world) => refillConfigBackups(world, { times: [] }) },
  {
    name: 'config-backups-secrets',
    path,
    prepare: (world) =>
      refillConfigBackups(world, {
        secrets: true,
        problems: [{ storage: 'far', problem: "storage 'far' does not answer" }],
      }),
  },
  { name: 'config-backups-fails', path, trouble: { about: 'config-backups', kind: 'fails' }, refused: true },
  {
    name: 'config-backup-now',
    path,
    prepare: some,
    act: async (page) => {
      await button(page, 'Back up now').click();
      await page.getByRole('dialog').waitFor();
      await page.waitForTimeout(400);
    },
  },
  {
    name: 'config-backup-passphrase',
    path,
    prepare: some,
    refused: true,
    act: async (page) => {
      await button(page, 'Set passphrase').click();
      const dialog = page.getByRole('dialog');
      await dialog.getByLabel('Passphrase', { exact: true }).fill('short');
      await dialog.getByRole('button', { name: 'Set passphrase' }).click();
    },
  },
  { name: 'config-compare', path, prepare: some, act: compare, tall: true },
  {
    name: 'config-compare-chosen',
    path,
    prepare: (world) => refillConfigBackups(world, { secrets: true }),
    tall: true,
    act: async (page) => {
      await compare(page);
      await box(page, '101').check();
      await box(page, 'anna@pve').first().check();
    },
  },
  {
    name: 'config-compare-unlock',
    path,
    prepare: (world) => refillConfigBackups(world, { secrets: true }),
    refused: true,
    act: async (page) => {
      await compare(page);
      await button(page, 'Open with the passphrase').click();
      const dialog = page.getByRole('dialog');
      await dialog.getByLabel('Passphrase', { exact: true }).fill('another');
      await dialog.getByRole('button', { name: 'Open with the passphrase' }).click();
      await dialog.getByRole('alert').waitFor();
    },
  },
  {
    name: 'config-restore',
    path,
    prepare: some,
    act: async (page) => {
      await compare(page);
      await box(page, 'anna@pve').first().check();
      await box(page, '/etc/hosts').check();
      await button(page, 'Restore 3 items').click();
      await page.getByRole('dialog').waitFor();
      await page.waitForTimeout(300);
    },
  },
  {
    name: 'config-compare-same',
    path,
    prepare: (world) => {
      some(world);
      const ids = ['guests/101', 'guests/142', 'storages/nas', 'backup-jobs/weekly', 'backup-jobs/trial'];
      const more = ['users/anna%40pve', 'groups/admins', 'acl/x', 'passwords/anna%40pve'];
      for (const id of [...ids, ...more, 'file/hosts', 'file/interfaces'])
        configBackups(world).restored.add(id);
    },
    act: compare,
  },
  {
    name: 'config-compare-fails',
    path: `${path}?volume=nas:backup/croft-config-gone-20261123T023000Z.tar.zst`,
    refused: true,
  },
];
