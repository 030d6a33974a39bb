// Pictures of the appliance's pages, in every situation that they know.
import type { Page } from 'playwright-core';
import type { Shot } from './shots.ts';

const root = 'correct horse battery';
const next = (page: Page) => page.getByRole('button', { name: 'Next' }).click();

async function choose(page: Page, ...disks: readonly string[]): Promise<void> {
  for (const disk of disks) await page.getByRole('checkbox', { name: new RegExp(`^${disk}\\b`) }).check();
}

async function toReview(page: Page, ...disks: readonly string[]): Promise<void> {
  await choose(page, ...disks);
  await next(page);
  await next(page);
  await page.getByLabel('Password of root').fill(root);
  await page.getByLabel('Password again').fill(root);
  await next(page);
  await page.getByText('What will be installed').waitFor();
}

async function start(page: Page): Promise<void> {
  await toReview(page, 'sda');
  await page.getByLabel('Type sda to confirm').fill('sda');
  await page.getByRole('button', { name: 'Install', exact: true }).click();
}

const system = '/nodes/croft1/system';
const tall = true;

export const applianceShots: readonly Shot[] = [
  { name: 'live-banner', path: '/', mode: 'live' },
  { name: 'install-disk', path: '/install', mode: 'live', tall },
  {
    name: 'install-mirror',
    path: '/install',
    mode: 'live',
    tall,
    act: (page) => choose(page, 'sda', 'nvme0n1'),
  },
  { name: 'install-keep', path: '/install', mode: 'live', tall, act: (page) => choose(page, 'sdb') },
  { name: 'install-no-disks', path: '/install', mode: 'live-empty' },
  { name: 'install-reading', path: '/install', mode: 'live-slow' },
  { name: 'install-unreadable', path: '/install', mode: 'live-unreadable', refused: true },
  { name: 'install-impossible', path: '/install', mode: 'installed' },
  { name: 'install-network', path: '/install?step=network', mode: 'live', tall },
  {
    name: 'install-network-static',
    path: '/install?step=network',
    mode: 'live',
    tall,
    act: async (page) => {
      await page.getByRole('radio', { name: /^Fixed/ }).check();
      await page.getByLabel('Gateway').fill('192.168.2.1');
      await page.getByLabel('Name servers').fill('9.9.9.9, nonsense');
      await page.getByLabel('Gateway').focus();
      await page.getByRole('radio', { name: /^enp4s0/ }).focus();
    },
  },
  {
    name: 'install-access',
    path: '/install?step=access',
    mode: 'live',
    tall,
    act: async (page) => {
      await page.getByLabel('Password of root').fill('Sommer2026');
      await page.getByLabel('Password again').fill('Sommer');
      await page.getByLabel('SSH public keys').fill('-----BEGIN OPENSSH PRIVATE KEY-----');
      await page.getByLabel('Host name').focus();
    },
  },
  { name: 'install-review-missing', path: '/install?step=review', mode: 'live', tall },
  {
    name: 'install-review',
    path: '/install',
    mode: 'live',
    tall,
    act: async (page) => {
      await toReview(page, 'sda', 'nvme0n1');
      await page.getByText('will be erased').waitFor();
    },
  },
  {
    name: 'install-review-kept',
    path: '/install',
    mode: 'live',
    tall,
    act: async (page) => {
      await choose(page, 'sdb');
      await page.goto(page.url());
      await choose(page, 'sdb');
      for (let i = 0; i < 3; i += 1) await next(page);
      await page.getByText('Nothing is lost').waitFor();
      await page.getByText('The same as an answer file').click();
    },
  },
  {
    name: 'install-check-fails',
    path: '/install',
    mode: 'check-fails',
    tall,
    act: (page) => toReview(page, 'sda'),
  },
  {
    name: 'install-check-disk',
    path: '/install',
    mode: 'check-fails',
    tall,
    act: async (page) => {
      await toReview(page, 'sda');
      await page.getByText('cannot be installed yet').waitFor();
      await page.getByRole('link', { name: /^Disk/ }).last().click();
    },
  },
  {
    name: 'install-running',
    path: '/install',
    mode: 'live',
    act: async (page) => {
      await start(page);
      await page
        .getByText(/copying version.*312/)
        .first()
        .waitFor();
    },
  },
  {
    name: 'install-done',
    path: '/install',
    mode: 'live',
    act: async (page) => {
      await start(page);
      await page.getByText('Then open').waitFor({ timeout: 20_000 });
    },
  },
  {
    name: 'install-failed',
    path: '/install',
    mode: 'install-fails',
    act: async (page) => {
      await start(page);
      await page.getByText('The installation failed').waitFor({ timeout: 20_000 });
    },
  },
  { name: 'system', path: system, mode: 'installed', tall },
  { name: 'system-first', path: system, mode: 'first', tall },
  { name: 'system-live', path: system, mode: 'live' },
  { name: 'system-none', path: system, mode: 'none' },
  { name: 'system-pending', path: system, mode: 'pending', tall },
  { name: 'system-trial', path: system, mode: 'trial', tall },
  { name: 'system-fell-back', path: system, mode: 'fell-back', tall },
  { name: 'system-refused', path: system, mode: 'refused', tall },
  { name: 'system-not-kept', path: system, mode: 'not-kept', tall },
  { name: 'attention-fell-back', path: '/', mode: 'fell-back' },
  {
    name: 'system-uploading',
    path: system,
    mode: 'first',
    tall,
    act: async (page) => {
      await page.locator('input[type=file]').setInputFiles({
        name: 'croft-0.3.0.update',
        mimeType: 'application/octet-stream',
        buffer: Buffer.alloc(48 * 1024 ** 2),
      });
      await page.waitForTimeout(1500);
    },
  },
  {
    name: 'system-updating',
    path: system,
    mode: 'first',
    tall,
    act: async (page) => {
      await page.getByLabel('From a URL').fill('https://example.org/croft-0.3.0.update');
      await page.getByRole('button', { name: 'Fetch' }).click();
      await page.waitForTimeout(2500);
    },
  },
  {
    name: 'system-switch',
    path: system,
    mode: 'pending',
    act: (page) => page.getByRole('button', { name: 'Restart into the new version' }).click(),
  },
  {
    name: 'system-export',
    path: system,
    mode: 'installed',
    act: (page) => page.getByRole('button', { name: 'Export state' }).click(),
  },
  {
    name: 'system-reset',
    path: system,
    mode: 'installed',
    act: async (page) => {
      await page.getByRole('button', { name: 'Factory reset' }).click();
      await page.getByLabel('Also destroy guests').check();
    },
  },
  {
    name: 'system-reboot',
    path: system,
    mode: 'installed',
    act: (page) => page.getByRole('button', { name: 'Reboot' }).click(),
  },
];
