// Pictures of the pages and dialogs about containers, in every situation that they know.
import type { Page } from 'playwright-core';
import type { World } from './mock/world.ts';
import type { Shot } from './shots.ts';

const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true });
const press =
  (...names: readonly string[]) =>
  async (page: Page) => {
    for (const name of names) await button(page, name).click();
  };
const choose =
  (item: string) =>
  async (page: Page): Promise<void> => {
    await button(page, 'More').click();
    await page.getByRole('menuitem', { name: item }).click();
    await page.getByRole('dialog').waitFor();
    await page.waitForTimeout(300);
  };

/** Templates that earlier pictures had made. */
const forget = (world: World): void => {
  world.volumes = world.volumes.filter((one) => !/debian-12-standard|alpine/.test(one.volid));
};

/** On phones behind one button. */
async function openCreate(page: Page): Promise<void> {
  const wide = button(page, 'Create container').first();
  if (await wide.isVisible()) await wide.click();
  else {
    await button(page, 'Create').click();
    await page.getByRole('menuitem', { name: 'Create container' }).click();
  }
  await page.getByLabel('Root size').waitFor();
  await page.waitForTimeout(500);
}

async function fillCreate(page: Page): Promise<void> {
  await page.getByLabel('Host name').fill('shop-2');
  await page.getByLabel('Password', { exact: true }).fill('correct horse');
  await page.getByLabel('Password again').fill('correct horse');
}

export const containerShots: readonly Shot[] = [
  { name: 'ct-summary', path: '/cts/200' },
  { name: 'ct-stopped', path: '/cts/205' },
  { name: 'ct-warned', path: '/cts/203' },
  { name: 'ct-long', path: '/cts/207' },
  { name: 'ct-loading', path: '/cts/200/resources', trouble: { about: 'config', kind: 'hangs' } },
  {
    name: 'ct-fails',
    path: '/cts/200/resources',
    trouble: { about: 'config', kind: 'fails' },
    refused: true,
  },
  { name: 'ct-menu', path: '/cts/200', act: press('More') },
  { name: 'ct-menu-template', path: '/cts/204', act: press('More') },
  { name: 'ct-delete', path: '/cts/205', act: choose('Delete') },
  {
    name: 'ct-console',
    path: '/cts/200/console',
    act: async (page) => {
      await page.getByText('Connected', { exact: true }).waitFor();
      await button(page, 'Root shell').click();
      await page.waitForTimeout(700);
      await page.keyboard.type('uptime\r');
      await page.waitForTimeout(300);
    },
  },
  {
    name: 'ct-console-none',
    path: '/cts/200/console',
    act: async (page) => {
      await page.getByText('Connected', { exact: true }).waitFor();
      await button(page, 'Close Log-in 1').click();
    },
  },
  { name: 'ct-console-off', path: '/cts/205/console' },
  { name: 'ct-console-frozen', path: '/cts/202/console' },
  { name: 'ct-resources', path: '/cts/200/resources', tall: true },
  { name: 'ct-cpu', path: '/cts/200/resources', act: press('Edit Processor') },
  { name: 'ct-memory', path: '/cts/200/resources', act: press('Edit Memory') },
  { name: 'ct-add-volume', path: '/cts/200/resources', act: press('Add volume') },
  {
    name: 'ct-add-bind',
    path: '/cts/200/resources',
    refused: true,
    act: async (page) => {
      await button(page, 'Mount a folder of the node').click();
      await page.getByLabel('Folder on the node').fill('/etc');
      await page.getByLabel('Path inside the container').fill('/data');
      await button(page, 'Mount').last().click();
      await page.getByRole('alert').first().waitFor();
    },
  },
  {
    name: 'ct-edit-mount',
    path: '/cts/200/resources',
    act: async (page) => {
      await button(page, 'Edit mp0').click();
      await page.getByText('More settings').click();
    },
  },
  { name: 'ct-move', path: '/cts/200/resources', act: press('Move mp0') },
  { name: 'ct-detach', path: '/cts/200/resources', act: press('Detach mp0') },
  { name: 'ct-destroy-volume', path: '/cts/200/resources', act: press('Remove unused0') },
  { name: 'ct-add-device', path: '/cts/200/resources', act: press('Add device') },
  { name: 'ct-network', path: '/cts/200/network' },
  { name: 'ct-network-empty', path: '/cts/205/network' },
  {
    name: 'ct-nic',
    path: '/cts/200/network',
    tall: true,
    act: async (page) => {
      await button(page, 'Edit net1').click();
      await page.getByLabel('IPv4 address').fill('10.0.0.9');
      await button(page, 'Save').click();
    },
  },
  {
    name: 'ct-nic-routed',
    path: '/cts/200/network',
    act: async (page) => {
      await button(page, 'Add network card').click();
      await page.getByText('Routed private address').click();
    },
  },
  { name: 'ct-dns', path: '/cts/200/dns' },
  { name: 'ct-options', path: '/cts/200/options', tall: true },
  { name: 'ct-features', path: '/cts/200/options', act: press('Edit Features') },
  { name: 'ct-startup', path: '/cts/200/options', act: press('Edit Start order') },
  { name: 'ct-snapshots', path: '/cts/200/snapshots' },
  { name: 'ct-snapshots-empty', path: '/cts/201/snapshots' },
  { name: 'ct-snapshots-cannot', path: '/cts/203/snapshots' },
  {
    name: 'ct-snapshots-fails',
    path: '/cts/200/snapshots',
    trouble: { about: 'snapshots', kind: 'fails' },
    refused: true,
  },
  {
    name: 'ct-snapshot-take',
    path: '/cts/200/snapshots',
    act: async (page) => {
      await button(page, 'Take snapshot').click();
      await page.getByLabel('Name', { exact: true }).fill('trixie');
      await button(page, 'Take').click();
    },
  },
  { name: 'ct-rollback', path: '/cts/200/snapshots', act: press('Roll back to before-upgrade') },
  { name: 'ct-snapshot-remove', path: '/cts/200/snapshots', act: press('Remove snapshot attempt') },
  { name: 'ct-clone', path: '/cts/200', act: choose('Clone') },
  { name: 'ct-clone-template', path: '/cts/204', act: press('Clone') },
  { name: 'ct-convert', path: '/cts/205', act: choose('Convert to template') },
  { name: 'templates', path: '/nodes/croft1/templates', prepare: forget },
  {
    name: 'templates-make',
    path: '/nodes/croft1/templates',
    act: press('Build Debian 12 (bookworm)'),
  },
  {
    name: 'templates-making',
    path: '/nodes/croft1/templates',
    act: async (page) => {
      await button(page, 'Download Alpine 3.22').click();
      await button(page, 'Download').click();
      await page.waitForTimeout(2500);
    },
  },
  {
    name: 'templates-fails',
    path: '/nodes/croft1/templates',
    trouble: { about: 'catalogue', kind: 'fails' },
    refused: true,
  },
  {
    name: 'templates-loading',
    path: '/nodes/croft1/templates',
    trouble: { about: 'catalogue', kind: 'hangs' },
  },
  {
    name: 'templates-empty',
    path: '/nodes/croft1/templates',
    trouble: { about: 'no-catalogue', kind: 'fails' },
  },
  { name: 'create-ct', path: '/', tall: true, act: openCreate },
  { name: 'create-ct-top', path: '/', act: openCreate },
  {
    name: 'create-ct-make',
    path: '/',
    prepare: forget,
    act: async (page) => {
      await openCreate(page);
      await page.getByLabel('Template').selectOption({ label: 'Debian 12 (bookworm)' });
      await page.waitForTimeout(200);
      await button(page, 'Build').click();
      await page.waitForTimeout(1500);
    },
  },
  {
    name: 'create-ct-errors',
    path: '/',
    tall: true,
    act: async (page) => {
      await openCreate(page);
      await page.getByLabel('Host name').fill('no name');
      await page.getByLabel('SSH public keys').fill('-----BEGIN OPENSSH PRIVATE KEY-----');
      await page.getByText('Routed private address').click();
      await page.getByLabel('IPv4 address').fill('10.0.0.300');
      await button(page, 'Review').click();
    },
  },
  {
    name: 'create-ct-review',
    path: '/',
    tall: true,
    act: async (page) => {
      await openCreate(page);
      await fillCreate(page);
      await button(page, 'Review').click();
      await page.getByText('Step 2').waitFor();
    },
  },
  {
    name: 'create-ct-refused',
    path: '/',
    refused: true,
    act: async (page) => {
      await openCreate(page);
      await fillCreate(page);
      await page.getByLabel('Host name').fill('refused');
      await button(page, 'Review').click();
      await button(page, 'Create').last().click();
      await page.getByRole('alert').first().waitFor();
    },
  },
  {
    name: 'create-menu',
    path: '/',
    act: async (page) => {
      const menu = button(page, 'Create');
      if (await menu.isVisible()) await menu.click();
    },
  },
  {
    name: 'search-containers',
    path: '/guests',
    act: (page) => page.getByLabel('Filter guests').fill('ct'),
  },
];
