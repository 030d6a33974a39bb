// Pictures of the log-in's second step, the own account and the pages about access, in every situation that they know.
import type { Page } from 'playwright-core';
import { accessOf } from './mock/access-handlers.ts';
import type { World } from './mock/world.ts';
import type { Shot } from './shots.ts';

const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true });
const press =
  (...names: readonly string[]) =>
  async (page: Page) => {
    for (const name of names) await button(page, name).first().click();
    await page.waitForTimeout(300);
  };
const choose =
  (row: string, item: string) =>
  async (page: Page): Promise<void> => {
    // Only rows in sight are on the page.
    await page
      .getByRole('main')
      .getByPlaceholder(/^Filter/)
      .fill(row);
    await button(page, `Actions: ${row}`).first().click();
    await page.getByRole('menuitem', { name: item }).click();
    await page.getByRole('dialog').waitFor();
    await page.waitForTimeout(300);
  };
const empty = (world: World): void => {
  accessOf(world).refill();
  accessOf(world).empty();
};
/** Who may do little; the session stays that of root: the mock knows one caller. */
const asPlain = (world: World): void => {
  accessOf(world).caller = 'plain@pve';
};

/** Ends the session and logs in as who is asked for a code. */
async function second(page: Page): Promise<void> {
  await page.context().clearCookies();
  await page.reload();
  await page.getByLabel('User name').fill('second@pve');
  await page.getByLabel('Password').fill('croft');
  await button(page, 'Log in').click();
  await page.getByLabel('Code or recovery key').waitFor();
}

export const accessShots: readonly Shot[] = [
  { name: 'account', path: '/account', tall: true },
  { name: 'account-fails', path: '/account', trouble: { about: 'access', kind: 'fails' }, refused: true },
  { name: 'account-password', path: '/account', act: press('Change password') },
  { name: 'account-totp', path: '/account', act: press('Add authenticator app') },
  {
    name: 'account-totp-wrong',
    path: '/account',
    act: async (page) => {
      await press('Add authenticator app')(page);
      await page.getByLabel('Code', { exact: true }).fill('12');
      await page.getByRole('dialog').getByRole('button', { name: 'Add authenticator app' }).click();
    },
  },
  {
    name: 'account-keys',
    path: '/account',
    act: async (page) => {
      await press('Make recovery keys')(page);
      await page.getByRole('dialog').getByRole('button', { name: 'Make recovery keys' }).click();
      await page.getByText('These keys are shown').waitFor();
    },
  },
  { name: 'account-factors', path: '/account' },
  { name: 'account-token', path: '/account', act: press('Create API token') },
  {
    name: 'account-token-made',
    path: '/account',
    act: async (page) => {
      await press('Create API token')(page);
      await page.getByLabel('Token', { exact: true }).fill('ci');
      await page.getByRole('dialog').getByRole('button', { name: 'Create API token' }).click();
      await page.getByText('The secret is shown').waitFor();
    },
  },
  { name: 'access-users', path: '/access' },
  { name: 'access-users-loading', path: '/access', trouble: { about: 'access', kind: 'hangs' } },
  { name: 'access-users-fails', path: '/access', trouble: { about: 'access', kind: 'fails' }, refused: true },
  { name: 'access-user-menu', path: '/access', act: press('Actions: anna@pve') },
  { name: 'access-user-new', path: '/access', act: press('Create user') },
  {
    name: 'access-user-wrong',
    path: '/access',
    act: async (page) => {
      await press('Create user')(page);
      await page.getByLabel('User name').fill('no name');
      await page.getByLabel('Password', { exact: true }).fill('short');
      await page.getByRole('dialog').getByRole('button', { name: 'Create user' }).click();
    },
  },
  { name: 'access-user-edit', path: '/access', act: press('anna@pve') },
  { name: 'access-user-factors', path: '/access', act: choose('anna@pve', 'Second factor') },
  { name: 'access-user-locked', path: '/access', act: choose('locked@pve', 'Second factor') },
  { name: 'access-user-delete', path: '/access', act: choose('anna@pve', 'Delete') },
  { name: 'access-groups', path: '/access/groups' },
  { name: 'access-group-edit', path: '/access/groups', act: press('shop') },
  { name: 'access-tokens', path: '/access/tokens' },
  { name: 'access-roles', path: '/access/roles' },
  { name: 'access-role-edit', path: '/access/roles', act: press('Operator') },
  { name: 'access-permissions', path: '/access/permissions', tall: true },
  { name: 'access-permission-new', path: '/access/permissions', act: press('Add permission') },
  {
    name: 'access-permission-wrong',
    path: '/access/permissions',
    act: async (page) => {
      await press('Add permission')(page);
      await page.getByRole('dialog').getByRole('button', { name: 'Add permission' }).click();
    },
  },
  { name: 'access-pools', path: '/access/pools', act: press('shop'), tall: true },
  { name: 'access-pool-add', path: '/access/pools', act: press('shop', 'Add members') },
  { name: 'access-realms', path: '/access/realms' },
  { name: 'access-guest', path: '/vms/100/permissions', tall: true },
  { name: 'access-storage', path: '/nodes/croft1/storage/local/permissions', tall: true },
  { name: 'access-plain', path: '/access', prepare: asPlain, act: press('Actions: anna@pve') },
  { name: 'access-plain-permissions', path: '/access/permissions', prepare: asPlain, refused: true },
  { name: 'access-empty-groups', path: '/access/groups', prepare: empty },
  { name: 'access-empty-permissions', path: '/access/permissions', prepare: empty },
  { name: 'access-empty-pools', path: '/access/pools', prepare: empty },
];

/** They end the session: nothing can be shown after them. */
export const secondShots: readonly Shot[] = [
  { name: 'login-second', path: '/', prepare: (world) => accessOf(world).refill(), act: second },
  {
    name: 'login-second-wrong',
    path: '/',
    refused: true,
    act: async (page) => {
      await second(page);
      for (let i = 0; i < 8; i += 1) {
        await page.getByLabel('Code or recovery key').fill('000000');
        await button(page, 'Log in').click();
        // The field is emptied with the answer: what is typed before would be lost.
        await page.getByText('This code is wrong').waitFor();
      }
    },
  },
];
