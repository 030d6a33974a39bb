// The table of what can be looked at: every page in every situation, with what is done on it; and their pictures.
// Usage: node ui/shots.ts [folder] [parts of names, with commas between]; the built UI is that of `npm run build:ui`.
import type { Page } from 'playwright-core';
import type { ApplianceMode } from './mock/appliance-handlers.ts';
import type { World } from './mock/world.ts';
import { accessShots, secondShots } from './shots-access.ts';
import { applianceShots } from './shots-appliance.ts';
import { backupShots } from './shots-backup.ts';
import { cloudInitShots } from './shots-cloud-init.ts';
import { configBackupShots } from './shots-config-backups.ts';
import { containerShots } from './shots-containers.ts';
import { copyShots } from './shots-copies.ts';
import { takeShots } from './shots-frame.ts';
import { guestBackupShots } from './shots-guest-backups.ts';
import { guestShots } from './shots-guests.ts';
import { hardwareShots } from './shots-hardware.ts';
import { keyAndSizeShots } from './shots-keys-and-sizes.ts';
import { listShots, newShots } from './shots-lists.ts';
import { nodeShots } from './shots-node.ts';
import { notificationShots } from './shots-notifications.ts';
import { shellShots } from './shots-shell.ts';
import { storageShots } from './shots-storages.ts';
import { volumeShots } from './shots-volumes.ts';

export interface Shot {
  readonly name: string;
  readonly path: string;
  /** The situation of the appliance; `installed` when it does not matter. */
  readonly mode?: ApplianceMode;
  /** What does not answer, or not well. */
  readonly trouble?: World['trouble'];
  /** What is changed in the mock before. */
  readonly prepare?: (world: World) => void;
  /** The daemon refuses something here, and the browser's console says so. */
  readonly refused?: boolean;
  /** A window as high as the page, to see all of it. */
  readonly tall?: boolean;
  /** What is done on the page before the picture. */
  readonly act?: (page: Page) => Promise<void>;
}

/** The log-in page comes by itself: its entry is only its name. */
export const shots: readonly Shot[] = [
  { name: 'login', path: '/' },
  { name: 'datacenter', path: '/' },
  { name: 'guests', path: '/guests' },
  { name: 'node', path: '/nodes/croft1' },
  { name: 'node-tcg', path: '/nodes/croft2' },
  { name: 'storage', path: '/nodes/croft1/storage/local' },
  { name: 'storage-broken', path: '/nodes/croft2/storage/nas' },
  { name: 'content', path: '/nodes/croft1/storage/local/iso' },
  {
    name: 'upload',
    path: '/nodes/croft1/storage/local/iso',
    act: (page) => page.getByRole('button', { name: 'Upload', exact: true }).click(),
  },
  {
    name: 'download',
    path: '/nodes/croft1/storage/local/iso',
    act: async (page) => {
      await page.getByRole('button', { name: 'Download from URL' }).click();
      await page.getByLabel('URL', { exact: true }).fill('https://example.org/debian.iso');
      await page.getByRole('button', { name: 'Look up' }).click();
      await page.getByText('Offered').waitFor();
    },
  },
  {
    name: 'dock',
    path: '/',
    act: async (page) => {
      const dock = page.getByRole('region', { name: 'Task dock' });
      await dock.getByRole('button').first().click();
      await dock.getByRole('row', { name: /Shut down/ }).click();
    },
  },
  {
    name: 'tree',
    path: '/',
    act: async (page) => {
      const menu = page.getByRole('button', { name: 'Show the tree' });
      if (await menu.isVisible()) await menu.click();
    },
  },
  { name: 'nothing', path: '/vms/999' },
  ...shellShots,
  ...guestShots,
  ...hardwareShots,
  ...cloudInitShots,
  ...copyShots,
  ...containerShots,
  ...nodeShots,
  ...applianceShots,
  ...listShots,
  ...accessShots,
  ...keyAndSizeShots,
  ...storageShots,
  ...backupShots,
  ...configBackupShots,
  ...guestBackupShots,
  ...notificationShots,
  ...volumeShots,
  ...newShots,
  ...secondShots,
];

if (import.meta.main) {
  const [folder = 'test-results/shots', wanted = ''] = process.argv.slice(2);
  const parts = wanted.split(',');
  let pictures = 0;
  let problems = 0;
  await takeShots({
    folder,
    shots: shots.filter(({ name }) => parts.some((part) => name.includes(part))),
    taken: (file) => {
      pictures += 1;
      process.stdout.write(`${file}\n`);
    },
    problem: (text) => {
      problems += 1;
      process.stderr.write(`${text}\n`);
    },
  });
  process.stdout.write(`${pictures} pictures in ${folder}, ${problems} problems\n`);
  if (problems > 0) process.exitCode = 1;
}
