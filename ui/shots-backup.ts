// Pictures of backup jobs: their page in every situation, their dialogs, and what the lists say of missing backups.
import type { Page } from 'playwright-core';
import { accessOf } from './mock/access-handlers.ts';
import { backupJobs, refillBackupJobs } from './mock/backup-job-handlers.ts';
import type { World } from './mock/world.ts';
import type { Shot } from './shots.ts';

const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true });
const press = (name: string) => async (page: Page) => {
  await button(page, name).first().click();
  await page.getByRole('dialog').waitFor();
  await page.waitForTimeout(700);
};
const fromMenu = (job: string, item: string) => async (page: Page) => {
  await button(page, `Actions: ${job}`).click();
  await page.getByRole('menuitem', { name: item }).click();
  await page.getByRole('dialog').waitFor();
  await page.waitForTimeout(400);
};
const some = (world: World): void => {
  accessOf(world).caller = 'root@pam';
  refillBackupJobs(world);
};
const none = (world: World): void => {
  backupJobs(world).jobs = [];
};
/** Twelve jobs at all times. */
const many = (world: World): void => {
  refillBackupJobs(world);
  const schedules = ['*/30', '*/2:00', '12,22:00', 'sat 18:00', 'mon,wed 03:15', '*-1 04:00', '02:30', '*/1'];
  for (const [i, schedule] of schedules.entries())
    backupJobs(world).jobs.push({
      ...{ id: `many-${i}`, schedule, enabled: 1, vmid: String(101 + i), storage: 'nas' },
      ...(i === 2 ? { vmid: '101,102,103,104,105,106,107,108' } : {}),
      ...(i === 3 ? { comment: `A long name, ${'as nobody should give one, '.repeat(3)}but some do` } : {}),
    });
};

export const backupShots: readonly Shot[] = [
  { name: 'backup-jobs', path: '/backup', prepare: some, tall: true },
  { name: 'backup-jobs-empty', path: '/backup', prepare: none },
  { name: 'backup-jobs-many', path: '/backup', prepare: many, tall: true },
  {
    name: 'backup-jobs-loading',
    path: '/backup',
    prepare: some,
    trouble: { about: 'backup-jobs', kind: 'hangs' },
  },
  {
    name: 'backup-jobs-fails',
    path: '/backup',
    trouble: { about: 'backup-jobs', kind: 'fails' },
    refused: true,
  },
  {
    name: 'backup-calendar-fails',
    path: '/backup',
    trouble: { about: 'schedule', kind: 'fails' },
    refused: true,
    tall: true,
  },
  {
    name: 'backup-uncovered-fails',
    path: '/backup',
    trouble: { about: 'not-backed-up', kind: 'fails' },
    refused: true,
  },
  {
    name: 'backup-jobs-running',
    path: '/backup',
    prepare: some,
    act: async (page) => {
      await button(page, 'Run now: Every night').click();
      await page.waitForTimeout(2500);
    },
  },
  {
    name: 'backup-job-pace',
    path: '/backup',
    prepare: some,
    act: async (page) => {
      await button(page, 'Run now: Every night').click();
      await page.waitForTimeout(4800);
    },
  },
  {
    name: 'backup-job-tries',
    path: '/backup',
    prepare: some,
    tall: true,
    act: async (page) => {
      await press('Edit Pool shop')(page);
      await page.getByRole('dialog').getByLabel('What it must do').scrollIntoViewIfNeeded();
    },
  },
  {
    name: 'backup-retention-years',
    path: '/backup',
    prepare: some,
    act: async (page) => {
      await press('Edit Every night')(page);
      const dialog = page.getByRole('dialog');
      await dialog.getByLabel('After', { exact: true }).selectOption('3653');
      await page.waitForTimeout(900);
      await dialog.getByRole('img', { name: /^Months/ }).scrollIntoViewIfNeeded();
    },
  },
  {
    name: 'backup-retention-fails',
    path: '/backup',
    prepare: some,
    trouble: { about: 'retention', kind: 'fails' },
    refused: true,
    act: press('Edit Every night'),
    tall: true,
  },
  { name: 'backup-job-add', path: '/backup', prepare: some, act: press('Add job'), tall: true },
  { name: 'backup-job-edit', path: '/backup', prepare: some, act: press('Edit Every night'), tall: true },
  { name: 'backup-job-pool', path: '/backup', prepare: some, act: press('Edit Pool shop'), tall: true },
  {
    name: 'backup-job-wrong',
    path: '/backup',
    prepare: some,
    refused: true,
    act: async (page) => {
      await press('Add job')(page);
      const dialog = page.getByRole('dialog');
      await dialog.getByLabel('Guests', { exact: true }).selectOption('chosen');
      await dialog.getByLabel('Schedule', { exact: true }).fill('every now and then');
      await dialog.getByLabel('Keep', { exact: true }).selectOption('counts');
      await dialog.getByRole('button', { name: 'Add job' }).click();
      await page.waitForTimeout(600);
    },
  },
  { name: 'backup-job-uncovered', path: '/backup', prepare: some, act: press('Add a job for them') },
  {
    name: 'backup-included',
    path: '/backup',
    prepare: some,
    act: fromMenu('Every night', 'Guests and disks in it'),
  },
  {
    name: 'backup-included-gone',
    path: '/backup',
    prepare: some,
    act: fromMenu('101 web-api, 102 mail, and 999', 'Guests and disks in it'),
  },
  {
    name: 'backup-included-fails',
    path: '/backup',
    prepare: some,
    trouble: { about: 'included', kind: 'fails' },
    refused: true,
    act: fromMenu('Every night', 'Guests and disks in it'),
  },
  { name: 'backup-job-remove', path: '/backup', prepare: some, act: fromMenu('Every night', 'Remove') },
  {
    name: 'backup-job-log',
    path: '/backup',
    prepare: some,
    act: press('Task log of the last run: Pool shop'),
  },
  { name: 'backup-alerts', path: '/guests?filter=backup:missing' },
  {
    name: 'backup-jobs-plain',
    path: '/backup',
    prepare: (world) => {
      accessOf(world).caller = 'plain@pve';
    },
  },
  { name: 'backup-jobs-again', path: '/backup', prepare: some },
];
