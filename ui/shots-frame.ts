// Opens the pages that `shots.ts` names, on the mock, and takes their pictures: on phone, tablet and desk, light and dark.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { type MockServer, startMock } from './mock/server.ts';
import type { Shot } from './shots.ts';

/** Of the narrowest phone that is supported, a tablet, a usual screen: pixels. */
const widths = [390, 1024, 1440] as const;
const themes = ['light', 'dark'] as const;
const phoneWidth = 390;
/** No page of ours is higher. */
const tallHeight = 1900;
/** A page that does not come within this is a problem, and the next one is opened. */
const patienceMs = 8_000;

const usualHeight = (width: number) => (width === phoneWidth ? 844 : 900);

export function launchForShots(): Promise<Browser> {
  return chromium.launch({
    executablePath: '/usr/bin/chromium',
    args: [
      ...['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'],
      ...['--disable-background-networking', '--disable-component-update', '--disable-sync'],
    ],
  });
}

/** A browser window of the width, where nothing moves by itself. */
export async function openWindow(browser: Browser, width: number): Promise<BrowserContext> {
  const context = await browser.newContext({
    viewport: { width, height: usualHeight(width) },
    colorScheme: 'light',
    hasTouch: width === phoneWidth,
    reducedMotion: 'reduce',
  });
  context.setDefaultTimeout(patienceMs);
  return context;
}

export async function logIn(page: Page, url: string): Promise<void> {
  await page.goto(url);
  await page.getByLabel('User name').fill('root');
  await page.getByLabel('Password').fill('croft');
  await page.getByRole('button', { name: 'Log in' }).click();
  // The log-in page has a heading too; on phones the tree is in a drawer.
  await page
    .getByRole('tree')
    .or(page.getByRole('button', { name: 'Show the tree' }))
    .first()
    .waitFor();
}

/** Brings the mock and the page to what the shot shows; the page may still be drawing. */
export async function openShot(page: Page, mock: MockServer, shot: Shot): Promise<void> {
  await mock.appliance.settle();
  mock.appliance.setMode(shot.mode ?? 'installed');
  mock.world.trouble = shot.trouble;
  shot.prepare?.(mock.world);
  await page.goto(mock.url + shot.path);
  await page.getByRole('heading', { level: 1 }).or(page.getByText('There is no')).first().waitFor();
}

/** How many pixels the page is wider than its window. */
export function tooWideBy(page: Page): Promise<number> {
  return page.evaluate<number>('document.documentElement.scrollWidth - innerWidth');
}

export interface ShotsRun {
  readonly folder: string;
  readonly shots: readonly Shot[];
  /** Called for each picture that was taken, with its file's name. */
  readonly taken: (file: string) => void;
  /** Called for what should not be: errors in the browser's console, pages that are too wide or did not come. */
  readonly problem: (text: string) => void;
}

/** Takes all pictures; each width on a mock and in a window of its own, side by side. */
export async function takeShots(run: ShotsRun): Promise<void> {
  mkdirSync(run.folder, { recursive: true });
  const browser = await launchForShots();
  try {
    await Promise.all(widths.map((width) => takeWidth(browser, width, run)));
  } finally {
    await browser.close();
  }
}

async function takeWidth(browser: Browser, width: number, run: ShotsRun): Promise<void> {
  const mock = await startMock(0);
  const context = await openWindow(browser, width);
  const page = await context.newPage();
  let now = 'login';
  let refused = false;
  const tell = (text: string) => run.problem(`${now} at ${width} px: ${text}`);
  page.on('console', (message) => {
    if (message.type() !== 'error') return;
    if (!(refused && message.text().startsWith('Failed to load resource'))) tell(message.text());
  });
  page.on('pageerror', (error) => tell(error.message));
  try {
    if (run.shots.some(({ name }) => name === 'login')) {
      await page.goto(mock.url);
      await page.getByLabel('User name').waitFor();
      await takeThemes(page, 'login', width, run);
    }
    await logIn(page, mock.url);
    for (const shot of run.shots.filter(({ name }) => name !== 'login')) {
      now = shot.name;
      refused = shot.refused ?? false;
      await page.setViewportSize({ width, height: shot.tall ? tallHeight : usualHeight(width) });
      try {
        await openShot(page, mock, shot);
        await page.waitForTimeout(350);
        await shot.act?.(page);
      } catch (error) {
        tell(error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error));
      }
      await takeThemes(page, shot.name, width, run);
      const wide = await tooWideBy(page);
      if (wide > 0) tell(`${wide} px too wide`);
    }
  } finally {
    await context.close();
    await mock.close();
  }
}

/** The page follows the system's theme while it is shown: nothing is opened twice. */
async function takeThemes(page: Page, name: string, width: number, run: ShotsRun): Promise<void> {
  for (const colorScheme of themes) {
    await page.emulateMedia({ colorScheme });
    await page.waitForTimeout(250);
    const file = `${name}-${width}-${colorScheme}.png`;
    await page.screenshot({ path: join(run.folder, file) });
    run.taken(file);
  }
  await page.emulateMedia({ colorScheme: 'light' });
}
