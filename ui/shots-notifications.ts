// Pictures of notifications: targets and matchers in every situation, and their dialogs.
import type { Page } from 'playwright-core';
import { accessOf } from './mock/access-handlers.ts';
import { notifications, refillNotifications } from './mock/notification-handlers.ts';
import type { World } from './mock/world.ts';
import type { Shot } from './shots.ts';

const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true });
const press = (name: string) => async (page: Page) => {
  await button(page, name).first().click();
  await page.getByRole('dialog').waitFor();
  await page.waitForTimeout(400);
};
const some = (world: World): void => {
  accessOf(world).caller = 'root@pam';
  refillNotifications(world);
};
const none = (world: World): void => {
  notifications(world).matchers = [];
};
const fromMenu = (name: string, item: string) => async (page: Page) => {
  await page
    .getByRole('button', { name: `Actions: ${name}`, exact: true })
    .locator('visible=true')
    .click();
  await page.getByRole('menuitem', { name: item, exact: true }).click();
  await page.waitForTimeout(400);
};
const path = '/notifications';

export const notificationShots: readonly Shot[] = [
  { name: 'notifications', path, prepare: some, tall: true },
  { name: 'notifications-no-matchers', path, prepare: none, tall: true },
  {
    name: 'notifications-fail',
    path,
    prepare: some,
    trouble: { about: 'notifications', kind: 'fails' },
    refused: true,
  },
  { name: 'notifications-load', path, prepare: some, trouble: { about: 'matchers', kind: 'hangs' } },
  { name: 'notifications-add-mail', path, prepare: some, tall: true, act: press('Add target') },
  {
    name: 'notifications-add-wrong',
    path,
    prepare: some,
    tall: true,
    act: async (page) => {
      await press('Add target')(page);
      const dialog = page.getByRole('dialog');
      await dialog.getByLabel('User name', { exact: true }).fill('me');
      await dialog.getByLabel('Encryption', { exact: true }).selectOption('insecure');
      await dialog.getByRole('button', { name: 'Add target' }).click();
    },
  },
  {
    name: 'notifications-add-webhook',
    path,
    prepare: some,
    tall: true,
    act: async (page) => {
      await press('Add target')(page);
      const dialog = page.getByRole('dialog');
      await dialog.getByLabel('Type', { exact: true }).selectOption('webhook');
      await dialog.getByLabel('Begin with', { exact: true }).selectOption('Discord');
    },
  },
  { name: 'notifications-edit-webhook', path, prepare: some, tall: true, act: press('chat') },
  { name: 'notifications-edit-gotify', path, prepare: some, act: press('phones') },
  {
    name: 'notifications-test-fails',
    path,
    prepare: some,
    refused: true,
    act: fromMenu('office-mail', 'Send a test'),
  },
  { name: 'notifications-remove', path, prepare: some, act: fromMenu('chat', 'Remove') },
  { name: 'notifications-reset', path, prepare: some, act: fromMenu('default-matcher', 'Restore defaults') },
  { name: 'notifications-matcher', path, prepare: some, tall: true, act: press('nights') },
  {
    name: 'notifications-matcher-wrong',
    path,
    prepare: some,
    tall: true,
    refused: true,
    act: async (page) => {
      await press('nights')(page);
      const dialog = page.getByRole('dialog');
      await dialog.getByLabel('At these times', { exact: true }).fill('at night');
      await dialog.getByRole('button', { name: 'Save' }).click();
      await page.waitForTimeout(400);
    },
  },
  {
    name: 'notifications-plain',
    path,
    prepare: (world) => {
      refillNotifications(world);
      accessOf(world).caller = 'plain@pve';
    },
  },
  { name: 'notifications-again', path, prepare: some },
];
