// What can be looked at of tables, of the datacenter and of storages: the table of `shots.ts` goes on here.
import type { Page } from 'playwright-core';
import type { World } from './mock/world.ts';
import type { Shot } from './shots.ts';

async function select(page: Page, ...names: readonly string[]): Promise<void> {
  for (const name of names) await page.getByRole('checkbox', { name: `Select ${name}` }).check();
}

/** Nothing is broken, full or failed. */
function allWell(world: World): void {
  for (const item of world.resources.values()) {
    if (item.type === 'node') world.change(item.id, { mem: 20 * 1024 ** 3, accelerator: 'kvm' });
    if (item.type === 'storage') {
      const { problem: _problem, ...rest } = item;
      world.resources.set(item.id, { ...rest, status: 'available', disk: 4e11, maxdisk: 1e12 });
    }
  }
  for (const [upid, task] of world.tasks) if (task.state === 'failed') world.tasks.delete(upid);
}

/** As on the first day. */
function nothingYet(world: World): void {
  allWell(world);
  world.tasks.clear();
  for (const item of [...world.resources.values()])
    if (item.vmid !== undefined) world.resources.delete(item.id);
  world.volumes = [];
}

/** The last ones change the world for good. */
export const listShots: readonly Shot[] = [
  { name: 'datacenter-all', path: '/', tall: true },
  {
    name: 'datacenter-task',
    path: '/',
    // What other situations have done lately would fill the list.
    prepare: (world) => {
      const hourAgo = Date.now() / 1000 - 3600;
      for (const { upid, starttime } of world.tasks.values())
        if (starttime > hourAgo) world.tasks.delete(upid);
    },
    act: async (page) => {
      await page
        .getByRole('region', { name: 'Recent tasks' })
        .getByRole('button', { name: /Shut down/ })
        .click();
      await page.getByRole('dialog').getByRole('log').waitFor();
    },
  },
  { name: 'guests-state', path: '/guests?filter=status%3Apaused' },
  {
    name: 'guests-unread',
    path: '/guests',
    act: (page) => page.getByLabel('Filter guests').fill('colour:red'),
  },
  {
    name: 'guests-selected',
    path: '/guests',
    act: (page) => select(page, '100 web-frontend', '101 web-api', '102 mail'),
  },
  {
    name: 'guests-menu',
    path: '/guests',
    act: async (page) => {
      await select(page, '100 web-frontend', '101 web-api');
      await page.getByRole('main').getByRole('button', { name: 'More', exact: true }).click();
    },
  },
  {
    name: 'guests-columns',
    path: '/guests',
    act: async (page) => {
      const menu = page.getByRole('button', { name: 'Columns' });
      if (await menu.isVisible()) await menu.click();
    },
  },
  {
    name: 'guests-delete',
    path: '/guests',
    act: async (page) => {
      await page.getByLabel('Filter guests').fill('status:stopped,running id<112');
      await page.getByRole('checkbox', { name: 'Select 100 web-frontend' }).waitFor();
      await page
        .getByRole('checkbox', { name: /^Select 10\d/ })
        .first()
        .focus();
      await page.keyboard.press('Control+a');
      for (const box of await page.getByRole('checkbox', { name: /^Select 10\d/ }).all()) await box.check();
      await page.getByRole('main').getByRole('button', { name: 'More', exact: true }).click();
      await page.getByRole('menuitem', { name: 'Delete' }).click();
      await page.getByRole('dialog').waitFor();
    },
  },
  {
    name: 'guests-done',
    path: '/guests',
    act: async (page) => {
      await select(page, '100 web-frontend', '101 web-api', '102 mail', '105 git');
      await page
        .getByRole('main')
        .getByRole('button', { name: 'Reboot' })
        .or(page.getByRole('main').getByRole('button', { name: 'More', exact: true }))
        .first()
        .click();
      const item = page.getByRole('menuitem', { name: 'Reboot' });
      if (await item.isVisible()) await item.click();
      await page.getByRole('dialog').getByRole('button', { name: 'Reboot', exact: true }).click();
      await page.waitForTimeout(600);
    },
  },
  { name: 'content-images', path: '/nodes/croft1/storage/local/images' },
  { name: 'content-none', path: '/nodes/croft1/storage/local/rootdir' },
  {
    name: 'content-fails',
    path: '/nodes/croft1/storage/local/iso',
    trouble: { about: 'content', kind: 'fails' },
    refused: true,
  },
  {
    name: 'content-waits',
    path: '/nodes/croft1/storage/local/iso',
    trouble: { about: 'content', kind: 'hangs' },
  },
  {
    name: 'content-remove',
    path: '/nodes/croft1/storage/local/iso',
    act: async (page) => {
      await page.getByRole('button', { name: /^Remove debian/ }).click();
      await page.getByRole('dialog').getByText('It is in use').waitFor();
    },
  },
  { name: 'storage-full', path: '/nodes/croft2/storage/local' },
  { name: 'datacenter-well', path: '/', prepare: allWell },
];

/** After all that shows guests: from here on there are none. */
export const newShots: readonly Shot[] = [
  { name: 'datacenter-new', path: '/', prepare: nothingYet },
  { name: 'guests-new', path: '/guests', prepare: nothingYet },
];
