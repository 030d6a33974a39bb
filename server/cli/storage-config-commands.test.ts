// `croft storage` about configuration: what is sent, what is asked for, what is refused before anything is sent.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { FakeDaemon, Reply } from './daemon-fixture.ts';

let daemon: FakeDaemon;
beforeEach(async () => {
  daemon = await FakeDaemon.start();
});
afterEach(() => daemon.stop());

const sent = () => {
  const asked = daemon.asked.at(-1);
  return { what: `${asked?.verb} ${asked?.path}`, ...asked?.query, ...bodyOf(asked) };
};
const bodyOf = (asked: { body: string; type: string | undefined } | undefined): object => {
  if (!asked?.body) return {};
  return asked.type?.includes('json')
    ? (JSON.parse(asked.body) as object)
    : Object.fromEntries(new URLSearchParams(asked.body));
};

describe('croft storage', () => {
  test('add sends type, name and options', async () => {
    daemon.on('POST /storage', () => ({ storage: 'nas', type: 'nfs' }));
    const { code, out } = await daemon.run([
      ...['storage', 'add', 'nfs', 'nas', '--server', 'nas.example', '--export', '/srv', '--disable'],
    ]);
    expect([code, out]).toEqual([0, 'storage nas was added\n']);
    expect(sent()).toEqual({
      ...{ what: 'POST /storage', type: 'nfs', storage: 'nas', server: 'nas.example' },
      ...{ export: '/srv', disable: '1' },
    });
  });

  test('a password is read from standard input, and refused as an argument', async () => {
    daemon.on('POST /storage', () => null);
    const words = ['storage', 'add', 'cifs', 'files', '--server', 's', '--share', 'x', '--password'];
    expect((await daemon.run([...words, '-'], { input: 'long secret\n' })).code).toBe(0);
    expect(sent()).toMatchObject({ password: 'long secret' });
    const before = daemon.asked.length;
    expect((await daemon.run([...words, 'secret'])).err).toContain("write '-'");
    expect(daemon.asked.length).toBe(before);
  });

  test('set changes and takes away; without anything it is refused', async () => {
    daemon.on('PUT /storage/nas', () => null);
    expect((await daemon.run(['storage', 'set', 'nas', '--delete', 'nodes', '--disable', '0'])).code).toBe(0);
    expect(sent()).toEqual({ what: 'PUT /storage/nas', delete: 'nodes', disable: '0' });
    expect((await daemon.run(['storage', 'set', 'nas'])).err).toContain('nothing to change');
  });

  test('remove takes a storage out, and says what uses it', async () => {
    daemon.on('GET /storage/nas', () => ({ storage: 'nas', type: 'nfs' }));
    daemon.on('DELETE /storage/nas', () => null);
    expect((await daemon.run(['storage', 'remove', 'nas'])).code).toBe(0);
    expect(sent().what).toBe('DELETE /storage/nas');
    const busy = { message: "storage 'nas' is used by VM 100", code: 'busy' };
    daemon.on('DELETE /storage/nas', () => new Reply(500, busy));
    const refused = await daemon.run(['storage', 'remove', 'nas']);
    expect([refused.code, refused.err]).toEqual([1, expect.stringContaining('used by VM 100')]);
  });

  test('types marks what must be given and what stays', async () => {
    daemon.on('GET /nodes/pve1/storage-types', () => [
      {
        ...{ type: 'dir', shared: 0, content: ['iso', 'images'] },
        options: [
          { name: 'path', required: 1, fixed: 1 },
          { name: 'nodes', required: 0, fixed: 0 },
        ],
      },
    ]);
    expect((await daemon.run(['storage', 'types'])).out).toMatch(/dir\s+no\s+iso,images\s+path\*! nodes/);
  });

  test('scan asks the node', async () => {
    daemon.on('GET /nodes/pve1/scan/nfs', () => [{ path: '/srv', options: '*' }]);
    const { out } = await daemon.run(['storage', 'scan', 'nfs', '--server', 'nas']);
    expect(out).toContain('/srv');
    expect(sent()).toEqual({ what: 'GET /nodes/pve1/scan/nfs', server: 'nas' });
  });
});
