// axe-core finds nothing: on every page and in every situation that `ui/shots.ts` names, on phone and desk, light and dark.
import axe from 'axe-core';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type MockServer, startMock } from '../../ui/mock/server.ts';
import { shots } from '../../ui/shots.ts';
import { launchForShots, logIn, openShot, openWindow } from '../../ui/shots-frame.ts';

const widths = [390, 1440] as const;
/** What the theme changes is colours: everything else is the same page. */
const rulesOfDark = ['cat.color'];

interface Desk {
  readonly width: number;
  readonly mock: MockServer;
  readonly page: Page;
}
let browser: Browser;
let desks: Desk[] = [];

beforeAll(async () => {
  browser = await launchForShots();
  desks = await Promise.all(
    widths.map(async (width) => {
      const mock = await startMock(0);
      const page = await (await openWindow(browser, width)).newPage();
      return { width, mock, page };
    }),
  );
});
afterAll(async () => {
  await browser?.close();
  for (const { mock } of desks) await mock.close();
});

/** One line for each element that breaks a rule. */
async function findings({ page, width }: Desk): Promise<string[]> {
  const found: string[] = [];
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    // By the debugger's way in, which the page's content policy does not bind.
    await page.evaluate(axe.source);
    const options = colorScheme === 'dark' ? { runOnly: rulesOfDark } : {};
    const { violations } = await page.evaluate<axe.AxeResults>(
      `axe.run(document, { resultTypes: ['violations'], ...${JSON.stringify(options)} })`,
    );
    for (const { id, nodes } of violations)
      for (const { target, html } of nodes)
        found.push(`${id} at ${width} px, ${colorScheme}: ${target.join(' ')} ${html.slice(0, 160)}`);
  }
  await page.emulateMedia({ colorScheme: 'light' });
  return found;
}

async function findingsOnAll(open: (desk: Desk) => Promise<void>): Promise<string[]> {
  const each = desks.map(async (desk) => {
    await open(desk);
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
      const found = await findingsOnAll(async ({ page, mock }) => {
        await openShot(page, mock, shot);
        await page.waitForTimeout(350);
        await shot.act?.(page);
        await page.waitForTimeout(250);
      });
      expect(found).toEqual([]);
    },
  );
});
