// Pictures of the appliance's pages, in every situation that they know.
import type { Page } from 'playwright-core';
import type { Shot } from './shots.ts';

const press = (name: string) => (page: Page) => page.getByRole('button', { name }).click();
const next = press('Next');

async function choose(page: Page, ...disks: readonly string[]): Promise<void> {
  for (const disk of disks) await page.getByRole('checkbox', { name: new RegExp(`^${disk}\\b`) }).check();
}

async function enterPassword(page: Page, password: string, again = password): Promise<void> {
  await page.getByLabel('Password of root').fill(password);
  await page.getByLabel('Password again').fill(again);
}

async function toReview(page: Page, ...disks: readonly string[]): Promise<void> {
  await choose(page, ...disks);
  await next(page);
  await next(page);
  await enterPassword(page, 'correct horse battery');
  await next(page);
  await page.getByText('What will be installed').waitFor();
}

async function start(page: Page): Promise<void> {
  await toReview(page, 'sda');
  await page.getByLabel('Type sda to confirm').fill('sda');
  await page.getByRole('button', { name: 'Install', exact: true }).click();
}

type More = Omit<Partial<Shot>, 'name'>;

/** A picture of the install page in a live system. */
const install = (name: string, more: More = {}): Shot => ({
  name: `install-${name}`,
  path: '/install',
  mode: 'live',
  ...more,
});

/** A picture of a node's System tab. */
const system = (name: string, mode: NonNullable<Shot['mode']>, more: More = {}): Shot => ({
  name,
  path: '/nodes/croft1/system',
  mode,
  ...more,
});

const tall = true;

export const applianceShots: readonly Shot[] = [
  { name: 'live-banner', path: '/', mode: 'live' },
  install('disk', { tall }),
  install('mirror', { tall, act: (page) => choose(page, 'sda', 'nvme0n1') }),
  install('keep', { tall, act: (page) => choose(page, 'sdb') }),
  install('no-disks', { mode: 'live-empty' }),
  install('reading', { mode: 'live-slow' }),
  install('unreadable', { mode: 'live-unreadable', refused: true }),
  install('impossible', { mode: 'installed' }),
  install('network', { path: '/install?step=network', tall }),
  install('network-static', {
    path: '/install?step=network',
    tall,
    act: async (page) => {
      await page.getByRole('radio', { name: /^Fixed/ }).check();
      await page.getByLabel('Gateway').fill('192.168.2.1');
      await page.getByLabel('Name servers').fill('9.9.9.9, nonsense');
      await page.getByLabel('Gateway').focus();
      await page.getByRole('radio', { name: /^enp4s0/ }).focus();
    },
  }),
  install('access', {
    path: '/install?step=access',
    tall,
    act: async (page) => {
      await enterPassword(page, 'Sommer2026', 'Sommer');
      await page.getByLabel('SSH public keys').fill('-----BEGIN OPENSSH PRIVATE KEY-----');
      await page.getByLabel('Host name').focus();
    },
  }),
  install('review-missing', { path: '/install?step=review', tall }),
  install('review', {
    tall,
    act: async (page) => {
      await toReview(page, 'sda', 'nvme0n1');
      await page.getByText('will be erased').waitFor();
    },
  }),
  install('review-kept', {
    tall,
    act: async (page) => {
      await choose(page, 'sdb');
      await page.goto(page.url());
      await choose(page, 'sdb');
      for (let i = 0; i < 3; i += 1) await next(page);
      await page.getByText('Nothing is lost').waitFor();
      await page.getByText('The same as an answer file').click();
    },
  }),
  install('check-fails', { mode: 'check-fails', tall, act: (page) => toReview(page, 'sda') }),
  install('check-disk', {
    mode: 'check-fails',
    tall,
    act: async (page) => {
      await toReview(page, 'sda');
      await page.getByText('cannot be installed yet').waitFor();
      await page.getByRole('link', { name: /^Disk/ }).last().click();
    },
  }),
  install('running', {
    act: async (page) => {
      await start(page);
      await page
        .getByText(/copying version.*312/)
        .first()
        .waitFor();
    },
  }),
  install('done', {
    act: async (page) => {
      await start(page);
      await page.getByText('Then open').waitFor({ timeout: 20_000 });
    },
  }),
  install('failed', {
    mode: 'install-fails',
    act: async (page) => {
      await start(page);
      await page.getByText('The installation failed').waitFor({ timeout: 20_000 });
    },
  }),
  system('system', 'installed', { tall }),
  system('system-first', 'first', { tall }),
  system('system-live', 'live'),
  system('system-none', 'none'),
  system('system-pending', 'pending', { tall }),
  system('system-trial', 'trial', { tall }),
  system('system-fell-back', 'fell-back', { tall }),
  system('system-refused', 'refused', { tall }),
  system('system-not-kept', 'not-kept', { tall }),
  { name: 'attention-fell-back', path: '/', mode: 'fell-back' },
  system('system-uploading', 'first', {
    tall,
    act: async (page) => {
      await page.locator('input[type=file]').setInputFiles({
        name: 'croft-0.3.0.update',
        mimeType: 'application/octet-stream',
        buffer: Buffer.alloc(16 * 1024 ** 2),
      });
      await page.waitForTimeout(1500);
    },
  }),
  system('system-updating', 'first', {
    tall,
    act: async (page) => {
      await page.getByLabel('From a URL').fill('https://example.org/croft-0.3.0.update');
      await press('Fetch')(page);
      await page.waitForTimeout(2500);
    },
  }),
  system('system-switch', 'pending', { act: press('Restart into the new version') }),
  system('system-export', 'installed', { act: press('Export state') }),
  system('system-reset', 'installed', {
    act: async (page) => {
      await press('Factory reset')(page);
      await page.getByLabel('Also destroy guests').check();
    },
  }),
  system('system-reboot', 'installed', { act: press('Reboot') }),
];
