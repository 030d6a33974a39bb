// How soon the browser shows what changed on the daemon, among thousands of guests.
import { setTimeout as delay } from 'node:timers/promises';
import type { Browser } from 'playwright-core';
import { median, percentile, type Row } from './bench.ts';
import { startDevDaemon } from './child-server.ts';
import { TlsClient } from './tls-client.ts';
import { logIn, openWindow } from './ui-browser.ts';

const changes = 20;
/** Of the made-up guests, one that is stopped. */
const vmid = 108;
const limitMs = 200;
const restMs = 300;

/** From sending the request that starts or stops a VM until the frame in which the tree shows it. */
export async function measurePixel(browser: Browser, guests: number): Promise<Row[]> {
  const daemon = await startDevDaemon(guests);
  const context = await openWindow(browser);
  const client = await new TlsClient(daemon.port).logIn();
  const found: number[] = [];
  try {
    const page = await context.newPage();
    await page.goto(`https://localhost:${daemon.port}/vms/${vmid}`);
    await logIn(page, 'daemon');
    const row = JSON.stringify(`[role=treeitem][href="/vms/${vmid}"]`);
    for (let change = 0; change < changes; change += 1) {
      const [action, state] = change % 2 === 0 ? ['start', 'running'] : ['stop', 'stopped'];
      const shown = page.evaluate<number>(`croftBench.shownAt(${row}, ${JSON.stringify(state)})`);
      // The page looks before the change comes.
      await delay(restMs);
      const began = performance.timeOrigin + performance.now();
      const { status, body } = await client.send(
        'POST',
        `/api2/json/nodes/dev/qemu/${vmid}/status/${action}`,
      );
      if (status !== 200) throw new Error(`${action}: ${status} ${body}`);
      found.push((await shown) - began);
      await delay(restMs);
    }
  } finally {
    client.close();
    await context.close();
    await daemon.end();
  }
  const goal = { of: 'value', atMost: limitMs } as const;
  return [
    { measure: `state change to pixel, ${guests} guests, median`, value: median(found), unit: 'ms', goal },
    {
      measure: `state change to pixel, ${guests} guests, 95 %`,
      value: percentile(found, 0.95),
      unit: 'ms',
      goal,
    },
  ];
}
