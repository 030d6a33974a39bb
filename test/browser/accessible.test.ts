// axe-core finds nothing: on every page and in every situation that `ui/shots.ts` names, on phone and desk, light and dark.
import axe from 'axe-core';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type MockServer, startMock } from '../../ui/mock/server.ts';
import { type Shot, shots } from '../../ui/shots.ts';
import { launchForShots, logIn, openShot, openWindow } from '../../ui/shots-frame.ts';
import { shellShots } from '../../ui/shots-shell.ts';

const widths = [390, 1440] as const;
/**
 * In light all rules that axe-core has by default: WCAG 2 A and AA, and its best practices. What the dark theme changes
 * is colours: everything else is the same page. Preloading reads all styles again for a rule that is not among these.
 */
const options = { resultTypes: ['violations'], preload: false };
const optionsOf = {
  light: options,
  dark: { ...options, runOnly: { type: 'rule', values: ['color-contrast', 'link-in-text-block'] } },
} as const;

interface Desk {
  readonly width: number;
  readonly mock: MockServer;
  readonly page: Page;
  /** What the page shows now; undefined when it has to be loaded. */
  shown: Shot | undefined;
}
let browser: Browser;
let desks: Desk[] = [];

beforeAll(async () => {
  browser = await launchForShots();
  desks = await Promise.all(
    widths.map(async (width) => {
      const mock = await startMock(0);
      const page = await (await openWindow(browser, width)).newPage();
      return { width, mock, page, shown: undefined };
    }),
  );
});
afterAll(async () => {
  await browser?.close();
  for (const { mock } of desks) await mock.close();
});

/** A shot that asks nothing special of the mock: the one before it may lead to it without loading the page again. */
const isPlain = ({ mode, trouble, prepare }: Shot) =>
  mode === undefined && trouble === undefined && prepare === undefined;
/** What a shot of the frame leaves open stays open on the next page. */
const ofFrame = new Set(shellShots);
const open = '[role=dialog], [role=alertdialog], [role=menu], [role=listbox]';

/** Goes there inside the app, as the browser's own Back does. False when something is open that would stay. */
async function walk(page: Page, path: string): Promise<boolean> {
  if ((await page.locator(open).count()) > 0) return false;
  // Over a page that is nothing: what is left must not be what is looked at.
  for (const stop of ['/vms/0', path]) {
    await page.evaluate(
      `history.pushState(null, '', ${JSON.stringify(stop)}); dispatchEvent(new PopStateEvent('popstate'))`,
    );
    const came = stop === path ? page.getByRole('heading', { level: 1 }) : page.getByText('There is no');
    await came.or(page.getByText('There is no')).first().waitFor();
  }
  return true;
}

/** Waits until nothing is drawn for a moment; what runs never rests for long. */
function untilStill(page: Page): Promise<void> {
  return page.evaluate<void>(`new Promise((resolve) => {
    const end = () => { watcher.disconnect(); clearTimeout(rest); clearTimeout(last); resolve(); };
    let rest = setTimeout(end, 150);
    const last = setTimeout(end, 900);
    const watcher = new MutationObserver(() => { clearTimeout(rest); rest = setTimeout(end, 150); });
    watcher.observe(document, { subtree: true, childList: true, attributes: true, characterData: true });
  })`);
}

async function show(desk: Desk, shot: Shot): Promise<void> {
  const { page, mock, shown } = desk;
  const near = shown !== undefined && isPlain(shown) && !ofFrame.has(shown) && isPlain(shot);
  if (!near || !(await walk(page, shot.path))) await openShot(page, mock, shot);
  desk.shown = undefined;
  await untilStill(page);
  try {
    await shot.act?.(page);
  } catch (error) {
    throw new Error(`${shot.name} did not come: ${firstLine(error)}; ${await shownOn(page)}`, {
      cause: error,
    });
  }
  if (shot.act) await untilStill(page);
  desk.shown = shot;
}

const firstLine = (error: unknown) => String(error).split('\n', 1)[0];

/** Where the page is and what it says, for who has to find out why. */
async function shownOn(page: Page): Promise<string> {
  const text = (await page.locator('body').textContent()) ?? '';
  return `${page.url()} says: ${text.replace(/\s+/g, ' ').slice(0, 400)}`;
}

/** One line for each element that breaks a rule. */
async function findings({ page, width }: Desk): Promise<string[]> {
  const found: string[] = [];
  // By the debugger's way in, which the page's content policy does not bind.
  if (!(await page.evaluate<boolean>('"axe" in globalThis'))) await page.evaluate(axe.source);
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    const { violations } = await page.evaluate<axe.AxeResults>(
      `axe.run(document, ${JSON.stringify(optionsOf[colorScheme])})`,
    );
    for (const { id, nodes } of violations)
      for (const { target, html } of nodes)
        found.push(`${id} at ${width} px, ${colorScheme}: ${target.join(' ')} ${html.slice(0, 160)}`);
  }
  await page.emulateMedia({ colorScheme: 'light' });
  return found;
}

async function findingsOnAll(bring: (desk: Desk) => Promise<void>): Promise<string[]> {
  const each = desks.map(async (desk) => {
    await bring(desk);
    return findings(desk);
  });
  return (await Promise.all(each)).flat();
}

describe('nothing that axe-core finds', () => {
  it('login', async () => {
    const found = await findingsOnAll(async ({ page, mock }) => {
      await page.goto(mock.url);
      await page.getByLabel('User name').waitFor();
    });
    expect(found).toEqual([]);
    await Promise.all(desks.map(({ page, mock }) => logIn(page, mock.url)));
  });

  it.each(shots.filter(({ name }) => name !== 'login').map((shot) => [shot.name, shot] as const))(
    '%s',
    async (_name, shot) => {
      expect(await findingsOnAll((desk) => show(desk, shot))).toEqual([]);
    },
  );
});
