// Pictures of copies of virtual machines: snapshots, clones, templates, disks that move; and of what holds or hibernates guests.
import type { Page } from 'playwright-core';
import type { World } from './mock/world.ts';
import type { Shot } from './shots.ts';

const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true });
const press = (name: string) => (page: Page) => button(page, name).click();

/** Another picture shows what there is without templates. */
const asTemplate: Shot['prepare'] = (world) => world.change('qemu/130', { template: 1 });

async function choose(page: Page, item: string): Promise<void> {
  await button(page, 'More').click();
  await page.getByRole('menuitem', { name: item }).click();
  await page.getByRole('dialog').waitFor();
  await page.waitForTimeout(300);
}
/** Of a disk that only waits to be there nothing can be moved. */
const settled = (world: World): void => {
  world.pending.delete(100);
};

export const copyShots: readonly Shot[] = [
  { name: 'vm-snapshots', path: '/vms/100/snapshots' },
  { name: 'vm-snapshots-empty', path: '/vms/107/snapshots' },
  { name: 'vm-snapshots-cannot', path: '/vms/110/snapshots' },
  {
    name: 'vm-snapshots-fails',
    path: '/vms/100/snapshots',
    trouble: { about: 'snapshots', kind: 'fails' },
    refused: true,
  },
  {
    name: 'vm-snapshots-loading',
    path: '/vms/100/snapshots',
    trouble: { about: 'snapshots', kind: 'hangs' },
  },
  {
    name: 'vm-snapshots-going',
    path: '/vms/107/snapshots',
    act: async (page) => {
      await button(page, 'Take snapshot').first().click();
      await page.getByLabel('Name', { exact: true }).fill('evening');
      await button(page, 'Take').click();
      await page.getByRole('dialog').waitFor({ state: 'detached' });
      await page.waitForTimeout(300);
    },
  },
  {
    name: 'vm-snapshot-take',
    path: '/vms/100/snapshots',
    act: async (page) => {
      await button(page, 'Take snapshot').click();
      await page.getByLabel('Name', { exact: true }).fill('clean');
      await button(page, 'Take').click();
    },
  },
  { name: 'vm-rollback', path: '/vms/100/snapshots', act: press('Roll back to clean') },
  { name: 'vm-rollback-memory', path: '/vms/100/snapshots', act: press('Roll back to before-migration') },
  { name: 'vm-snapshot-remove', path: '/vms/100/snapshots', act: press('Remove snapshot kernel-7') },
  {
    name: 'vm-clone',
    path: '/vms/100',
    act: async (page) => {
      await choose(page, 'Clone');
      await page.getByLabel('From').selectOption('before-migration');
      await page.getByRole('radio', { name: /^Full/ }).check();
      await page.getByText('More settings').click();
    },
  },
  { name: 'vm-clone-cannot', path: '/vms/110', act: (page) => choose(page, 'Clone') },
  { name: 'vm-clone-stopped', path: '/vms/105', act: (page) => choose(page, 'Clone') },
  { name: 'vm-hibernated', path: '/vms/135' },
  { name: 'vm-hibernated-menu', path: '/vms/135', act: press('More') },
  { name: 'vm-locked', path: '/vms/119' },
  {
    name: 'vm-locked-by',
    path: '/vms/119',
    prepare: (world) => {
      world.task('croft1', 'vzdump', '119', 'VM 119 - Back up', [
        { text: 'scsi0: 12 of 32 GiB', ms: 1 },
        { text: 'scsi0: 20 of 32 GiB', ms: 9000 },
      ]);
    },
  },
  { name: 'node-all-guests', path: '/nodes/croft1', act: press('All guests') },
  {
    name: 'node-shut-down-all',
    path: '/nodes/croft1',
    act: async (page) => {
      await button(page, 'All guests').click();
      await page.getByRole('menuitem', { name: 'Shut down all' }).click();
    },
  },
  { name: 'vm-template', path: '/vms/130', prepare: asTemplate },
  { name: 'vm-template-menu', path: '/vms/130', prepare: asTemplate, act: press('More') },
  { name: 'vm-template-clone', path: '/vms/130', prepare: asTemplate, act: press('Clone') },
  { name: 'vm-convert', path: '/vms/105', act: (page) => choose(page, 'Convert to template') },
  { name: 'vm-move', path: '/vms/107/hardware', act: press('Move scsi0') },
  { name: 'vm-give', path: '/vms/105/hardware', act: press('Give away scsi0 to another VM') },
  {
    name: 'vm-give-running',
    path: '/vms/100/hardware',
    prepare: settled,
    act: press('Give away scsi0 to another VM'),
  },
];
