// Pictures of what is done with volumes: notes and protection, copies and moves, orphans.
import type { Page } from 'playwright-core';
import type { Shot } from './shots.ts';

const dialog = (page: Page) => page.getByRole('dialog');
const isos = '/nodes/croft1/storage/local/iso';
const disks = '/nodes/croft1/storage/local/images';
const orphans = '/nodes/croft1/storage/local/orphans';
const menu = async (page: Page, name: string, item?: string) => {
  await page.getByRole('button', { name: `More for ${name}`, exact: true }).click();
  await page.getByRole('menu').waitFor();
  if (item === undefined) return;
  await page.getByRole('menuitem', { name: item }).click();
  await dialog(page).waitFor();
  await page.waitForTimeout(300);
};
const confirm = (page: Page, name: string) => dialog(page).getByRole('button', { name, exact: true }).click();

export const volumeShots: readonly Shot[] = [
  { name: 'volume-menu', path: isos, act: (page) => menu(page, 'ipxe.iso') },
  { name: 'volume-notes', path: isos, act: (page) => menu(page, 'ipxe.iso', 'Notes and protection…') },
  {
    name: 'volume-notes-refused',
    path: isos,
    refused: true,
    act: async (page) => {
      await menu(page, 'ipxe.iso', 'Notes and protection…');
      await dialog(page).getByLabel('Notes', { exact: true }).fill('x'.repeat(70_000));
      await confirm(page, 'Save');
      await dialog(page).getByText('Must not be longer than 65536 bytes').waitFor();
    },
  },
  {
    name: 'volume-copy',
    path: isos,
    act: async (page) => {
      await menu(page, 'virtio-win-0.1.271.iso', 'Copy…');
      await dialog(page).getByLabel('Speed limit').fill('fast');
      await confirm(page, 'Copy');
    },
  },
  {
    name: 'volume-move',
    path: disks,
    refused: true,
    act: async (page) => {
      await menu(page, 'vm-100-disk-0.qcow2', 'Move…');
      await confirm(page, 'Move');
      await dialog(page).getByText('is used by VM 100').waitFor();
    },
  },
  { name: 'orphans', path: orphans },
  { name: 'orphans-none', path: '/nodes/croft1/storage/fast/orphans' },
  { name: 'orphans-waits', path: orphans, trouble: { about: 'content', kind: 'hangs' } },
  { name: 'orphans-fails', path: orphans, trouble: { about: 'content', kind: 'fails' }, refused: true },
  {
    name: 'orphans-remove',
    path: orphans,
    act: async (page) => {
      await page.getByRole('checkbox').first().check();
      await page.getByRole('button', { name: 'Remove selected', exact: true }).click();
      await dialog(page).waitFor();
      await page.waitForTimeout(300);
    },
  },
];
