// How smoothly the tree and the table of thousands of guests scroll while states change, beside a page that does nothing.
import { setTimeout as delay } from 'node:timers/promises';
import type { Browser } from 'playwright-core';
import type { Row } from './bench.ts';
import { ChildServer } from './child-server.ts';
import { type Frames, logIn, openWindow, traceScroll } from './ui-browser.ts';

const changesPerSecond = 50;
/** Two rows of the tree with each frame: a fast wheel. */
const way = { stepPixels: 60, ms: 6000 };
const settleMs = 2000;
/** Sixty a second, less the one that falls on the beginning or the end of the measurement. */
const enoughFrames = 59;

export async function measureScroll(
  browser: Browser,
  guests: number,
  note: (line: string) => void,
): Promise<Row[]> {
  const mock = await ChildServer.start(['ui/mock/server.ts', '0'], {
    CROFT_MOCK_GUESTS: String(guests),
    CROFT_MOCK_CHANGES: String(changesPerSecond),
    ...(process.env['CROFT_UI_DIR'] ? { CROFT_UI_DIR: process.env['CROFT_UI_DIR'] } : {}),
  });
  try {
    const still = await stillFrames(browser);
    const context = await openWindow(browser);
    const page = await context.newPage();
    await page.goto(`http://localhost:${mock.port}/nodes/croft1/storage/local`);
    await logIn(page, 'mock');
    await delay(settleMs);
    const tree = await traceScroll(browser, page, '[role=tree]', way);
    await page.goto(`http://localhost:${mock.port}/guests`);
    await page.getByRole('treeitem').nth(1).waitFor();
    await delay(settleMs);
    const table = await traceScroll(browser, page, 'main', way);
    await context.close();
    for (const [name, { travelled }] of Object.entries({ still, tree, table }))
      note(`${name}: scrolled over ${Math.round(travelled)} px`);
    return [...rowsOf('tree', tree, still, guests), ...rowsOf('table', table, still, guests)];
  } finally {
    await mock.end();
  }
}

function rowsOf(what: string, seen: Frames, still: Frames, guests: number): Row[] {
  const name = 'rows that stand still';
  return [
    {
      measure: `${what} of ${guests}, ${changesPerSecond} changes/s, frames`,
      ...{ value: seen.presented, unit: 'fps', peer: { name, value: still.presented } },
      goal: { of: 'value', atLeast: enoughFrames },
    },
    {
      measure: `${what} of ${guests}, between frames, 95 %`,
      ...{ value: seen.interval, unit: 'ms', peer: { name, value: still.interval } },
    },
  ];
}

/** What this machine can do: the same scrolling of plain text. */
async function stillFrames(browser: Browser): Promise<Frames> {
  const context = await openWindow(browser);
  const page = await context.newPage();
  const rows = Array.from(
    { length: 500 },
    (_, i) => `<div role="treeitem" style="height:30px">row ${i}</div>`,
  );
  await page.setContent(`<div role="tree" style="height:800px;overflow:auto">${rows.join('')}</div>`);
  const frames = await traceScroll(browser, page, '[role=tree]', way);
  await context.close();
  return frames;
}
