// Pictures of the backups of guests: on a guest's page and a storage's, made, restored, removed and pruned.
import type { Page } from 'playwright-core';
import { refillBackups } from './mock/backup-handlers.ts';
import type { World } from './mock/world.ts';
import type { Shot } from './shots.ts';

/** On the node whose storage for backups works. */
const vm = '/vms/102/backups';
const onStorage = '/nodes/croft1/storage/nas/backup';
const some = (world: World): void => refillBackups(world);
const none = (world: World): void => refillBackups(world, true);
/** What runs is not restored over. */
const stopped = (world: World): void => {
  refillBackups(world);
  world.change('qemu/102', { status: 'stopped' });
};
const runs = (world: World): void => {
  refillBackups(world);
  world.change('qemu/102', { status: 'running' });
};

const opened = async (page: Page): Promise<void> => {
  await page.getByRole('dialog').waitFor();
  await page.waitForTimeout(600);
};
const press = (name: string | RegExp) => async (page: Page) => {
  await page.getByRole('button', { name }).first().click();
  await opened(page);
};
const restore = press(/^Restore /);
const fromMenu = (row: number, item: string) => async (page: Page) => {
  await page
    .getByRole('button', { name: /^More for / })
    .nth(row)
    .click();
  await page.getByRole('menuitem', { name: item }).click();
  await opened(page);
};
const outcome = (row: number) => fromMenu(row, 'What came of the test');
const keep = async (page: Page) => {
  await press('Prune…')(page);
  await page.getByRole('dialog').getByLabel('Last', { exact: true }).fill('3');
  await page.waitForTimeout(900);
};

export const guestBackupShots: readonly Shot[] = [
  { name: 'guest-backups', path: vm, prepare: some },
  {
    name: 'guest-backups-going',
    path: vm,
    prepare: some,
    act: async (page) => {
      await press('Back up now')(page);
      await page.getByRole('dialog').getByLabel('Mode', { exact: true }).selectOption('stop');
      await page.getByRole('dialog').getByRole('button', { name: 'Back up', exact: true }).click();
      await page.waitForTimeout(6000);
    },
  },
  { name: 'proof-drawer', path: vm, prepare: some, act: outcome(1) },
  { name: 'proof-drawer-failed', path: vm, prepare: some, act: outcome(2) },
  { name: 'proof-drawer-ct', path: '/cts/200/backups', prepare: some, act: outcome(0) },
  {
    name: 'proof-drawer-fails',
    path: vm,
    prepare: some,
    trouble: { about: 'proof', kind: 'fails' },
    refused: true,
    act: outcome(1),
  },
  { name: 'proof-try', path: vm, prepare: some, act: fromMenu(0, 'Test restore…') },
  { name: 'proof-try-ct', path: '/cts/200/backups', prepare: some, act: fromMenu(0, 'Test restore…') },
  { name: 'guest-backups-ct', path: '/cts/200/backups', prepare: some },
  { name: 'guest-backups-empty', path: '/vms/107/backups', prepare: some },
  { name: 'guest-backups-unreachable', path: '/vms/100/backups', prepare: some, refused: true },
  { name: 'guest-backups-fails', path: vm, trouble: { about: 'content', kind: 'fails' }, refused: true },
  { name: 'guest-backups-loading', path: vm, trouble: { about: 'content', kind: 'hangs' } },
  {
    name: 'guest-backups-menu',
    path: vm,
    prepare: some,
    act: async (page) => {
      await page
        .getByRole('button', { name: /^More for / })
        .nth(1)
        .click();
      await page.getByRole('menu').waitFor();
    },
  },
  { name: 'guest-backup-now', path: vm, prepare: runs, act: press('Back up now') },
  {
    name: 'guest-backup-refused',
    path: vm,
    prepare: some,
    refused: true,
    act: async (page) => {
      await press('Back up now')(page);
      const dialog = page.getByRole('dialog');
      await dialog.getByLabel('Notes', { exact: true }).fill('{{nobody}}');
      await dialog.getByRole('button', { name: 'Back up', exact: true }).click();
      await dialog.getByRole('alert').waitFor();
    },
  },
  {
    name: 'guest-backup-going',
    path: '/vms/108/backups',
    prepare: some,
    act: async (page) => {
      await press('Back up now')(page);
      await page.getByRole('dialog').getByRole('button', { name: 'Back up', exact: true }).click();
      await page.getByRole('dialog').waitFor({ state: 'detached' });
      await page.waitForTimeout(1500);
    },
  },
  { name: 'guest-restore', path: vm, prepare: runs, act: restore, tall: true },
  { name: 'guest-restore-ct', path: '/cts/200/backups', prepare: some, act: restore },
  {
    name: 'guest-restore-over',
    path: vm,
    prepare: stopped,
    act: async (page) => {
      await restore(page);
      const dialog = page.getByRole('dialog');
      await dialog.getByRole('radio').nth(1).check();
      await dialog.getByRole('button', { name: 'Restore', exact: true }).click();
      await page.waitForTimeout(300);
    },
    tall: true,
  },
  { name: 'guest-backup-config', path: vm, prepare: some, act: fromMenu(0, 'Show configuration') },
  {
    name: 'guest-backup-config-fails',
    path: vm,
    prepare: some,
    trouble: { about: 'extractconfig', kind: 'fails' },
    refused: true,
    act: fromMenu(0, 'Show configuration'),
  },
  { name: 'guest-backup-remove', path: vm, prepare: some, act: fromMenu(0, 'Remove') },
  { name: 'storage-backups', path: onStorage, prepare: runs },
  { name: 'storage-backups-empty', path: onStorage, prepare: none },
  { name: 'storage-backups-broken', path: '/nodes/croft2/storage/nas/backup', refused: true },
  { name: 'storage-prune', path: onStorage, prepare: some, act: keep, tall: true },
  {
    name: 'storage-prune-fails',
    path: onStorage,
    prepare: some,
    trouble: { about: 'prune', kind: 'fails' },
    refused: true,
    act: keep,
  },
  { name: 'storage-backups-again', path: onStorage, prepare: some },
];
