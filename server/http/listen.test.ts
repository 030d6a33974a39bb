// The app on real connections: TLS, reason phrases, uploads, WebSockets, the local socket, closing.
import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect as tlsConnect } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { AppError } from '../core/errors.ts';
import { rootHeaders, testApp } from './app-fixture.ts';
import { type Listener, listenHttps, listenLocal } from './listen.ts';
import { ask, testCertificate } from './listen-fixture.ts';

const form = { ...rootHeaders, 'content-type': 'application/x-www-form-urlencoded' };
const guest = '/api2/json/nodes/pve/qemu/100/config';
const folder = mkdtempSync(join(tmpdir(), 'croft-listen-'));
const socketPath = join(folder, 'croft.sock');
let https: Listener;
let local: Listener;

beforeAll(async () => {
  const app = testApp();
  const certificate = await testCertificate();
  https = await listenHttps(app, { port: 0, host: '127.0.0.1', certificate });
  local = await listenLocal(app, socketPath);
});

afterAll(async () => {
  await Promise.all([https.close(100), local.close(100)]);
  rmSync(folder, { recursive: true });
});

describe('HTTPS', () => {
  it('puts the text of an error into the reason phrase', async () => {
    const answer = await ask({ port: https.port, path: `${guest}?fail=missing`, headers: rootHeaders });
    expect(answer).toMatchObject({
      status: 500,
      reason: "Configuration file 'nodes/pve/qemu-server/100.conf' does not exist",
    });
    expect(JSON.parse(answer.text)).toMatchObject({ data: null });
  });

  it.each([
    ['GET', '/api2/json/nothing', 501, "Method 'GET /nothing' not implemented"],
    ['PATCH', guest, 501, "Method 'PATCH /nodes/pve/qemu/100/config' not implemented"],
    ['DELETE', guest, 501, "Method 'DELETE /nodes/pve/qemu/100/config' not implemented"],
    ['POST', guest, 400, 'Parameter verification failed.'],
  ])('%s %s: %i %s', async (method, path, status, reason) => {
    expect(await ask({ port: https.port, method, path, headers: form })).toMatchObject({ status, reason });
  });

  it('lets no line into the headers', async () => {
    const answer = await ask({ port: https.port, path: `${guest}?fail=state`, headers: rootHeaders });
    expect(answer.reason).toBe('line one X-Injected: 1?');
    expect(answer.headers).not.toHaveProperty('x-injected');
  });

  it('answers extjs with 200 and no credentials with 401', async () => {
    const extjs = await ask({ port: https.port, path: '/api2/extjs/list' });
    expect(extjs).toMatchObject({ status: 200, reason: 'OK' });
    expect(JSON.parse(extjs.text)).toMatchObject({ success: 0, status: 401 });
    expect(await ask({ port: https.port, path: '/api2/json/list' })).toMatchObject({
      status: 401,
      reason: 'No ticket',
    });
  });

  it('takes bodies in one piece and in chunks, and refuses large ones whatever they announce', async () => {
    const path = guest;
    const one = await ask({ port: https.port, method: 'POST', path, headers: form, body: 'name=a&cores=2' });
    expect(JSON.parse(one.text)).toMatchObject({ data: { name: 'a', cores: 2, address: '127.0.0.1' } });
    const chunked = await ask({
      port: https.port,
      method: 'POST',
      path,
      headers: form,
      write: (request) => {
        request.write('name=');
        setTimeout(() => request.end('b'), 20);
      },
    });
    expect(JSON.parse(chunked.text)).toMatchObject({ data: { name: 'b' } });
    const large = Buffer.alloc(600 * 1024, 'a');
    const announced = await ask({ port: https.port, method: 'POST', path, headers: form, body: large });
    expect(announced).toMatchObject({
      status: 400,
      reason: "the request's body is larger than 524288 bytes",
    });
    const silent = await ask({
      port: https.port,
      method: 'POST',
      path,
      headers: { ...form, 'transfer-encoding': 'chunked' },
      write: (request) => request.end(large),
    });
    expect(silent.status).toBe(400);
  });

  it('counts header lines', async () => {
    const many = Object.fromEntries(Array.from({ length: 70 }, (_, i) => [`x-${i}`, '1']));
    const answer = await ask({
      port: https.port,
      path: '/api2/json/list',
      headers: { ...rootHeaders, ...many },
    });
    expect(answer).toMatchObject({ status: 400, reason: 'more than 64 header lines' });
  });

  it('leaves a streamed body to its handler', async () => {
    const answer = await ask({
      port: https.port,
      method: 'POST',
      path: '/api2/json/nodes/localhost/storage/local/upload',
      headers: { ...rootHeaders, 'content-type': 'multipart/form-data; boundary=x' },
      body: Buffer.alloc(3 * 1024 * 1024),
    });
    expect(JSON.parse(answer.text)).toEqual({ data: { size: 3 * 1024 * 1024, node: 'pve' } });
  });

  it('answers a request that offers another protocol as it stands', async () => {
    const headers = {
      ...rootHeaders,
      connection: 'Upgrade, HTTP2-Settings',
      upgrade: 'h2c',
      'http2-settings': 'AAMAAABk',
    };
    expect(await ask({ port: https.port, path: '/api2/json/list', headers })).toMatchObject({ status: 200 });
  });

  it('speaks HTTP/1.1 to whoever would like HTTP/2', async () => {
    const protocol = await new Promise((resolve, reject) => {
      const socket = tlsConnect({
        port: https.port,
        host: '127.0.0.1',
        rejectUnauthorized: false,
        ALPNProtocols: ['h2', 'http/1.1'],
      });
      socket.once('secureConnect', () => {
        resolve(socket.alpnProtocol);
        socket.destroy();
      });
      socket.once('error', reject);
    });
    expect(protocol).toBe('http/1.1');
  });

  it.each([
    [
      'GET /x?y=1 HTTP/1.1\r\nHost: croft.lan:8006\r\n\r\n',
      /^HTTP\/1\.1 301 .*\r\nLocation: https:\/\/croft\.lan:8006\/x\?y=1\r\n/,
    ],
    ['GET /\r\nX: 1 HTTP/1.1\r\nHost: a\r\n\r\n', /^HTTP\/1\.1 400 /],
    ['nonsense', /^HTTP\/1\.1 400 /],
  ])('answers plain HTTP: %j', async (request, expected) => {
    const answer = await new Promise<string>((resolve, reject) => {
      let text = '';
      const socket = connect(https.port, '127.0.0.1', () => socket.write(request));
      socket.on('data', (chunk) => {
        text += chunk.toString();
      });
      socket.on('end', () => resolve(text));
      socket.on('error', reject);
    });
    expect(answer).toMatch(expected);
  });

  it('says when its port is taken', async () => {
    const certificate = await testCertificate();
    const second = listenHttps(testApp(), { port: https.port, host: '127.0.0.1', certificate });
    await expect(second).rejects.toThrow(
      new AppError('unavailable', `port ${https.port} is in use by another program`),
    );
  });

  it('takes another certificate without a restart', async () => {
    const listener = await listenHttps(testApp(), {
      port: 0,
      host: '127.0.0.1',
      certificate: await testCertificate(),
    });
    const seen = (): Promise<string> =>
      new Promise((resolve) => {
        const socket = tlsConnect(
          { port: listener.port, host: '127.0.0.1', rejectUnauthorized: false },
          () => {
            resolve(socket.getPeerCertificate().fingerprint256);
            socket.destroy();
          },
        );
      });
    const before = await seen();
    listener.setCertificate(await testCertificate());
    expect(await seen()).not.toBe(before);
    await listener.close(100);
  });
});

describe('the local socket', () => {
  it('is for root alone, and whoever opens it is root', async () => {
    expect(statSync(socketPath).mode & 0o777).toBe(0o600);
    const answer = await ask({
      socketPath,
      method: 'POST',
      path: guest,
      headers: { host: 'local' },
      body: 'name=a',
    });
    expect(JSON.parse(answer.text)).toMatchObject({ data: { requester: 'root@pam', address: 'local' } });
  });

  it('vanishes when it closes', async () => {
    const path = join(folder, 'second.sock');
    const second = await listenLocal(testApp(), path);
    expect(existsSync(path)).toBe(true);
    await second.close(100);
    expect(existsSync(path)).toBe(false);
  });
});

describe('WebSockets', () => {
  const open = (path: string, headers: Record<string, string>, protocols: string[] = ['binary']) =>
    new WebSocket(`wss://127.0.0.1:${https.port}${path}`, protocols, { rejectUnauthorized: false, headers });
  const path = '/api2/json/nodes/localhost/qemu/100/vncwebsocket?vncticket=good';

  it('are handed to the handler, with the subprotocol confirmed', async () => {
    const socket = open(path, { cookie: rootHeaders.cookie });
    await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
    expect(socket.protocol).toBe('binary');
    const echo = new Promise((resolve) => socket.once('message', resolve));
    socket.send(Buffer.from([1, 2]));
    expect(await echo).toEqual(Buffer.from([1, 2]));
    socket.close();
  });

  const refusals: [string, string, Record<string, string>, number, string][] = [
    ['nobody', path, {}, 401, 'No ticket'],
    [
      'too few privileges',
      path,
      { cookie: 'PVEAuthCookie=auditor' },
      403,
      'Permission check failed (/vms/100, VM.Console)',
    ],
    [
      'a handler that refuses',
      path.replace('good', 'bad'),
      { cookie: rootHeaders.cookie },
      403,
      'the console ticket does not hold',
    ],
    [
      'missing parameters',
      path.replace(/\?.*/, ''),
      { cookie: rootHeaders.cookie },
      400,
      'Parameter verification failed.',
    ],
    [
      'another method',
      '/api2/json/list',
      { cookie: rootHeaders.cookie },
      400,
      'this method answers no WebSocket',
    ],
    [
      'no method',
      '/api2/json/none',
      { cookie: rootHeaders.cookie },
      501,
      "Method 'GET /none' not implemented",
    ],
    [
      "another site's page",
      path,
      { cookie: rootHeaders.cookie, origin: 'https://evil.example' },
      403,
      'WebSockets are only for pages of this server',
    ],
  ];
  it.each(refusals)('are refused with an HTTP error: %s', async (_what, where, headers, status, reason) => {
    const socket = open(where, headers);
    const answer = await new Promise((resolve, reject) => {
      socket.once('unexpected-response', (_request, response) =>
        resolve({ status: response.statusCode, reason: response.statusMessage }),
      );
      socket.once('open', () => reject(new Error('it opened')));
      socket.on('error', () => {});
    });
    expect(answer).toEqual({ status, reason });
    socket.terminate();
  });

  it('a plain request to one is refused', async () => {
    const answer = await ask({ port: https.port, path, headers: rootHeaders });
    expect(answer).toMatchObject({ status: 400, reason: 'this method needs a WebSocket' });
  });

  it('are closed with the listener, which does not wait for them', async () => {
    const listener = await listenHttps(testApp(), {
      port: 0,
      host: '127.0.0.1',
      certificate: await testCertificate(),
    });
    const socket = new WebSocket(`wss://127.0.0.1:${listener.port}${path}`, 'binary', {
      rejectUnauthorized: false,
      headers: { cookie: rootHeaders.cookie },
    });
    await new Promise((resolve) => socket.once('open', resolve));
    const code = new Promise((resolve) => socket.once('close', resolve));
    await listener.close(2000);
    expect(await code).toBe(1001);
  });
});
