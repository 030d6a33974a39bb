// Pictures of the pages of a node, in every situation that they know.
import type { Page } from 'playwright-core';
import type { Shot } from './shots.ts';

const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true });
const press = (name: string) => async (page: Page) => {
  await button(page, name).click();
  await page.getByRole('dialog').waitFor();
  await page.waitForTimeout(300);
};
/** Opens the menu of a row and takes one of it. */
const pick = (menu: string, item: string) => async (page: Page) => {
  await button(page, menu).locator('visible=true').click();
  await page.getByRole('menuitem', { name: item, exact: true }).click();
  await page.getByRole('dialog').waitFor();
  await page.waitForTimeout(400);
};

export const nodeShots: readonly Shot[] = [
  { name: 'node-summary', path: '/nodes/croft1', tall: true },
  { name: 'node-guests', path: '/nodes/croft1/guests' },
  { name: 'node-storages', path: '/nodes/croft2/storages' },
  { name: 'node-network', path: '/nodes/croft1/network', tall: true },
  { name: 'node-disks', path: '/nodes/croft1/disks', tall: true },
  { name: 'node-disks-empty', path: '/nodes/croft2/disks' },
  {
    name: 'node-disks-fails',
    path: '/nodes/croft1/disks',
    trouble: { about: 'disks', kind: 'fails' },
    refused: true,
  },
  {
    name: 'node-disks-loading',
    path: '/nodes/croft1/disks',
    trouble: { about: 'disks', kind: 'hangs' },
  },
  {
    name: 'node-smart',
    path: '/nodes/croft1/disks',
    act: press('Health details of /dev/sda'),
  },
  {
    name: 'node-smart-text',
    path: '/nodes/croft1/disks',
    act: press('Health details of /dev/nvme0n1'),
  },
  {
    name: 'node-disk-wipe',
    path: '/nodes/croft1/disks',
    act: pick('Actions for /dev/sda', 'Wipe'),
  },
  {
    name: 'node-disk-directory',
    path: '/nodes/croft1/disks',
    act: pick('Actions for /dev/sdc', 'Create directory'),
  },
  {
    name: 'node-disk-destroy',
    path: '/nodes/croft1/disks',
    act: pick('Actions for old-<b>pve</b>', 'Destroy volume group old-<b>pve</b>'),
  },
  { name: 'node-hardware', path: '/nodes/croft1/hardware', tall: true },
  { name: 'node-hardware-refused', path: '/nodes/croft2/hardware', refused: true },
  { name: 'node-services', path: '/nodes/croft1/services', tall: true },
  { name: 'node-services-stop', path: '/nodes/croft1/services', act: press('Stop libvirtd') },
  { name: 'node-services-restart', path: '/nodes/croft1/services', act: press('Restart croft') },
  {
    name: 'node-services-fails',
    path: '/nodes/croft1/services',
    trouble: { about: 'services', kind: 'fails' },
    refused: true,
  },
  { name: 'node-logs', path: '/nodes/croft1/logs' },
  {
    name: 'node-logs-search',
    path: '/nodes/croft1/logs?service=sshd',
    act: async (page) => {
      await page.getByRole('searchbox', { name: 'Search', exact: true }).fill('failed admin');
      await page.waitForTimeout(300);
    },
  },
  {
    name: 'node-logs-nothing',
    path: '/nodes/croft1/logs?since=2020-01-01T00:00&until=2020-01-02T00:00',
  },
  {
    name: 'node-logs-fails',
    path: '/nodes/croft1/logs',
    trouble: { about: 'log', kind: 'fails' },
    refused: true,
  },
  {
    name: 'node-shell',
    path: '/nodes/croft1/shell',
    act: async (page) => {
      await page.getByText('Connected', { exact: true }).waitFor();
      await page.waitForTimeout(500);
    },
  },
  { name: 'node-settings', path: '/nodes/croft1/settings' },
  { name: 'node-general', path: '/nodes/croft1/settings', act: press('Edit general settings') },
  {
    name: 'node-dns',
    path: '/nodes/croft1/settings',
    refused: true,
    act: async (page) => {
      await press('Edit name servers')(page);
      await page.getByLabel('First server').fill('dns.example.com');
      await button(page, 'Save').click();
      await page.getByRole('alert').first().waitFor();
    },
  },
  { name: 'node-zone', path: '/nodes/croft1/settings', act: press('Edit time zone') },
  {
    name: 'node-hosts',
    path: '/nodes/croft1/settings',
    refused: true,
    act: async (page) => {
      await press('Edit /etc/hosts')(page);
      await page.getByLabel('Content of the file').fill('127.0.0.1 localhost\nnot an address\n');
      await button(page, 'Save').click();
      await page.getByRole('alert').first().waitFor();
    },
  },
  { name: 'node-tasks', path: '/nodes/croft1/tasks' },
  {
    name: 'node-tasks-none',
    path: '/nodes/croft1/tasks',
    act: async (page) => {
      await page.getByLabel('User', { exact: true }).fill('nobody');
      await page.waitForTimeout(600);
    },
  },
];
