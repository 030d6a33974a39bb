// The frame's shots: the palette, the tree's views, the keyboard map, the notices, the user's menu, the dock.
import type { Page } from 'playwright-core';
import type { Shot } from './shots.ts';

/** On phones the tree is in a drawer. */
async function openTree(page: Page): Promise<void> {
  const menu = page.getByRole('button', { name: 'Show the tree' });
  if (await menu.isVisible()) await menu.click();
}

async function openPalette(page: Page, text = ''): Promise<void> {
  await page
    .locator('button:visible', { hasText: 'Search' })
    .or(page.getByRole('button', { name: 'Search', exact: true }))
    .first()
    .click();
  const field = page.getByRole('combobox', { name: 'What are you looking for?' });
  await field.fill(text);
  await page.waitForTimeout(150);
}

const inView = (view: string): Shot => ({
  name: `tree-${view.toLowerCase()}`,
  path: '/vms/100',
  act: async (page) => {
    await openTree(page);
    await page.getByLabel('Arrange by').locator('visible=true').selectOption(view);
    await page.waitForTimeout(200);
  },
});

const finding = (name: string, text: string): Shot => ({
  name: `palette-${name}`,
  path: '/',
  act: (page) => openPalette(page, text),
});

const dock = (page: Page) => page.getByRole('region', { name: 'Task dock' });

export const shellShots: readonly Shot[] = [
  ...['Kind', 'Pool', 'Tag', 'Storage', 'Server'].map(inView),
  {
    name: 'tree-pools-failed',
    path: '/',
    trouble: { about: 'pools', kind: 'fails' },
    refused: true,
    act: async (page) => {
      await openTree(page);
      const view = page.getByLabel('Arrange by').locator('visible=true');
      await view.selectOption('Pool');
      await page.getByRole('alert').first().waitFor();
    },
  },
  {
    name: 'tree-filter',
    path: '/',
    act: async (page) => {
      await openTree(page);
      await page.getByLabel('Arrange by').locator('visible=true').selectOption('Server');
      await page.getByLabel('Filter resources').locator('visible=true').fill('status:running mem>4G');
      await page.waitForTimeout(200);
    },
  },
  {
    name: 'tree-filter-unreadable',
    path: '/',
    act: async (page) => {
      await openTree(page);
      await page.getByLabel('Filter resources').locator('visible=true').fill('web colour:red mem>many ');
      await page.waitForTimeout(200);
    },
  },
  finding('empty', ''),
  finding('words', 'web'),
  finding('wish', 'start sta'),
  finding('filter', 'status:running mem>4G'),
  finding('unreadable', 'mem>many web'),
  finding('nothing', 'no such thing'),
  {
    name: 'palette-saved',
    path: '/',
    act: async (page) => {
      await openPalette(page, 'tag:prod status:running');
      await page.getByRole('button', { name: 'Save this search' }).click();
      await page.getByLabel('Name of the search').fill('Production that runs');
      await page.getByRole('button', { name: 'Save', exact: true }).click();
      await page.getByRole('combobox').last().fill('');
      await page.waitForTimeout(150);
    },
  },
  {
    name: 'palette-stop',
    path: '/',
    act: async (page) => {
      await openPalette(page, 'stop 100');
      await page.keyboard.press('Enter');
      await page.getByText('Stop without shutting down?').waitFor();
    },
  },
  {
    name: 'keyboard',
    path: '/',
    act: async (page) => {
      await page.keyboard.press('?');
      await page.getByRole('dialog').waitFor();
    },
  },
  {
    name: 'notices',
    path: '/vms/100',
    act: async (page) => {
      await page.getByRole('button', { name: /^Notices/ }).click();
      await page.getByRole('dialog').waitFor();
    },
  },
  {
    name: 'user-menu',
    path: '/vms/100',
    act: async (page) => {
      await page.getByRole('button', { name: /^User menu/ }).click();
      await page.getByRole('menuitem', { name: 'Log out' }).waitFor();
    },
  },
  {
    name: 'dock-failed',
    path: '/',
    act: async (page) => {
      if ((await dock(page).getByRole('button', { name: 'Failed', exact: true }).count()) === 0)
        await dock(page).getByRole('button').first().click();
      await dock(page).getByRole('button', { name: 'Failed', exact: true }).click();
      await page.waitForTimeout(400);
    },
  },
];
