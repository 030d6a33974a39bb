// Whatever the daemon says is text: hostile strings in every field of every answer and event run nothing and break no page.
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type DevServer, devPassword, devUser, startDev } from '../../server/dev.ts';
import { type MockServer, startMock } from '../../ui/mock/server.ts';
import { shots } from '../../ui/shots.ts';
import { launchForShots, logIn, openWindow, tooWideBy } from '../../ui/shots-frame.ts';
import { openPage } from './chromium.ts';
import { Person } from './person.ts';

/** Where scripts and pictures of hostile texts lead. */
const elsewhere = 'hostile.invalid';
/** Markup, a script's address, text that turns around, lines and a null; and a word that nothing can break. */
const payloads = [
  [
    `"><img data-hostile src=//${elsewhere}/x onerror="globalThis.hostile=1">`,
    '<script data-hostile>globalThis.hostile=1</script>',
    'javascript:globalThis.hostile=1//',
    '\u202Eexe.txt\u2066\u200F\uFEFF',
    'one\r\ntwo\n\tthree\u0000four\u2028five',
  ].join(' '),
  'W'.repeat(4096),
] as const;

/**
 * What the page finds its way by: words of a fixed list, numbers and names of things, of which addresses are made. All
 * other texts of answers are replaced, whatever their names: a field that is added is hostile too.
 */
const fixed =
  /^(id|type|node|vmid|upid|status|qmpstatus|state|storage|plugintype|content|kind|mode|ticket|CSRFPreventionToken|userid|realm|tokenid|groupid|roleid|poolid|iface|volid|format|accelerator|level|key|pid|action|health|phase|slot|device|disk|path|service|devpath|subsystem|active-state|unit-state)$/;

function spoil(value: unknown, payload: string, key = ''): unknown {
  if (typeof value === 'string') return fixed.test(key) ? value : `${value}${payload}`;
  if (Array.isArray(value)) return value.map((one) => spoil(one, payload, key));
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, spoil(one, payload, name)]));
}

/** Answers of the API and events of the stream get the payload into every text. */
async function makeHostile(page: Page, payload: () => string): Promise<void> {
  await page.route('**/api2/json/**', async (route) => {
    // A page that is left behind waits for no answer.
    const answer = await route.fetch().catch(() => undefined);
    const body: unknown = await answer?.json().catch(() => undefined);
    if (!answer || body === undefined) return route.abort().catch(() => {});
    if (new URL(route.request().url()).pathname.endsWith('/access/ticket'))
      return route.fulfill({ response: answer }).catch(() => {});
    await route.fulfill({ response: answer, json: spoil(body, payload()) }).catch(() => {});
  });
  await page.routeWebSocket('**/api2/json/cluster/events*', (socket) => {
    const server = socket.connectToServer();
    server.onMessage((message) => socket.send(JSON.stringify(spoil(JSON.parse(String(message)), payload()))));
  });
}

let browser: Browser;
let mock: MockServer;
let dev: DevServer;
let pages: Page[] = [];
/** What a hostile text has done. */
let done: string[] = [];

/** Every address of a page, once. */
const paths = [...new Set(shots.map(({ path }) => path))];

function watch(watched: Page): void {
  watched.on('dialog', (dialog) => {
    done.push(`a dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  watched.on('pageerror', (error) => done.push(`an error: ${error.message}`));
  watched.on('request', (request) => {
    if (new URL(request.url()).hostname === elsewhere) done.push(`a request to ${request.url()}`);
  });
  watched.on('console', (message) => {
    if (/content security policy/i.test(message.text())) done.push(message.text());
  });
}

/** What of the payload has become more than text. */
function foundIn(watched: Page): Promise<string[]> {
  return watched.evaluate<string[]>(`[
    ...(globalThis.hostile === undefined ? [] : ['a script ran']),
    ...[...document.querySelectorAll('[data-hostile], script:not([src])')].map((one) => one.outerHTML.slice(0, 200)),
    ...[...document.querySelectorAll('[href], [src], [action]')]
      .filter((one) => /^\\s*(javascript|data:text)/i.test(one.getAttribute('href') ?? one.getAttribute('src') ?? ''))
      .map((one) => one.outerHTML.slice(0, 200)),
  ]`);
}

beforeAll(async () => {
  browser = await launchForShots();
  mock = await startMock(0);
  dev = await startDev({ port: 0, guests: 1, situations: true, tasks: false, logLevel: 'error' });
});
afterAll(async () => {
  await browser?.close();
  await mock?.close();
  await dev?.stop();
});

describe('hostile texts in every answer and event run nothing and break no page', () => {
  beforeAll(async () => {
    pages = await Promise.all(
      payloads.map(async (payload) => {
        const page = await (await openWindow(browser, 390)).newPage();
        watch(page);
        let hostile = false;
        await makeHostile(page, () => (hostile ? payload : ''));
        await logIn(page, mock.url);
        hostile = true;
        return page;
      }),
    );
  });
  beforeEach(() => {
    done = [];
  });
  afterAll(() => Promise.all(pages.map((page) => page.context().close())));

  it.each(paths)('%s', async (path) => {
    const found = await Promise.all(
      pages.map(async (page) => {
        await page.goto(mock.url + path);
        await page.getByRole('main').waitFor();
        await page.waitForTimeout(400);
        const wide = await tooWideBy(page);
        return [...(await foundIn(page)), ...(wide > 0 ? [`the page is ${wide} px wider than a phone`] : [])];
      }),
    );
    expect(found).toEqual([[], []]);
    expect(done).toEqual([]);
  });
});

describe('the daemon', () => {
  let person: Person;
  beforeAll(async () => {
    person = new Person(await openPage(browser, `https://localhost:${dev.port}`, done));
    watch(person.page);
    const [user = '', realm = ''] = devUser.split('@');
    await person.page.getByLabel('Realm').selectOption(realm);
    await person.logIn(user, devPassword);
  });
  afterEach(() => expect(done).toEqual([]));

  it('shows hostile notes as they were written', async () => {
    await person.goTo(/hostile-notes/);
    await person.main().getByText('<script>alert("notes are text")</script>').first().waitFor();
    expect(await foundIn(person.page)).toEqual([]);
  });

  it('forbids scripts of the page itself, evaluated text, plug-ins, frames around it and other servers', async () => {
    const answer = await person.page.request.get(`https://localhost:${dev.port}/`);
    const policy = answer.headers()['content-security-policy'] ?? '';
    const directives = new Map(policy.split('; ').map((one) => [one.split(' ')[0], one]));
    expect(directives.get('default-src')).toBe("default-src 'none'");
    expect(directives.get('script-src')).toBe("script-src 'self'");
    expect(directives.get('connect-src')).toBe("connect-src 'self'");
    expect(directives.get('frame-ancestors')).toBe("frame-ancestors 'none'");
    expect(directives.get('base-uri')).toBe("base-uri 'none'");
    const mocked = await person.page.request.get(mock.url);
    expect(mocked.headers()['content-security-policy'], "the mock's policy").toBe(policy);
  });

  it('has a browser that keeps to it', async () => {
    await person.page.evaluate(`{
      const script = document.createElement('script');
      script.textContent = 'globalThis.hostile = 1';
      document.body.append(script);
      const button = document.createElement('button');
      button.setAttribute('onclick', 'globalThis.hostile = 1');
      document.body.append(button);
      button.click();
      button.remove();
      script.remove();
    }`);
    expect(await person.page.evaluate('globalThis.hostile')).toBeUndefined();
    expect(done.splice(0).filter((one) => /content security policy/i.test(one))).toHaveLength(2);
  });
});
