// Uploads over a real loopback connection into a real directory: orders of fields, refusals, aborts.
import { createHash } from 'node:crypto';
import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type StorageWorld, storageWorld } from '../../test/fixtures/storage-world.ts';
import { asAppError } from '../core/errors.ts';
import { quietContext } from '../core/work-context.ts';
import { type ReceivedUpload, receiveUpload, snippetLimits } from './upload.ts';

let world: StorageWorld;
let server: Server;
let outcomes: (ReceivedUpload | string)[];

beforeEach(async () => {
  world = await storageWorld();
  outcomes = [];
  server = createServer(async (incoming, outgoing) => {
    const query = Object.fromEntries(new URL(incoming.url ?? '/', 'http://x').searchParams);
    const outcome = await receiveUpload(
      world.service,
      'local',
      incoming,
      query,
      new AbortController().signal,
      ...(query['content'] === 'snippets' ? [snippetLimits] : []),
    ).catch((error: unknown) => {
      const { code, message, fields = {} } = asAppError(error);
      return [code, message, ...Object.entries(fields).map(([name, rule]) => `${name}: ${rule}`)].join(' | ');
    });
    outcomes.push(outcome);
    outgoing.end(JSON.stringify(outcome));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await world.cleanUp();
});

const address = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
type Part = [string, string] | [string, Buffer | string, string];

async function send(parts: Part[], query = ''): Promise<ReceivedUpload | string> {
  const form = new FormData();
  for (const [name, value, file] of parts) {
    if (file === undefined) form.append(name, String(value));
    else form.append(name, new Blob([Buffer.from(value)]), file);
  }
  const reply = await fetch(address() + query, { method: 'POST', body: form });
  return (await reply.json()) as ReceivedUpload | string;
}

const bytes = Buffer.from('not really an ISO image');
const sha256 = createHash('sha256').update(bytes).digest('hex');
const file: Part = ['filename', bytes, 'debian.iso'];

test.each([
  ['before', [['content', 'iso'], ['checksum-algorithm', 'sha256'], ['checksum', sha256], file]],
  ['after', [file, ['content', 'iso'], ['checksum', sha256], ['checksum-algorithm', 'sha256']]],
  ['around', [['content', 'iso'], file, ['checksum', sha256], ['checksum-algorithm', 'sha256']]],
] as [string, Part[]][])('takes fields %s the file', async (_order, parts) => {
  const received = (await send(parts)) as ReceivedUpload;
  expect(received).toMatchObject({
    storage: 'local',
    name: 'iso/debian.iso',
    sizeBytes: bytes.length,
    expected: { algorithm: 'sha256', value: sha256 },
    checksum: sha256,
  });
  const storage = world.service.storage('local');
  expect(await storage.list(quietContext(), {})).toEqual([]);
  await storage.commitImport(quietContext(), received.importId, true);
  expect(await world.files()).toEqual(['template/iso/debian.iso']);
});

test('takes fields of the query, and tidies names', async () => {
  const received = (await send([['f', bytes, 'My Windows 11.iso']], '?content=iso')) as ReceivedUpload;
  expect(received.name).toBe('iso/My_Windows_11.iso');
  await world.service.storage('local').discardImport(quietContext(), received.importId);
});

test.each<[string, Part[], RegExp]>([
  [
    'a path',
    [
      ['content', 'iso'],
      ['f', bytes, '../../etc/passwd.iso'],
    ],
    /filename: .*slash/,
  ],
  [
    'an absolute path',
    [
      ['content', 'iso'],
      ['f', bytes, '/etc/x.iso'],
    ],
    /filename: .*slash/,
  ],
  [
    'a hidden file',
    [
      ['content', 'iso'],
      ['f', bytes, '.x.iso'],
    ],
    /filename: .*dot/,
  ],
  [
    'a wrong extension',
    [
      ['content', 'iso'],
      ['f', bytes, 'x.tar.gz'],
    ],
    /filename: wrong file extension/,
  ],
  [
    'an unknown extension',
    [
      ['f', bytes, 'x.exe'],
      ['content', 'iso'],
    ],
    /filename: wrong file extension/,
  ],
  [
    'a wrong kind',
    [
      ['content', 'backup'],
      ['f', bytes, 'x.iso'],
    ],
    /content: value must be one of/,
  ],
  [
    'another kind afterwards',
    [
      ['f', bytes, 'x.iso'],
      ['content', 'vztmpl'],
    ],
    /filename: wrong file extension/,
  ],
  ['no kind', [['f', bytes, 'x.iso']], /content: property is missing/],
  ['no file', [['content', 'iso']], /filename: the file is missing/],
  ['two files', [['content', 'iso'], file, ['g', bytes, 'y.iso']], /filename: one file/],
  ['an unknown field', [['content', 'iso'], ['tmpfilename', '/etc/shadow'], file], /tmpfilename: /],
  ['an unknown field afterwards', [['content', 'iso'], file, ['x', 'y']], /x: property is not defined/],
  ['a long field', [['content', 'i'.repeat(5000)], file], /content: is too long/],
  ['a checksum without algorithm', [['content', 'iso'], ['checksum', sha256], file], /checksum-algorithm: /],
  [
    'a malformed checksum',
    [['content', 'iso'], file, ['checksum', 'x'], ['checksum-algorithm', 'md5']],
    /checksum: /,
  ],
])('refuses %s and leaves nothing', async (_what, parts, expected) => {
  expect(await send(parts)).toMatch(expected);
  expect(await world.files()).toEqual([]);
});

test('refuses what is no multipart body, or a broken one', async () => {
  const post = async (type: string, body: string) =>
    await (await fetch(address(), { method: 'POST', body, headers: { 'content-type': type } })).json();
  expect(await post('application/json', '{}')).toMatch(/multipart/);
  const cut = '--x\r\nContent-Disposition: form-data; name="f"; filename="a.iso"\r\n\r\nabc';
  expect(await post('multipart/form-data; boundary=x', cut)).toMatch(/well-formed/);
  expect(await world.files()).toEqual([]);
});

test('refuses at once what cannot fit, without reading it', async () => {
  const outgoing = request(address(), {
    method: 'POST',
    headers: { 'content-type': 'multipart/form-data; boundary=x', 'content-length': String(2 ** 50) },
  });
  outgoing.on('error', () => {});
  outgoing.write(
    '--x\r\nContent-Disposition: form-data; name="content"\r\n\r\niso\r\n' +
      '--x\r\nContent-Disposition: form-data; name="filename"; filename="a.iso"\r\n\r\nabc',
  );
  await expect.poll(() => outcomes.length).toBe(1);
  expect(outcomes[0]).toMatch(/^no-capacity/);
  outgoing.destroy();
  expect(await world.files()).toEqual([]);
});

test('an aborted upload leaves nothing', async () => {
  const outgoing = request(address(), {
    method: 'POST',
    headers: { 'content-type': 'multipart/form-data; boundary=x', 'transfer-encoding': 'chunked' },
  });
  outgoing.on('error', () => {});
  outgoing.write('--x\r\nContent-Disposition: form-data; name="filename"; filename="a.iso"\r\n\r\n');
  outgoing.write(Buffer.alloc(300_000));
  await expect.poll(() => world.files()).not.toEqual([]);
  outgoing.destroy();
  await expect.poll(() => outcomes.length).toBe(1);
  expect(outcomes[0]).toMatch(/^cancelled/);
  expect(await world.files()).toEqual([]);
});

test('refuses kinds that the storage is not configured for', async () => {
  await world.service.update('local', { set: { content: 'vztmpl' } });
  expect(await send([['content', 'iso'], file])).toMatch(/content: storage 'local' does not hold/);
});

test('takes a snippet of any name, but no large one, and nothing else beside it', async () => {
  const snippet = (await send(
    [['f', '#cloud-config\n', 'user data.yaml']],
    '?content=snippets',
  )) as ReceivedUpload;
  expect(snippet).toMatchObject({ name: 'snippets/user_data.yaml', sizeBytes: 14 });
  await world.service.storage('local').commitImport(quietContext(), snippet.importId, true);
  for (const bytes of [1024 ** 2 + 1, 2 * 1024 ** 2])
    expect(await send([['f', Buffer.alloc(bytes), 'large.yaml']], '?content=snippets')).toContain(
      'filename: ',
    );
  expect(await send([['content', 'iso'], file], '?content=snippets')).toContain('content: is given twice');
  // As files at will they are refused: who may bring discs may not bring these.
  expect(
    await send([
      ['content', 'snippets'],
      ['f', 'x', 'a.yaml'],
    ]),
  ).toContain('content: value must be one of');
  expect(await world.files()).toEqual(['snippets/user_data.yaml']);
});

test('a snippet of unknown length is cut off before it fills the storage', async () => {
  const head = '--b\r\ncontent-disposition: form-data; name="f"; filename="a.yaml"\r\n\r\n';
  let sent = 0;
  const body = new ReadableStream({
    pull(controller) {
      controller.enqueue(sent === 0 ? Buffer.from(head) : Buffer.alloc(65_536, 'x'));
      sent += 1;
      if (sent > 160) controller.close();
    },
  });
  let passedOn = 0;
  const storage = world.service.storage('local');
  const write = storage.writeImport.bind(storage);
  storage.writeImport = (context, id, source, options) => {
    const counted = Readable.from(
      (async function* () {
        for await (const chunk of source) {
          passedOn += chunk.length;
          yield chunk;
        }
      })(),
    );
    return write(context, id, counted, options);
  };
  const headers = { 'content-type': 'multipart/form-data; boundary=b' };
  const given = { method: 'POST', body, headers, duplex: 'half' } as RequestInit;
  const reply = await (await fetch(`${address()}?content=snippets`, given)).json();
  expect(reply).toContain('filename: ');
  expect(passedOn).toBeLessThanOrEqual(1024 ** 2);
  expect(await world.files()).toEqual([]);
});
