// The browser of the measurements: Debian's Chromium, with the bytes that came over the wire and the frames that it drew.
import { join } from 'node:path';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { devPassword, devUser } from '../server/dev.ts';
import { percentile } from './bench.ts';
import { root } from './child-server.ts';

const executablePath = '/usr/bin/chromium';
const flags = [
  ...['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-sync'],
  ...['--disable-background-networking', '--disable-component-update'],
];

export function launchBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath, headless: true, args: flags });
}

/** A window of a usual desk, with nothing in its cache. */
export async function openWindow(browser: Browser): Promise<BrowserContext> {
  const context = await browser.newContext({
    ignoreHTTPSErrors: true,
    viewport: { width: 1440, height: 900 },
  });
  await context.addInitScript({ path: join(root, 'bench/ui-page.mjs') });
  return context;
}

/** Logs in at the daemon on fakes (`devUser`) or at the mock, and waits for the tree. */
export async function logIn(page: Page, at: 'daemon' | 'mock'): Promise<void> {
  const [user = '', realm = ''] = at === 'mock' ? ['root', 'pam'] : devUser.split('@');
  await page.getByLabel('Realm').selectOption(realm);
  await page.getByLabel('User name').fill(user);
  await page.getByLabel('Password').fill(at === 'mock' ? 'croft' : devPassword);
  await page.getByRole('button', { name: 'Log in' }).click();
  await page.getByRole('treeitem').nth(1).waitFor();
}

export interface Wire {
  /** Bytes of files: pages, scripts, styles, pictures, fonts, with the answers' headers. */
  files: number;
  /** Bytes of all else: calls of the API. */
  calls: number;
  requests: number;
  /** How the files were packed. */
  readonly encodings: Set<string>;
}

/** Counts what comes over the wire from now on, as packed as it comes; nothing from a cache. `accept`: encodings. */
export async function watchWire(page: Page, accept: string): Promise<Wire> {
  const wire: Wire = { files: 0, calls: 0, requests: 0, encodings: new Set() };
  const session = await page.context().newCDPSession(page);
  const isFile = new Map<string, boolean>();
  session.on('Network.responseReceived', ({ requestId, type, response }) => {
    isFile.set(requestId, type !== 'Fetch' && type !== 'XHR' && type !== 'WebSocket');
    const encoding = response.headers['content-encoding'] ?? response.headers['Content-Encoding'];
    if (encoding !== undefined && isFile.get(requestId)) wire.encodings.add(encoding);
  });
  session.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
    wire.requests += 1;
    if (isFile.get(requestId) ?? true) wire.files += encodedDataLength;
    else wire.calls += encodedDataLength;
  });
  await session.send('Network.enable');
  await session.send('Network.setCacheDisabled', { cacheDisabled: true });
  await page.setExtraHTTPHeaders({ 'accept-encoding': accept });
  return wire;
}

export interface Frames {
  /** Frames a second that reached the screen with all that the page had drawn, as the browser's compositor tells. */
  readonly presented: number;
  /** Milliseconds between two frames of the page, 95 %. */
  readonly interval: number;
  /** Pixels from the highest to the lowest place that was reached. */
  readonly travelled: number;
}

/** The part of a trace that is read. `PipelineReporter`: one for each frame, with what became of it. Times: microseconds. */
interface TraceEvent {
  readonly name: string;
  readonly ph: string;
  readonly pid: number;
  readonly ts: number;
  readonly args?: { readonly frame_reporter?: { readonly state?: string } };
}

/** Scrolls a list while the browser traces its own frames. */
export async function traceScroll(
  browser: Browser,
  page: Page,
  selector: string,
  { stepPixels, ms }: { readonly stepPixels: number; readonly ms: number },
): Promise<Frames> {
  const categories = ['disabled-by-default-devtools.timeline.frame', 'blink.user_timing'];
  await browser.startTracing(page, { categories });
  const seen: { frames: number[]; travelled: number } = await page.evaluate(
    `croftBench.scroll(${JSON.stringify(selector)}, ${stepPixels}, ${ms})`,
  );
  const { traceEvents } = JSON.parse((await browser.stopTracing()).toString()) as {
    traceEvents: TraceEvent[];
  };
  const mark = (wanted: string) => traceEvents.find(({ name }) => name === wanted);
  const begin = mark('scroll-begins');
  const end = mark('scroll-ends');
  if (!begin || !end) throw new Error('the browser traced no marks');
  const presented = traceEvents.filter(
    ({ name, ph, pid, ts, args }) =>
      name === 'PipelineReporter' &&
      ph === 'b' &&
      // The browser's own window draws frames too.
      pid === begin.pid &&
      ts >= begin.ts &&
      ts < end.ts &&
      args?.frame_reporter?.state === 'STATE_PRESENTED_ALL',
  ).length;
  return {
    presented: presented / ((end.ts - begin.ts) / 1e6),
    interval: percentile(seen.frames, 0.95),
    travelled: seen.travelled,
  };
}
