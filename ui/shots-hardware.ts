// Pictures of the dialogs about a VM's devices, its processor, its memory and its options.
import type { Page } from 'playwright-core';
import type { World } from './mock/world.ts';
import type { Shot } from './shots.ts';

const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true });
const press = (name: string) => (page: Page) => button(page, name).click();
const more = (page: Page) => page.getByRole('dialog').getByText('More settings').click();

/** Opens a dialog by the menu of what can be added. */
const add = (kind: string) => async (page: Page) => {
  await button(page, 'Add device').click();
  await page.getByRole('menuitem', { name: kind }).click();
  await page.getByRole('dialog').waitFor();
};

/** A dialog among the options that are folded away. */
const rare = (name: string) => async (page: Page) => {
  await page.getByText('More options').click();
  await button(page, `Edit ${name}`).click();
};

const expert = (name: string) => async (page: Page) => {
  await page.getByText('More options').click();
  await button(page, name).click();
  await page.getByRole('dialog').waitFor();
};

/** A VM with one of everything, and with what is rare. */
function withAll(world: World): void {
  world.pending.delete(100);
  const volume = (name: string) => `local:100/vm-100-${name}.raw`;
  Object.assign(world.configs.get(100)!, {
    scsi1: `${volume('disk-1')},backup=0,cache=unsafe,iops_rd=500,iops_wr=300,mbps=100,mbps_max=200,bps_max_length=10,ro=1,size=8G`,
    efidisk0: `${volume('efi')},efitype=4m,pre-enrolled-keys=1,size=528K`,
    tpmstate0: `${volume('tpm')},size=4M,version=v2.0`,
    rng0: 'source=/dev/urandom,max_bytes=1024,period=1000',
    watchdog: 'model=i6300esb,action=reset',
    audio0: 'device=ich9-intel-hda,driver=none',
    unused0: volume('disk-2'),
    cpu: 'x86-64-v2-AES,flags=+aes;-pcid',
    cpulimit: 1.5,
    balloon: 512,
    machine: 'pc-q35-8.1',
    vga: 'qxl,memory=64',
    meta: 'creation-qemu=8.1.2,ctime=1700000000',
  });
}

/** Changes that wait, of devices and of what is folded away. */
function waiting(world: World): void {
  withAll(world);
  world.pending.set(100, {
    ...{ rng0: null, watchdog: 'model=i6300esb,action=none', cpulimit: '2', balloon: '0' },
    ...{ machine: 'q35', vmgenid: '1', smbios1: 'uuid=0f0e0d0c-0b0a-0908-0706-050403020100' },
  });
}

const path = '/vms/100/hardware';
const options = '/vms/100/options';

export const hardwareShots: readonly Shot[] = [
  { name: 'hw-all', path, prepare: withAll, tall: true },
  { name: 'hw-menu', path, prepare: withAll, act: press('Add device') },
  { name: 'hw-disk-add', path, act: press('Add disk') },
  {
    name: 'hw-disk-add-more',
    path,
    tall: true,
    act: async (page) => {
      await button(page, 'Add disk').click();
      await more(page);
    },
  },
  { name: 'hw-disk-edit', path, prepare: withAll, tall: true, act: press('Edit scsi1') },
  {
    name: 'hw-disk-wrong',
    path,
    tall: true,
    act: async (page) => {
      await button(page, 'Edit scsi1').click();
      const dialog = page.getByRole('dialog');
      await dialog.getByLabel('Reading and writing: for a while').fill('50');
      await dialog.getByLabel('Serial number').fill('a,b');
      await dialog.getByRole('button', { name: 'Save' }).click();
    },
  },
  { name: 'hw-disk-attach', path, act: press('Attach unused0') },
  {
    name: 'hw-nic',
    path,
    tall: true,
    act: async (page) => {
      await button(page, 'Edit net0').click();
      await more(page);
    },
  },
  {
    name: 'hw-nic-add',
    path,
    act: async (page) => {
      await button(page, 'Add network card').click();
      await page.getByRole('dialog').waitFor();
      await page.waitForTimeout(300);
    },
  },
  { name: 'hw-processor', path, act: press('Edit Processor'), tall: true },
  { name: 'hw-memory', path, tall: true, act: press('Edit Memory') },
  {
    name: 'hw-memory-wrong',
    path,
    act: async (page) => {
      await button(page, 'Edit Memory').click();
      const dialog = page.getByRole('dialog');
      await dialog.getByLabel('Memory', { exact: true }).fill('8');
      await dialog.getByRole('radio', { name: 'It may give some back' }).check();
      await dialog.getByRole('button', { name: 'Save' }).click();
      await dialog.getByText('At least 16 MiB').waitFor();
    },
  },
  {
    name: 'hw-machine',
    path,
    prepare: withAll,
    act: async (page) => {
      await button(page, 'Edit Machine type').click();
      await more(page);
    },
  },
  { name: 'hw-screen', path, act: press('Edit Graphics') },
  { name: 'hw-serial', path, act: add('Serial port') },
  { name: 'hw-rng', path, act: press('Edit rng0') },
  { name: 'hw-watchdog', path, act: press('Edit watchdog') },
  { name: 'hw-audio', path, act: press('Edit audio0') },
  { name: 'hw-efi', path: '/vms/101/hardware', act: add('UEFI variables') },
  { name: 'hw-tpm', path: '/vms/101/hardware', act: add('TPM') },
  { name: 'hw-waiting', path, prepare: waiting, tall: true },
  { name: 'opt-waiting', path: options, prepare: waiting, tall: true },
  { name: 'opt-agent', path: options, prepare: withAll, act: press('Edit Guest agent') },
  { name: 'opt-hotplug', path: options, act: rare('Changes while it runs') },
  { name: 'opt-smbios', path: options, act: rare('Maker and serial number') },
  { name: 'opt-generation', path: options, act: rare('Generation id') },
  { name: 'opt-state', path: options, act: rare('Storage for memory') },
  { name: 'opt-command', path: options, act: expert('Command line of QEMU') },
  {
    name: 'opt-monitor',
    path: options,
    act: async (page) => {
      await expert('Monitor of QEMU')(page);
      await page.getByRole('dialog').getByRole('button', { name: 'Send' }).click();
      await page.getByText('VM status: running').waitFor();
    },
  },
  { name: 'opt-args', path: options, act: rare('Arguments for QEMU') },
  {
    name: 'import-ova',
    path: '/nodes/croft1/storage/local/import',
    tall: true,
    act: async (page) => {
      await button(page, 'Make a VM of accounting.ova').click();
      await page.getByRole('dialog').getByText('What is left out').waitFor();
    },
  },
  {
    name: 'import-choose',
    path: '/',
    act: async (page) => {
      const wide = button(page, 'Create VM').first();
      if (await wide.isVisible()) await wide.click();
      else {
        await button(page, 'Create').click();
        await page.getByRole('menuitem', { name: 'Create VM' }).click();
      }
      await page.getByText('Another machine').click();
      await page.getByRole('dialog').getByLabel('File').selectOption({ index: 2 });
      await page.getByRole('dialog').getByLabel('VM ID').waitFor();
    },
  },
];
