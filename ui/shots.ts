// Takes a picture of every page, on phone and desk, light and dark, against the mock.
// Usage: node ui/shots.ts <folder> [parts of pages' names, with commas between]
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { chromium, type Page } from 'playwright-core';
import type { ApplianceMode } from './mock/appliance-handlers.ts';
import { startMock } from './mock/server.ts';
import type { World } from './mock/world.ts';
import { applianceShots } from './shots-appliance.ts';
import { containerShots } from './shots-containers.ts';

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

/** On phones behind one button. */
async function openCreate(page: Page): Promise<void> {
  const wide = page.getByRole('button', { name: 'Create VM' }).first();
  if (await wide.isVisible()) await wide.click();
  else {
    await page.getByRole('button', { name: 'Create', exact: true }).click();
    await page.getByRole('menuitem', { name: 'Create VM' }).click();
  }
}

const shots: readonly Shot[] = [
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
  { name: 'vm', path: '/vms/100' },
  { name: 'vm-stopped', path: '/vms/105' },
  {
    name: 'vm-menu',
    path: '/vms/127',
    act: (page) => page.getByRole('button', { name: 'More' }).click(),
  },
  {
    name: 'vm-delete',
    path: '/vms/105',
    act: async (page) => {
      await page.getByRole('button', { name: 'More' }).click();
      await page.getByRole('menuitem', { name: 'Delete' }).click();
      await page.getByRole('dialog').waitFor();
    },
  },
  { name: 'hardware', path: '/vms/100/hardware' },
  {
    name: 'hardware-network',
    path: '/vms/100/hardware',
    act: (page) => page.getByRole('button', { name: 'Edit net0' }).click(),
  },
  { name: 'options', path: '/vms/100/options' },
  {
    name: 'options-boot',
    path: '/vms/100/options',
    act: (page) => page.getByRole('button', { name: 'Edit Boot order' }).click(),
  },
  { name: 'vm-tasks', path: '/vms/100/tasks' },
  {
    name: 'console',
    path: '/vms/100/console',
    act: async (page) => {
      await page.getByText('Connected', { exact: true }).waitFor();
      await page.waitForTimeout(500);
    },
  },
  {
    name: 'serial',
    path: '/vms/100/console',
    act: async (page) => {
      await page.getByText('Connected', { exact: true }).waitFor();
      await page.getByRole('button', { name: 'Serial terminal' }).click();
      await page.locator('.xterm').waitFor();
      await page.waitForTimeout(800);
      await page.keyboard.type('root\r');
      await page.waitForTimeout(300);
    },
  },
  { name: 'console-off', path: '/vms/105/console' },
  {
    name: 'create',
    path: '/',
    act: async (page) => {
      await openCreate(page);
      await page.getByLabel('Bridge').waitFor();
      await page.waitForTimeout(400);
    },
  },
  {
    name: 'create-errors',
    path: '/',
    act: async (page) => {
      await openCreate(page);
      await page.getByLabel('Name', { exact: true }).fill('not a name');
      await page.getByLabel('Cores').fill('none');
      await page.getByRole('button', { name: 'Review' }).click();
    },
  },
  {
    name: 'create-review',
    path: '/',
    act: async (page) => {
      await openCreate(page);
      await page.getByLabel('Name', { exact: true }).fill('web-2');
      await page.waitForTimeout(400);
      await page.getByRole('button', { name: 'Review' }).click();
      await page.getByText('Step 2').waitFor();
    },
  },
  {
    name: 'dock',
    path: '/',
    act: async (page) => {
      const dock = page.getByRole('region', { name: 'Task dock' });
      await dock.getByRole('button').first().click();
      await dock.getByRole('button', { name: /Shut down/ }).click();
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
  ...containerShots,
  ...applianceShots,
];

const [folder = 'test-results/shots', wanted = ''] = process.argv.slice(2);
const parts = wanted.split(',');
const isWanted = (name: string) => parts.some((part) => name.includes(part));
mkdirSync(folder, { recursive: true });
const mock = await startMock(0);
const browser = await chromium.launch({
  executablePath: '/usr/bin/chromium',
  args: [
    ...['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'],
    ...['--disable-background-networking', '--disable-component-update', '--disable-sync'],
  ],
});
/** No page of ours is higher. */
const tallHeight = 1900;
let problems = 0;
try {
  for (const width of [390, 1440]) {
    for (const scheme of ['light', 'dark'] as const) {
      const context = await browser.newContext({
        viewport: { width, height: width === 390 ? 844 : 900 },
        colorScheme: scheme,
        hasTouch: width === 390,
        reducedMotion: 'reduce',
      });
      const page = await context.newPage();
      let expectRefusal = false;
      const tell = (text: string) => {
        problems += 1;
        process.stderr.write(`${width} ${scheme} ${page.url()}: ${text}\n`);
      };
      page.on('console', (message) => {
        if (message.type() !== 'error') return;
        if (!(expectRefusal && message.text().startsWith('Failed to load resource'))) tell(message.text());
      });
      page.on('pageerror', (error) => tell(error.message));
      await page.goto(mock.url);
      await page.getByRole('button', { name: 'Log in' }).waitFor();
      const file = (name: string) => join(folder, `${name}-${width}-${scheme}.png`);
      if (isWanted('login')) await page.screenshot({ path: file('login') });
      await page.getByLabel('User name').fill('root');
      await page.getByLabel('Password').fill('croft');
      await page.getByRole('button', { name: 'Log in' }).click();
      await page.getByText('Needs attention').waitFor();
      for (const shot of shots.filter((one) => isWanted(one.name))) {
        await mock.appliance.settle();
        mock.appliance.setMode(shot.mode ?? 'installed');
        mock.world.trouble = shot.trouble;
        shot.prepare?.(mock.world);
        expectRefusal = shot.refused ?? false;
        const usual = width === 390 ? 844 : 900;
        await page.setViewportSize({ width, height: shot.tall ? tallHeight : usual });
        await page.goto(mock.url + shot.path);
        await page.getByRole('heading', { level: 1 }).or(page.getByText('There is no')).first().waitFor();
        await page.waitForTimeout(350);
        try {
          await shot.act?.(page);
        } catch (error) {
          tell(`${shot.name}: ${error instanceof Error ? error.message.split('\n')[0] : String(error)}`);
        }
        await page.waitForTimeout(250);
        await page.screenshot({ path: file(shot.name) });
        const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        if (wide > 0) tell(`${shot.name} is ${wide} px too wide`);
      }
      await context.close();
    }
  }
} finally {
  await browser.close();
  await mock.close();
}
process.stdout.write(`pictures in ${folder}, ${problems} problems\n`);
