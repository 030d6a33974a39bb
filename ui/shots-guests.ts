// Pictures of virtual machines' pages, their console, and the dialog that creates one.
import type { Page } from 'playwright-core';
import type { World } from './mock/world.ts';
import type { Shot } from './shots.ts';

const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true });
const press = (name: string) => (page: Page) => button(page, name).click();

/** On phones behind one button. */
export async function openCreate(page: Page): Promise<void> {
  const wide = button(page, 'Create VM').first();
  if (await wide.isVisible()) await wide.click();
  else {
    await button(page, 'Create').click();
    await page.getByRole('menuitem', { name: 'Create VM' }).click();
  }
  await page.getByLabel('Bridge').waitFor();
  await page.waitForTimeout(400);
}

async function review(page: Page): Promise<void> {
  await openCreate(page);
  await page.getByLabel('Name', { exact: true }).fill('web-2');
  await page.getByLabel('ISO image').selectOption({ index: 1 });
  await button(page, 'Review').click();
  await page.getByText('Step 2').waitFor();
}

async function connected(page: Page): Promise<void> {
  await page.getByText('Connected', { exact: true }).waitFor();
  await page.waitForTimeout(500);
}

/** Changes that wait for a restart: another value, a new device, one that goes. */
function waiting(world: World): void {
  world.pending.set(100, {
    ...{ memory: '8192', cpu: 'host', net1: 'virtio,bridge=vmbr1', ide2: null, tablet: '0' },
    hookscript: 'local:snippets/hook.sh',
  });
}
const settled = (world: World): void => {
  world.pending.delete(100);
};

/** A template that cloud-init sets up, with what it brings along. */
function cloudTemplate(world: World): void {
  Object.assign(world.configs.get(130)!, {
    ...{ ide2: 'local:130/vm-130-cloudinit.qcow2,media=cdrom', ciuser: 'admin', cipassword: '**********' },
    ...{ cores: 2, memory: 2048, nameserver: '192.0.2.53' },
  });
}

async function ofTemplate(page: Page): Promise<void> {
  await openCreate(page);
  await page.getByText('A template', { exact: true }).click();
  await page.getByLabel('Cores').waitFor();
  await page.waitForTimeout(300);
}

export const guestShots: readonly Shot[] = [
  { name: 'vm', path: '/vms/100' },
  { name: 'vm-checks-failed', path: '/vms/104', refused: true },
  { name: 'vm-stopped', path: '/vms/105' },
  {
    name: 'vm-forget',
    path: '/vms/105',
    prepare: (world) => {
      world.configs.get(105)!['scsi0'] = 'old-nas:105/vm-105-disk-0.qcow2,size=32G';
    },
    act: async (page) => {
      await button(page, 'More').click();
      await page.getByRole('menuitem', { name: 'Forget' }).click();
      await page.getByRole('dialog').waitFor();
    },
  },
  { name: 'vm-menu', path: '/vms/127', act: press('More') },
  {
    name: 'vm-delete',
    path: '/vms/105',
    act: async (page) => {
      await button(page, 'More').click();
      await page.getByRole('menuitem', { name: 'Delete' }).click();
      await page.getByRole('dialog').waitFor();
    },
  },
  { name: 'hardware', path: '/vms/100/hardware', prepare: settled },
  { name: 'hardware-waiting', path: '/vms/100/hardware', prepare: waiting },
  { name: 'hardware-network', path: '/vms/100/hardware', prepare: settled, act: press('Edit net0') },
  {
    name: 'hardware-fails',
    path: '/vms/100/hardware',
    trouble: { about: 'config', kind: 'fails' },
    refused: true,
  },
  { name: 'options', path: '/vms/100/options', tall: true },
  { name: 'options-waiting', path: '/vms/100/options', prepare: waiting, tall: true },
  { name: 'options-boot', path: '/vms/100/options', prepare: settled, act: press('Edit Boot order') },
  {
    name: 'options-hook',
    path: '/vms/100/options',
    act: async (page) => {
      await page.getByText('More options').click();
      await button(page, 'Edit Hook script').click();
    },
  },
  { name: 'vm-tasks', path: '/vms/100/tasks' },
  { name: 'console', path: '/vms/100/console', act: connected },
  {
    name: 'console-keys',
    path: '/vms/100/console',
    act: async (page) => {
      await connected(page);
      await button(page, 'Keys').click();
    },
  },
  {
    name: 'console-text',
    path: '/vms/100/console',
    act: async (page) => {
      await connected(page);
      await button(page, 'Send text').click();
      await page.getByLabel('Text', { exact: true }).fill('echo "grüße" | tee /etc/motd\n');
    },
  },
  {
    name: 'console-view-only',
    path: '/vms/100/console',
    act: async (page) => {
      await connected(page);
      await button(page, 'View only').click();
    },
  },
  {
    name: 'serial',
    path: '/vms/100/console',
    act: async (page) => {
      await connected(page);
      await button(page, 'Serial terminal').click();
      await page.locator('.xterm').waitFor();
      await page.waitForTimeout(800);
      await page.keyboard.type('root\r');
      await page.waitForTimeout(300);
    },
  },
  { name: 'console-off', path: '/vms/105/console' },
  { name: 'create', path: '/', act: openCreate },
  {
    name: 'create-windows',
    path: '/',
    tall: true,
    act: async (page) => {
      await openCreate(page);
      await page.getByLabel('Operating system').selectOption('Windows 11');
      await page.getByLabel('Disc of drivers').selectOption({ index: 5 });
      await page.getByText('More settings').click();
    },
  },
  {
    name: 'create-image',
    path: '/',
    tall: true,
    act: async (page) => {
      await openCreate(page);
      await page.getByText('Disk image', { exact: true }).click();
    },
  },
  {
    name: 'create-errors',
    path: '/',
    act: async (page) => {
      await openCreate(page);
      await page.getByLabel('Name', { exact: true }).fill('not a name');
      await page.getByLabel('Cores').fill('none');
      await button(page, 'Review').click();
    },
  },
  { name: 'create-of-template', path: '/', prepare: cloudTemplate, tall: true, act: ofTemplate },
  {
    name: 'create-of-template-errors',
    path: '/',
    prepare: cloudTemplate,
    tall: true,
    act: async (page) => {
      await ofTemplate(page);
      await page.getByLabel('Name', { exact: true }).fill('not a name');
      await page.getByRole('dialog').getByLabel('Memory', { exact: true }).fill('none');
      await page.getByRole('radio', { name: /^Full/ }).check();
      await button(page, 'Review').click();
    },
  },
  {
    name: 'create-of-template-review',
    path: '/',
    prepare: cloudTemplate,
    tall: true,
    act: async (page) => {
      await ofTemplate(page);
      await page.getByLabel('Name', { exact: true }).fill('web-3');
      await page.getByLabel('Cores').fill('4');
      await button(page, 'Review').click();
      await page.getByText('Step 2').waitFor();
    },
  },
  {
    name: 'create-of-template-none',
    path: '/',
    prepare: (world) => world.change('qemu/130', { template: 0 }),
    act: async (page) => {
      await openCreate(page);
      await page.getByText('A template', { exact: true }).click();
      await page.getByText('No templates yet').waitFor();
    },
  },
  { name: 'create-review', path: '/', act: review },
  ...(['croft command', 'Terraform', 'Ansible'] as const).map((name) => ({
    name: `create-as-${name.split(' ')[0]?.toLowerCase()}`,
    path: '/',
    tall: true,
    act: async (page: Page) => {
      await review(page);
      await page.getByRole('tab', { name }).click();
    },
  })),
];
