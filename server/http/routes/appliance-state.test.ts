// The routes of the state over a real connection: the download, its end when the client goes, and what a reset asks for.
import { request } from 'node:https';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { AppError } from '../../core/errors.ts';
import { rootHeaders, testApp } from '../app-fixture.ts';
import { type Listener, listenHttps } from '../listen.ts';
import { ask, testCertificate } from '../listen-fixture.ts';
import { applianceStateRoutes } from './appliance-state.ts';

let listener: Listener;
let stream: Readable;
let refusal: Error | undefined;
const started: unknown[] = [];

beforeEach(async () => {
  started.length = 0;
  refusal = undefined;
  const routes = applianceStateRoutes({
    node: 'pve',
    stateExport: {
      start: async () => {
        if (refusal) throw refusal;
        return { name: 'croft-state-pve-2026-11-21.tar.gz', stream };
      },
    },
    reset: {
      check: () => {
        if (refusal) throw refusal;
      },
    },
    tasks: {
      start: async (...given: unknown[]) => {
        started.push(given);
        return 'UPID:pve:1:1:1:factoryreset::root@pam:';
      },
    },
  });
  listener = await listenHttps(testApp({ routes }), {
    port: 0,
    host: '127.0.0.1',
    certificate: await testCertificate(),
  });
});
afterEach(() => listener.close(0));

const path = '/api2/json/nodes/pve/appliance';
const reset = (body: string) =>
  ask({
    port: listener.port,
    method: 'POST',
    path: `${path}/reset`,
    headers: { ...rootHeaders, 'content-type': 'application/x-www-form-urlencoded' },
    body,
  });

test('the state comes as a file', async () => {
  stream = Readable.from([Buffer.from('one '), Buffer.from('two')], { objectMode: false });
  const { status, headers, text } = await ask({
    port: listener.port,
    path: `${path}/state`,
    headers: rootHeaders,
  });
  expect(status).toBe(200);
  expect(text).toBe('one two');
  expect(headers['content-disposition']).toBe('attachment; filename="croft-state-pve-2026-11-21.tar.gz"');
  expect(headers['content-type']).toBe('application/gzip');
});

test('nobody gets it without the right', async () => {
  const { status } = await ask({ port: listener.port, path: `${path}/state` });
  expect(status).toBe(401);
  const auditor = await ask({
    port: listener.port,
    path: `${path}/state`,
    headers: { cookie: 'PVEAuthCookie=auditor' },
  });
  expect(auditor.status).toBe(403);
});

test('a client that goes away ends it', async () => {
  stream = new Readable({ read() {} });
  stream.push('first');
  stream.on('error', () => {});
  const closed = new Promise((resolve) => stream.once('close', resolve));
  const asked = request({
    host: '127.0.0.1',
    port: listener.port,
    path: `${path}/state`,
    headers: rootHeaders,
    rejectUnauthorized: false,
  });
  asked.on('response', (response) => response.once('data', () => asked.destroy()));
  asked.on('error', () => {});
  asked.end();
  await closed;
});

test('an archive that breaks off does not look whole', async () => {
  stream = Readable.from(
    (async function* () {
      yield Buffer.from('half');
      throw new Error('tar failed');
    })(),
    { objectMode: false },
  );
  await expect(ask({ port: listener.port, path: `${path}/state`, headers: rootHeaders })).rejects.toThrow();
});

test('what cannot begin is an ordinary error', async () => {
  refusal = new AppError('busy', 'the state is being exported already');
  const { status, text } = await ask({ port: listener.port, path: `${path}/state`, headers: rootHeaders });
  expect(status).toBe(500);
  expect(text).toContain('being exported already');
});

test('a reset needs the node’s name, and is a task', async () => {
  const wrong = await reset('confirm=other');
  expect(wrong.status).toBe(400);
  expect(JSON.parse(wrong.text)).toMatchObject({ errors: { confirm: "must be the node's name: 'pve'" } });
  expect(started).toEqual([]);
  expect((await reset('confirm=pve&destroy-guests=1')).status).toBe(200);
  expect((await reset('confirm=pve')).status).toBe(200);
  expect(started).toEqual([
    ['factoryreset', { destroyGuests: true }, { requester: 'root@pam' }],
    ['factoryreset', { destroyGuests: false }, { requester: 'root@pam' }],
  ]);
});

test('a reset that cannot be is refused at once', async () => {
  refusal = new AppError('wrong-state', 'guests are running: 100 (web). Shut them down first.');
  const { status, reason } = await reset('confirm=pve');
  expect([status, reason]).toEqual([500, 'guests are running: 100 (web). Shut them down first.']);
  expect(started).toEqual([]);
});
