// Debian's Chromium, driven for tests; what it saw is kept in `test-results/`.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Browser, chromium, type Locator, type Page } from 'playwright-core';

export const resultsDir = fileURLToPath(new URL('../../test-results', import.meta.url));

const flags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Starts it headless; playwright gives it a fresh profile. */
export function launchChromium(): Promise<Browser> {
  mkdirSync(resultsDir, { recursive: true });
  return chromium.launch({ executablePath: '/usr/bin/chromium', headless: true, args: flags });
}

/** A page that trusts the daemon's own certificate and collects the errors that a person would find in the console. */
export async function openPage(browser: Browser, url: string, errors: string[], width = 1440): Promise<Page> {
  const context = await browser.newContext({ ignoreHTTPSErrors: true, viewport: { width, height: 900 } });
  const page = await context.newPage();
  page.on('pageerror', (error) => errors.push(String(error)));
  await page.goto(url);
  return page;
}

export async function keepScreenshot(page: Page, name: string): Promise<void> {
  await page.screenshot({ path: join(resultsDir, `${name}.png`) });
}

/** The part of the browser's canvas that is used here: these files are checked without the browser's types. */
interface Canvas {
  readonly width: number;
  readonly height: number;
  getContext(kind: '2d'): {
    getImageData(x: number, y: number, w: number, h: number): { data: Uint8ClampedArray };
  };
}

/** What a canvas shows: how many of its pixels are not black, and a fingerprint of all. */
export function readPixels(canvas: Locator): Promise<{ lit: number; fingerprint: number }> {
  return canvas.evaluate((element) => {
    const { width, height, getContext } = element as unknown as Canvas;
    const { data } = getContext.call(element as unknown as Canvas, '2d').getImageData(0, 0, width, height);
    let lit = 0;
    let fingerprint = 0;
    for (let i = 0; i < data.length; i += 4) {
      const value = (data[i]! << 16) | (data[i + 1]! << 8) | data[i + 2]!;
      if (value !== 0) lit += 1;
      fingerprint = (Math.imul(fingerprint, 31) + value) | 0;
    }
    return { lit, fingerprint };
  });
}
