// The wire in-process: formats, parameters in all their spellings, errors by parameter.
import { describe, expect, it } from 'vitest';
import { auditorHeaders, rootHeaders, testApp } from './app-fixture.ts';

const { hono } = testApp({ checkReplies: true });
const form = 'application/x-www-form-urlencoded';
const guest = '/api2/json/nodes/pve/qemu/100/config';

interface Reply {
  data: Record<string, unknown>;
  errors?: Record<string, string>;
  message?: string;
  code?: string;
  success?: number;
  status?: number;
  total?: number;
}

async function get(path: string, headers: Record<string, string> = rootHeaders) {
  const response = await hono.request(path, { headers });
  return { status: response.status, headers: response.headers, json: (await response.json()) as Reply };
}

async function post(body: string | Uint8Array<ArrayBuffer>, type: string | undefined = form, path = guest) {
  const headers = { ...rootHeaders, ...(type === '' ? {} : { 'content-type': type }) };
  const response = await hono.request(path, { method: 'POST', body, headers });
  return { status: response.status, json: (await response.json()) as Reply };
}

describe('replies', () => {
  it('wrap data, and carry the headers that clients expect', async () => {
    const { status, headers, json } = await get('/api2/json/list');
    expect({ status, json }).toEqual({ status: 200, json: { data: [1, 2, 3] } });
    expect(headers.get('content-type')).toBe('application/json;charset=UTF-8');
    expect(headers.get('server')).toBe('pve-api-daemon/3.0');
    expect(headers.get('cache-control')).toBe('no-store');
  });

  it('pass raw JSON on and set fields beside data', async () => {
    expect((await get('/api2/json/list?kind=raw')).json).toEqual({ data: [1, 2] });
    expect((await get('/api2/json/list?kind=beside')).json).toEqual({ data: [1], total: 7 });
    expect((await get('/api2/extjs/list?kind=beside')).json).toEqual({
      data: [1],
      success: 1,
      status: 200,
      total: 7,
    });
  });

  it('are checked against their declaration when asked to', async () => {
    expect(await get('/api2/json/list?kind=wrong')).toMatchObject({
      status: 500,
      json: { code: 'internal' },
    });
  });

  it('are always HTTP 200 in extjs', async () => {
    expect(await get('/api2/extjs/nodes/pve/qemu/100/config?fail=missing')).toMatchObject({
      status: 200,
      json: { success: 0, status: 500, data: null, message: expect.stringMatching(/does not exist$/) },
    });
  });
});

describe('paths', () => {
  it.each([
    ['/api2/json/nothing', "Method 'GET /nothing' not implemented\n"],
    ['/api2/json/', "Method 'GET /' not implemented\n"],
    ['/api2/png/list', "Method 'GET /api2/png/list' not implemented\n"],
    ['/elsewhere', "Method 'GET /elsewhere' not implemented\n"],
  ])('%s is not implemented', async (path, message) => {
    expect(await get(path)).toMatchObject({
      status: 501,
      json: { data: null, message, code: 'unsupported' },
    });
  });

  it('take volume names with slashes, encoded and not', async () => {
    const path = '/api2/json/nodes/pve/storage/local/content/';
    expect((await get(`${path}local:iso/a%20b.iso`)).json.data).toBe('local:iso/a b.iso');
    expect((await get(`${path}local%3Aiso%2Fa.iso`)).json.data).toBe('local:iso/a.iso');
    expect((await get(`${path}local:iso%252Fa`)).json.data).toBe('local:iso%2Fa');
  });

  it('ignore doubled and trailing slashes, and know localhost', async () => {
    expect((await get('/api2/json//nodes/localhost/qemu/100/config/')).json.data).toEqual({
      node: 'pve',
      vmid: 100,
    });
  });

  it('refuse malformed escapes and unknown nodes', async () => {
    expect((await get('/api2/json/nodes/%zz/qemu/100/config')).status).toBe(400);
    expect((await get('/api2/json/nodes/other/qemu/100/config')).json.message).toBe(
      "node 'other' does not exist\n",
    );
  });
});

describe('parameters', () => {
  it('come from path, query and body; the path wins, then the query', async () => {
    const { json } = await post('name=a&cores=2&vmid=200', form, `${guest}?cores=3`);
    expect(json.data).toMatchObject({ name: 'a', cores: 3, vmid: 100 });
  });

  it.each([
    ['a form', 'name=a+b&agent=on&net0=model%3Dvirtio', form],
    ['a form with charset', 'name=a%20b&agent=1&net0=model%3Dvirtio', `${form}; charset=UTF-8`],
    ['a form without content type', 'name=a+b&agent=yes&net0=model%3Dvirtio', ''],
    ['JSON', '{"name":"a b","agent":true,"net0":"model=virtio","cores":null}', 'application/json'],
    [
      'JSON with charset',
      '{"name":"a b","agent":"1","net0":"model=virtio"}',
      'application/json;charset=UTF-8',
    ],
  ])('are read from %s', async (_what, body, type) => {
    // A web Request adds a content type to text of its own; bytes have none.
    const { json } = await post(new TextEncoder().encode(body), type);
    expect(json.data).toMatchObject({ name: 'a b', agent: true, net0: 'model=virtio' });
  });

  it.each([
    ['repeated', 'name=a&tags=x&tags=y&command=ls&command=-l', form],
    ['NUL-separated', 'name=a&tags=x%00y&command=ls%00-l', form],
    ['JSON arrays', '{"name":"a","tags":["x","y"],"command":["ls","-l"]}', 'application/json'],
  ])('may be lists: %s', async (_what, body, type) => {
    expect((await post(body, type)).json.data).toMatchObject({ tags: 'x,y', command: ['ls', '-l'] });
  });

  it('make a list of one value', async () => {
    expect((await post('name=a&command=ls')).json.data['command']).toEqual(['ls']);
  });

  const unknown = 'property is not defined in schema and the schema does not allow additional properties';
  it.each([
    ['unknown ones', 'name=a&nmae=b&net2=c', { nmae: unknown, net2: unknown }],
    ['missing ones', 'cores=1', { name: 'property is missing and it is not optional' }],
    ['refused ones', 'name=a&hugepages=2', { hugepages: 'not supported yet by this version of Croft' }],
    ['refused indexed ones', 'name=a&usb1=x', { usb1: 'not supported yet by this version of Croft' }],
    ['a refused default switched off', 'name=a&kvm=0', { kvm: 'not supported yet by this version of Croft' }],
    ['missing companions', 'name=a&force=1', { tags: "missing property - 'force' requires this property" }],
    ['numbers out of bounds', 'name=a&cores=65', { cores: 'value must have a maximum value of 64' }],
    ['no numbers', 'name=a&cores=two', { cores: "type check ('integer') failed: 'two' is not a number" }],
    ['no flags', 'name=a&agent=maybe', { agent: "type check ('boolean') failed: write 0 or 1" }],
    ['other words', 'name=a&bios=efi', { bios: 'value must be one of: seabios, ovmf' }],
    ['long text', `name=${'a'.repeat(21)}`, { name: 'value may only be 20 characters long' }],
    ['several values for one', 'name=a&name=b', { name: "type check ('string') failed: got several values" }],
    ['control characters', 'name=a%01', { name: 'must not hold control characters' }],
    ['a prototype', 'name=a&__proto__=1', { ['__proto__']: unknown }],
  ])('are refused by name: %s', async (_what, body, errors) => {
    const { status, json } = await post(body);
    expect(status).toBe(400);
    expect(json.message).toBe('Parameter verification failed.\n');
    expect(Object.entries(json.errors ?? {})).toEqual(Object.entries(errors));
  });

  it.each([
    ['an object', '{"name":{"a":1}}', { name: "type check ('string') failed: got an object" }],
    ['a list', '{"name":["a"]}', { name: "type check ('string') failed: got several values" }],
    [
      'a nested list',
      '{"name":"a","command":[["x"]]}',
      { command: "type check ('array') failed: members must be plain values" },
    ],
    ['a boolean', '{"name":true}', { name: "type check ('string') failed" }],
  ])('of JSON are refused by name: %s', async (_what, body, errors) => {
    expect((await post(body, 'application/json')).json.errors).toEqual(errors);
  });

  it('let a refused one through that asks for what happens anyway', async () => {
    expect((await post('name=a&kvm=1')).json.data).not.toHaveProperty('kvm');
  });

  it.each([
    ['too large', 'x'.repeat(512 * 1024 + 1), form],
    ['malformed escapes', 'name=%', form],
    ['malformed JSON', '{"name":', 'application/json'],
    ['a JSON array', '[1]', 'application/json'],
    ['JSON text', '"name"', 'application/json'],
    ['JSON nested deep', `{"a":${'['.repeat(200_000)}${']'.repeat(200_000)}}`, 'application/json'],
    [
      'JSON nested deeper than useful',
      `{"name":"a","b":${'['.repeat(20)}${']'.repeat(20)}}`,
      'application/json',
    ],
    ['another content type', '<a/>', 'text/xml'],
    ['a thousand parameters too many', 'a=1&'.repeat(2001), form],
  ])('bodies: %s is refused', async (_what, body, type) => {
    const { status, json } = await post(body, type);
    expect({ status, code: json.code }).toEqual({ status: 400, code: 'invalid-input' });
  });

  it('bodies that are not UTF-8 are refused', async () => {
    expect((await post(new Uint8Array([0x6e, 0xff, 0xfe]))).status).toBe(400);
  });

  it('with too many header lines are refused', async () => {
    const many = Object.fromEntries(Array.from({ length: 65 }, (_, i) => [`x-${i}`, '1']));
    expect((await get('/api2/json/list', { ...rootHeaders, ...many })).json.message).toMatch(
      /64 header lines/,
    );
  });
});

describe('errors', () => {
  it('keep the text and the exact code, and name no internals', async () => {
    expect(await get(`${guest}?fail=missing`)).toMatchObject({
      status: 500,
      json: {
        message: "Configuration file 'nodes/pve/qemu-server/100.conf' does not exist\n",
        code: 'not-found',
      },
    });
    expect((await get(`${guest}?fail=state`)).json).toMatchObject({
      code: 'wrong-state',
      details: { expected: 'stopped' },
    });
    const bug = await get(`${guest}?fail=bug`);
    expect(bug).toMatchObject({ status: 500, json: { code: 'internal', message: 'internal error\n' } });
    expect(JSON.stringify(bug.json)).not.toContain('secret');
  });
});

describe('who may', () => {
  it.each([
    ['nobody', {}, 401, 'No ticket\n'],
    ['a false ticket', { cookie: 'PVEAuthCookie=false' }, 401, 'permission denied - invalid PVE ticket\n'],
    ['a false token', { authorization: 'PVEAPIToken=root@pam!t=no' }, 401, 'invalid token\n'],
  ])('%s is not let in', async (_what, headers, status, message) => {
    expect(await get(guest, headers as Record<string, string>)).toMatchObject({
      status,
      json: { data: null, message },
    });
  });

  it('a ticket also comes in the Authorization header, a token without CSRF', async () => {
    expect((await get(guest, { authorization: 'PVEAuthCookie=root:=+/' })).status).toBe(200);
    const response = await hono.request(guest, {
      method: 'POST',
      body: new URLSearchParams({ name: 'a' }),
      headers: { authorization: 'PVEAPIToken=root@pam!t=secret' },
    });
    expect(((await response.json()) as Reply).data['requester']).toBe('root@pam!t');
  });

  it('writing with a cookie needs the CSRF token', async () => {
    const response = await hono.request(guest, { method: 'POST', headers: { cookie: rootHeaders.cookie } });
    expect({ status: response.status, json: await response.json() }).toMatchObject({
      status: 401,
      json: { message: 'Permission denied - invalid csrf token\n' },
    });
  });

  it('privileges are named when they are missing, before parameters are looked at', async () => {
    const response = await hono.request(guest, {
      method: 'POST',
      body: new URLSearchParams({ nonsense: '1' }),
      headers: auditorHeaders,
    });
    expect({ status: response.status, json: await response.json() }).toMatchObject({
      status: 403,
      json: { message: 'Permission check failed (/vms/100, VM.Config.Options, VM.Config.Disk)\n' },
    });
    expect((await get(guest, auditorHeaders)).status).toBe(200);
    expect((await get('/api2/json/nodes/pve/qemu/101/config', auditorHeaders)).status).toBe(403);
  });

  it('methods open to the world ignore credentials', async () => {
    const response = await hono.request('/api2/json/access/ticket', {
      method: 'POST',
      body: new URLSearchParams({ username: 'u' }),
      headers: { cookie: 'PVEAuthCookie=expired' },
    });
    expect(await response.json()).toEqual({ data: { username: 'u', userid: '' } });
  });
});
