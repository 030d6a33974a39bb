// Volumes in a real browser on the real daemon: notes and protection, a copy and a move to another storage, orphans.
import { copyFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../host/wait.ts';
import { Desk } from './desk.ts';
import type { Person } from './person.ts';

const desk = new Desk('vol');
const { daemon } = desk;
const second = join(daemon.folder, 'second');
const iso = '/usr/lib/ipxe/ipxe.iso';
const here = join(daemon.storagePath, 'template/iso');
const there = join(second, 'template/iso');
let person: Person;

beforeAll(async () => {
  await desk.open();
  ({ person } = desk);
  mkdirSync(second, { mode: 0o755 });
  const content = 'images,iso';
  await daemon.ok('POST', '/storage', { storage: 'second', type: 'dir', path: second, content });
  mkdirSync(here, { recursive: true });
  copyFileSync(iso, join(here, 'boot.iso'));
  const params = {
    vmid: 100,
    name: 'web',
    memory: 64,
    scsi0: 'local:1',
    ide2: 'local:iso/boot.iso,media=cdrom',
  };
  expect(await daemon.task('POST', '/nodes/testnode/qemu', params)).toBe('OK');
  for (const [vmid, name] of [
    [100, 'vm-100-disk-7'],
    [955, 'vm-955-disk-0'],
    [955, 'vm-955-disk-1'],
  ])
    await daemon.ok('POST', '/nodes/testnode/storage/local/content', {
      ...{ vmid, filename: `${name}.raw`, size: '16M', format: 'raw' },
    });
  await desk.logIn();
  await person.goTo(/local/);
});
afterEach(async ({ task }) => {
  if (task.result?.state === 'fail') await desk.keep('volumes-failed');
});
afterAll(() => desk.close());

const choose = async (volume: string, item: string) => {
  await person.button(`More for ${volume}`).click();
  await person.page.getByRole('menuitem', { name: item }).click();
  await person.dialog().waitFor();
};
const row = (name: string) => person.main().getByRole('row').filter({ hasText: name });

describe('volumes in the browser', () => {
  it('keeps notes, and what is protected', async () => {
    await person.tab('ISO images');
    await choose('boot.iso', 'Notes and protection…');
    await person.dialog().getByLabel('Protect it from being removed').check();
    await person.submit({ Notes: 'for <b>the lab</b>' }, 'Save');
    await row('boot.iso').getByText('Protected').waitFor();
    expect(await person.button('Remove boot.iso').isDisabled()).toBe(true);
    await desk.keep('volumes-protected');
    await choose('boot.iso', 'Notes and protection…');
    expect(await person.dialog().getByLabel('Notes', { exact: true }).inputValue()).toBe(
      'for <b>the lab</b>',
    );
    await person.dialog().getByLabel('Protect it from being removed').uncheck();
    await person.submit({}, 'Save');
    await row('boot.iso').getByText('Protected').waitFor({ state: 'detached' });
  });

  it('copies a file, byte for byte, with its notes', async () => {
    await choose('boot.iso', 'Copy…');
    await person.dialog().getByLabel('To storage').selectOption('second');
    await person.submit({ 'Name there': 'copy.iso' }, 'Copy');
    await eventually('the copy is there', 20_000, () => existsSync(join(there, 'copy.iso')));
    expect(readFileSync(join(there, 'copy.iso')).equals(readFileSync(iso))).toBe(true);
    const listed = () =>
      daemon.ok<{ volid: string; notes?: string }[]>('GET', '/nodes/testnode/storage/second/content');
    await eventually(
      'the notes are there',
      10_000,
      async () => (await listed())[0]?.notes === 'for <b>the lab</b>',
    );
  });

  it('does not move away what a machine has in its drive', async () => {
    await choose('boot.iso', 'Move…');
    await person.dialog().getByLabel('To storage').selectOption('second');
    await person.dialog().getByRole('button', { name: 'Move', exact: true }).click();
    await person.dialog().getByText('is used by VM 100').waitFor();
    await desk.keep('volumes-move-refused');
    await person.dialog().getByRole('button', { name: 'Cancel' }).click();
    expect(existsSync(join(here, 'boot.iso'))).toBe(true);
  });

  it('finds what nobody names, gives it to its machine, and removes the rest', async () => {
    await person.tab('Orphans');
    await row('vm-100-disk-7.raw').getByText('Guest 100 does not name it').waitFor();
    await row('vm-955-disk-0.raw').getByText('There is no guest 955').waitFor();
    expect(await row('vm-100-disk-0').count()).toBe(0);
    await desk.keep('volumes-orphans');
    await person.button('More for vm-100-disk-7.raw').click();
    await person.page.getByRole('menuitem', { name: 'Give to guest 100 as an unused disk' }).click();
    await row('vm-100-disk-7.raw').waitFor({ state: 'detached' });
    const config = await daemon.ok<Record<string, string>>('GET', '/nodes/testnode/qemu/100/config');
    expect(config['unused0']).toContain('vm-100-disk-7.raw');

    await daemon.ok(
      'PUT',
      `/nodes/testnode/storage/local/content/${encodeURIComponent('local:955/vm-955-disk-1.raw')}`,
      {
        protected: 1,
      },
    );
    await person.page.reload();
    await row('vm-955-disk-1.raw').getByText('Protected').waitFor();
    for (const name of ['vm-955-disk-0.raw', 'vm-955-disk-1.raw'])
      await row(name).getByRole('checkbox').check();
    await person.button('Remove selected').click();
    await person.dialog().getByText('1 disk is protected, and stays').waitFor();
    await desk.keep('volumes-orphans-remove');
    await person.submit({ 'Type local to confirm': 'local' }, 'Remove');
    await row('vm-955-disk-0.raw').waitFor({ state: 'detached' });
    expect(existsSync(join(daemon.storagePath, 'images/955/vm-955-disk-0.raw'))).toBe(false);
    expect(existsSync(join(daemon.storagePath, 'images/955/vm-955-disk-1.raw'))).toBe(true);
    expect(desk.errors.filter((line) => !/status of (4|5)\d\d/.test(line))).toEqual([]);
  });
});
