// What the first load weighs, and how soon the list of guests can be used, beside Cockpit's page of machines.
import { setTimeout as delay } from 'node:timers/promises';
import type { Browser } from 'playwright-core';
import { median, type Row } from './bench.ts';
import { ChildServer, startDevDaemon } from './child-server.ts';
import { logIn, openWindow, type Wire, watchWire } from './ui-browser.ts';
import { machinesPage, startCockpit } from './ui-cockpit.ts';

/** As many as the first page of an office shows. */
const guests = 40;
const rounds = 5;
const firstLoadLimitKb = 120;
/** By then all is there that the page fetches by itself. */
const behindMs = 9000;
/** The field that filters the list, on both pages: it comes with the list. */
const filterField = 'main input';
const kb = (bytes: number) => bytes / 1000;

interface Visit {
  readonly interactive: number;
  readonly wire: Wire;
}

export async function measureLoad(browser: Browser, note: (line: string) => void): Promise<Row[]> {
  const daemon = await startDevDaemon(guests);
  const cockpit = await startCockpit();
  try {
    const first = await firstLoad(browser, daemon.port);
    note(
      `first load: ${first.requests} requests, ${[...first.encodings].join(', ')}; its calls of the API are ${kb(first.calls).toFixed(1)} kB more`,
    );
    note(
      `behind it, when nothing was asked for some seconds: ${kb(first.behind).toFixed(1)} kB more, so that menus and pages open at once`,
    );
    const rows: Row[] = [
      {
        measure: 'first load, log-in to tree, gzip',
        ...{ value: kb(first.files), unit: 'kB', goal: { of: 'value', atMost: firstLoadLimitKb } },
      },
    ];
    if (!(cockpit instanceof ChildServer)) note(`no Cockpit to stand beside: ${cockpit.cannot}`);
    const ours: Visit[] = [];
    const theirs: Visit[] = [];
    for (let round = -1; round < rounds; round += 1) {
      const one = await visitOurs(browser, daemon.port);
      const other = cockpit instanceof ChildServer ? await visitCockpit(browser, cockpit.port) : undefined;
      // The first round fills the servers' own caches: it does not count.
      if (round < 0) continue;
      ours.push(one);
      if (other) theirs.push(other);
    }
    if (theirs.length > 0)
      note(
        `Croft: ${guests} guests, over TLS, with the whole frame; Cockpit: its machines page alone, without its shell, over plain HTTP, with the domains that libvirt has here`,
      );
    const beside = (measure: string, unit: 'kB' | 'ms', of: (visit: Visit) => number): Row => ({
      ...{ measure, value: median(ours.map(of)), unit },
      ...(theirs.length === 0
        ? {}
        : {
            peer: { name: 'Cockpit machines', value: median(theirs.map(of)) },
            goal: { of: 'ratio', atMost: 1 },
          }),
    });
    rows.push(
      beside('list of guests, all bytes, nothing cached', 'kB', ({ wire }) => kb(wire.files + wire.calls)),
      beside('list of guests, can be used', 'ms', ({ interactive }) => interactive),
    );
    return rows;
  } finally {
    await daemon.end();
    if (cockpit instanceof ChildServer) await cockpit.end();
  }
}

/** `behind`: bytes of files that come when the page has been left alone for a while; no part of the load. */
async function firstLoad(browser: Browser, port: number): Promise<Wire & { readonly behind: number }> {
  const context = await openWindow(browser);
  const page = await context.newPage();
  const wire = await watchWire(page, 'gzip');
  await page.goto(`https://localhost:${port}/`);
  await logIn(page, 'daemon');
  // What the first page still fetches behind the tree is part of the load.
  await page.waitForLoadState('networkidle');
  const load = { ...wire, encodings: new Set(wire.encodings) };
  await delay(behindMs);
  await context.close();
  return { ...load, behind: wire.files - load.files };
}

/** With a session, nothing in the cache. */
async function visitOurs(browser: Browser, port: number): Promise<Visit> {
  const context = await openWindow(browser);
  const door = await context.newPage();
  await door.goto(`https://localhost:${port}/`);
  await logIn(door, 'daemon');
  const page = await context.newPage();
  const wire = await watchWire(page, 'gzip, br');
  await page.goto(`https://localhost:${port}/guests`, { waitUntil: 'commit' });
  const interactive = await page.evaluate<number>(`croftBench.interactive(${JSON.stringify(filterField)})`);
  if ((await page.getByRole('main').getByRole('link').count()) < 3) throw new Error('no guests are listed');
  await context.close();
  return { interactive, wire };
}

/** Its page asks once to go on without virtualization in the firmware; the answer is kept by the browser. */
async function visitCockpit(browser: Browser, port: number): Promise<Visit> {
  const context = await openWindow(browser);
  const address = `http://127.0.0.1:${port}${machinesPage}`;
  const door = await context.newPage();
  await door.goto(address);
  const ignore = door.getByRole('button', { name: 'Ignore' });
  const list = door.getByRole('heading', { name: 'Virtual machines' });
  await ignore.or(list).first().waitFor();
  if (await ignore.isVisible()) await ignore.click();
  await list.waitFor();
  await door.close();
  const page = await context.newPage();
  const wire = await watchWire(page, 'gzip, br');
  await page.goto(address, { waitUntil: 'commit' });
  const interactive = await page.evaluate<number>(`croftBench.interactive(${JSON.stringify(filterField)})`);
  await context.close();
  return { interactive, wire };
}
