// Pictures of the library of SSH keys and of named sizes: their pages, and where they are used.
import type { Page } from 'playwright-core';
import { accessOf } from './mock/access-handlers.ts';
import { cloudInitConfig, mockKey } from './mock/cloud-init-handlers.ts';
import { keysAndSizes } from './mock/key-and-size-handlers.ts';
import type { World } from './mock/world.ts';
import type { Shot } from './shots.ts';

const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true });
const press = (name: string) => async (page: Page) => {
  await button(page, name).first().click();
  await page.getByRole('dialog').waitFor();
  await page.waitForTimeout(300);
};
const noKeys = (world: World): void => {
  keysAndSizes(world).keys = [];
};
const someKeys = (world: World): void => {
  const names = ['anna@desk', 'boris@laptop', 'ci-runner'];
  keysAndSizes(world).keys = names.map((name, i) => ({
    name,
    key: mockKey(name).replace('OMqq', ['OMqq', 'PNrr', 'QOss'][i] ?? ''),
  }));
};
const named = (world: World): void => {
  const state = keysAndSizes(world);
  if (state.sizes.some(({ id }) => id === 'web')) return;
  state.sizes.push({
    ...{ id: 'web', kind: 'qemu', name: 'Web server', cores: 3, memory: 3072, disk: 20 },
    description: 'What the shop’s front ends are made of',
  });
};

export const keyAndSizeShots: readonly Shot[] = [
  { name: 'account-ssh-keys-none', path: '/account', prepare: noKeys, tall: true },
  { name: 'account-ssh-keys', path: '/account', prepare: someKeys, tall: true },
  {
    name: 'account-ssh-key-add',
    path: '/account',
    prepare: someKeys,
    act: async (page) => {
      await press('Add SSH keys')(page);
      await page.getByLabel('SSH public keys', { exact: true }).fill(`${mockKey('new@desk')}\nnot a key`);
      await page.getByRole('dialog').getByRole('button', { name: 'Add 2 keys' }).click();
    },
  },
  {
    name: 'cloud-init-library',
    path: '/vms/105/cloud-init',
    prepare: (world) => {
      someKeys(world);
      world.configs.set(105, { ...world.configs.get(105), ...cloudInitConfig(105) });
      world.pending.delete(105);
    },
    act: press('Edit SSH public keys'),
  },
  { name: 'sizes', path: '/sizes', prepare: named, tall: true },
  { name: 'sizes-fails', path: '/sizes', trouble: { about: 'sizes', kind: 'fails' }, refused: true },
  { name: 'sizes-edit', path: '/sizes', prepare: named, act: press('Edit Small') },
  {
    name: 'sizes-wrong',
    path: '/sizes',
    act: async (page) => {
      await press('Add size for VMs')(page);
      await page.getByLabel('Cores').fill('0');
      await page.getByRole('dialog').getByRole('button', { name: 'Add size' }).click();
    },
  },
  {
    name: 'sizes-plain',
    path: '/sizes',
    prepare: (world) => {
      accessOf(world).caller = 'plain@pve';
    },
  },
  {
    name: 'sizes-empty',
    path: '/sizes',
    prepare: (world) => {
      accessOf(world).caller = 'root@pam';
      keysAndSizes(world).sizes = keysAndSizes(world).sizes.filter(({ kind }) => kind === 'qemu');
    },
  },
];
