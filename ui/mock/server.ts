// A server of the built UI with a mock of the API behind it: for developing and looking without a daemon.
// Usage: node ui/mock/server.ts [port]; log in as root with the password croft.
import { readFileSync, statSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { WebSocketServer } from 'ws';
import { accessHandlers } from './access-handlers.ts';
import { ApplianceMock, type ApplianceMode, applianceHandlers, writeUpdate } from './appliance-handlers.ts';
import { backupHandlers } from './backup-handlers.ts';
import { backupJobHandlers } from './backup-job-handlers.ts';
import { bulkHandlers } from './bulk-handlers.ts';
import { cloudInitHandlers } from './cloud-init-handlers.ts';
import { addVolume, clusterHandlers } from './cluster-handlers.ts';
import { configBackupHandlers } from './config-backup-handlers.ts';
import { containerHandlers } from './container-handlers.ts';
import { addCrowd, type CrowdOptions, crowdFrom } from './crowd.ts';
import { diskHandlers } from './disk-handlers.ts';
import { serveTerminal, type Terminal } from './fake-terminal.ts';
import { serveVnc } from './fake-vnc.ts';
import { steady } from './fixtures.ts';
import { guestHandlers } from './guest-handlers.ts';
import { importHandlers } from './import-handlers.ts';
import { keyAndSizeHandlers } from './key-and-size-handlers.ts';
import { nodeHandlers } from './node-handlers.ts';
import { notificationHandlers } from './notification-handlers.ts';
import { proofHandlers } from './proof-handlers.ts';
import { findHandler, type Handlers, Refusal } from './reply.ts';
import { retentionHandlers } from './retention-forecast.ts';
import { storageHandlers } from './storage-handlers.ts';
import { volumeHandlers } from './volume-handlers.ts';
import { World } from './world.ts';

/** `CROFT_UI_DIR` names another build, so that several can be looked at side by side. */
const uiDir = process.env['CROFT_UI_DIR'] ?? fileURLToPath(new URL('../../dist/ui', import.meta.url));
/** The daemon's own policy, so that what breaks under it breaks here. */
const policy =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; worker-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";
const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.webmanifest': 'application/manifest+json',
};

export interface MockServer {
  readonly url: string;
  readonly world: World;
  readonly appliance: ApplianceMock;
  close(): Promise<void>;
}

/** Starts the mock on a port of the loopback interface; 0 chooses a free one. */
export async function startMock(port: number, crowd?: CrowdOptions): Promise<MockServer> {
  const world = new World();
  const endCrowd = crowd && addCrowd(world, crowd);
  const appliance = new ApplianceMock(world);
  const fromEnvironment = process.env['CROFT_MOCK_MODE'];
  if (fromEnvironment) appliance.setMode(fromEnvironment as ApplianceMode);
  const handlers: Handlers = {
    ...clusterHandlers(world),
    ...accessHandlers(world),
    ...nodeHandlers(world),
    ...diskHandlers(world),
    ...guestHandlers(world),
    ...importHandlers(),
    ...cloudInitHandlers(world),
    ...keyAndSizeHandlers(world),
    ...storageHandlers(world),
    ...volumeHandlers(world),
    ...containerHandlers(world),
    ...backupHandlers(world),
    ...backupJobHandlers(world),
    ...retentionHandlers(world),
    ...proofHandlers(world),
    ...configBackupHandlers(world),
    ...notificationHandlers(world),
    ...bulkHandlers(world),
    ...applianceHandlers(world, appliance),
    'POST /nodes/{node}/qemu/{vmid}/vncproxy': () => ({
      port: 5900,
      ticket: 'PVEVNC:mock',
      user: 'root@pam',
      upid: 'U',
      cert: '',
    }),
    'POST /nodes/{node}/qemu/{vmid}/termproxy': () => ({
      port: 5901,
      ticket: 'PVEVNC:mock',
      user: 'root@pam',
      upid: 'U',
    }),
  };
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://mock');
    if (url.pathname.startsWith('/api2/json')) void answer(world, handlers, request, response, url);
    else {
      const mode = url.searchParams.get('mode');
      if (mode !== null) appliance.setMode(mode as ApplianceMode);
      serveFile(url.pathname, response);
    }
  });
  const sockets = serveSockets(server, world);
  const breath = setInterval(() => breathe(world), 2000);
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return {
    url: `http://localhost:${(server.address() as AddressInfo).port}`,
    world,
    appliance,
    close: () =>
      new Promise((resolve) => {
        clearInterval(breath);
        endCrowd?.();
        server.close(() => resolve());
        for (const client of sockets.clients) client.terminate();
        server.closeAllConnections();
      }),
  };
}

async function answer(
  world: World,
  handlers: Handlers,
  request: IncomingMessage,
  response: ServerResponse,
  url: URL,
): Promise<void> {
  const path = url.pathname.slice('/api2/json'.length);
  const verb = request.method ?? 'GET';
  const send = (status: number, reason: string, body: object) => {
    response.writeHead(status, reason.replace(/[^\x20-\x7e]/g, ' '), {
      'content-type': 'application/json;charset=UTF-8',
    });
    response.end(JSON.stringify(body));
  };
  try {
    const open = path === '/access/ticket' || path === '/access/domains';
    if (!open && !/PVEAuthCookie=PVE/.test(decodeURIComponent(request.headers.cookie ?? '')))
      throw new Refusal(401, 'No ticket');
    if (!open && verb !== 'GET' && request.headers['csrfpreventiontoken'] !== 'mock:token')
      throw new Refusal(401, 'Permission denied - invalid csrf token');
    if (path.endsWith('/appliance/upload')) {
      const size = await takeSlowly(request);
      send(200, 'OK', { data: writeUpdate(world, path.split('/')[2] ?? '', `an upload of ${size} bytes`) });
      return;
    }
    if (/\/upload(-snippet)?$/.test(path)) {
      send(200, 'OK', { data: await takeUpload(world, request, path) });
      return;
    }
    const found = findHandler(handlers, verb, path);
    if (!found) throw new Refusal(501, `Method '${verb} ${path}' not implemented`);
    const body = new URLSearchParams(await readBody(request));
    const params = { ...Object.fromEntries(url.searchParams), ...Object.fromEntries(body), ...found.params };
    const data = await found.handler({ params, all: (name) => body.getAll(name) });
    if (Buffer.isBuffer(data)) response.writeHead(200, { 'content-type': 'image/png' }).end(data);
    else send(200, 'OK', { data });
  } catch (error) {
    // The page went away in the middle of an upload.
    if (response.destroyed) return;
    if (!(error instanceof Refusal)) throw error;
    send(error.status, error.message, { data: null, message: error.message, errors: error.errors });
  }
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

/** Reads an update at the speed of a slow line, so that its progress can be seen. */
async function takeSlowly(request: IncomingMessage): Promise<number> {
  let size = 0;
  for await (const chunk of request) {
    size += (chunk as Buffer).length;
    await setTimeout(12);
  }
  return size;
}

/** Reads an upload for its fields; the file itself is only counted. */
async function takeUpload(world: World, request: IncomingMessage, path: string): Promise<string> {
  let head = '';
  let size = 0;
  for await (const chunk of request) {
    size += (chunk as Buffer).length;
    if (head.length < 4096) head += (chunk as Buffer).toString('utf8');
  }
  const said = /name="content"\r\n\r\n(\w+)/.exec(head)?.[1] ?? 'iso';
  const content = path.endsWith('-snippet') ? 'snippets' : said;
  const name = /filename="([^"]+)"/.exec(head)?.[1] ?? 'file';
  const [, , node = '', , storage = ''] = path.split('/');
  return world.task(node, 'imgcopy', storage, `Storage ${storage} - Upload ${name}`, [
    { text: `checking ${name}`, ms: 400 },
    { text: 'moving into place', ms: 400, run: () => addVolume(world, storage, content, name, size) },
  ]);
}

function serveFile(path: string, response: ServerResponse): void {
  const wanted = normalize(join(uiDir, path));
  const exists = wanted.startsWith(uiDir) && statSync(wanted, { throwIfNoEntry: false })?.isFile();
  // Any other address is a page of the app.
  const file = exists ? wanted : join(uiDir, 'index.html');
  response.writeHead(200, {
    'content-type': types[extname(file)] ?? 'application/octet-stream',
    'content-security-policy': policy,
  });
  response.end(readFileSync(file));
}

/** What answers at a port. */
const terminals: Readonly<Record<string, Terminal>> = { '5902': 'shell', '5903': 'node' };

function serveSockets(server: Server, world: World): WebSocketServer {
  const sockets = new WebSocketServer({ noServer: true });
  server.on('upgrade', (request, socket, head) => {
    const url = new URL(request.url ?? '/', 'http://mock');
    sockets.handleUpgrade(request, socket, head, (client) => {
      if (url.pathname.endsWith('/cluster/events')) {
        const since = url.searchParams.get('since');
        const stop = world.subscribe(since === null ? undefined : Number(since), (event) =>
          client.send(JSON.stringify(event)),
        );
        client.on('close', stop);
      } else if (url.searchParams.get('port') === '5900') serveVnc(client);
      else serveTerminal(client, terminals[url.searchParams.get('port') ?? ''] ?? 'login');
    });
  });
  return sockets;
}

/** What runs does not stand still. */
function breathe(world: World): void {
  const seed = Date.now() / 2000;
  for (const item of world.resources.values()) {
    if (item.vmid !== undefined && item.vmid < crowdFrom && item.status === 'running')
      world.change(item.id, {
        netin: (item.netin ?? 0) + Math.round(steady(seed) * 900_000),
        netout: (item.netout ?? 0) + Math.round(steady(seed + 1) * 120_000),
        cpu: Math.min(1, Math.max(0, (item.cpu ?? 0) + (steady(seed + (item.vmid ?? 0)) - 0.5) * 0.05)),
        uptime: (item.uptime ?? 0) + 2,
      });
    if (item.type === 'node') world.change(item.id, { uptime: (item.uptime ?? 0) + 2 });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const mock = await startMock(Number(process.argv[2] ?? 8007), {
    guests: Number(process.env['CROFT_MOCK_GUESTS'] ?? 0),
    changesPerSecond: Number(process.env['CROFT_MOCK_CHANGES'] ?? 0),
  });
  process.stdout.write(`${mock.url}  user root, password croft\n`);
  process.send?.({ ready: true, port: Number(new URL(mock.url).port) });
}
