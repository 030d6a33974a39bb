// `croft config-backup` against a fake daemon: what is shown, asked and sent.
import { afterEach, beforeEach, expect, test } from 'vitest';
import { FakeDaemon } from './daemon-fixture.ts';

const path = '/cluster/config-backups';
const volid = 'nas:backup/croft-config-pve1-20261123T023000Z.tar.zst';
const upid = 'UPID:pve1:00000001:00000001:00000001:configrestore::root@pam:';
let daemon: FakeDaemon;
beforeEach(async () => {
  daemon = await FakeDaemon.start();
  daemon.on(`POST ${path}/compare`, () => ({
    ...{ node: 'pve1', time: 0, version: '1', secrets: 'sealed', same: 9 },
    items: [
      {
        ...{
          id: 'groups/admins',
          area: 'group',
          name: 'admins',
          state: 'changed',
          digest: '0123456789abcdef',
        },
        fields: [
          { name: 'comment', backup: 'a\x1b[31m', now: 'b' },
          { name: 'key', secret: 1 },
        ],
        danger: 'it may hurt',
      },
      {
        ...{
          id: 'users/bert%40pve',
          area: 'user',
          name: 'bert@pve',
          state: 'new',
          digest: '1123456789abcdef',
        },
        ...{ fields: [], refused: 'it is not in the backup' },
      },
    ],
  }));
});
afterEach(() => daemon.stop());
const run = (...words: string[]) => daemon.run(['config-backup', ...words]);
const sent = (verb: string, at: string) =>
  JSON.parse(daemon.asked.find((one) => one.verb === verb && one.path === at)?.body ?? 'null');

test('the list', async () => {
  daemon.on(`GET ${path}`, () => ({
    backups: [{ volid, storage: 'nas', node: 'pve1', time: 0, size: 2048, protected: 0 }],
    problems: [{ storage: 'far', problem: 'does not answer' }],
    ...{ secrets: 0, keep: 30 },
  }));
  const { out } = await run('list');
  expect(out).toMatch(/^1970-01-0.* pve1 .*croft-config-pve1-20261123T023000Z\.tar\.zst$/m);
  expect(out).toContain('storage far: does not answer');
  expect(out).toContain('croft config-backup passphrase');
});

test('differences, harmless to look at', async () => {
  const { out } = await run('compare', volid, '--fields');
  expect(out).toMatch(/^groups\/admins +changed +it may hurt$/m);
  expect(out).toMatch(/^ {2}comment +a\?\[31m +b$/m);
  expect(out).toMatch(/^ {2}key +\(secret\) +\(secret\)$/m);
  expect(out).toMatch(/^users\/bert%40pve +new now +it is not in the backup$/m);
  expect(out).toContain('--secrets');
});

test('items are restored with what was seen of them', async () => {
  daemon.on(`POST ${path}/restore`, () => upid);
  const { code } = await daemon.run([
    '--yes',
    '--no-wait',
    'config-backup',
    'restore',
    volid,
    'groups/admins',
  ]);
  expect(code).toBe(0);
  expect(sent('POST', `${path}/restore`)).toEqual({
    volume: volid,
    items: ['groups/admins@0123456789abcdef'],
  });
});

test.each([
  ['users/bert%40pve', 'cannot be restored'],
  ['groups/other', 'does not differ'],
])('%s is not', async (id, words) => {
  const { code, err } = await daemon.run(['--yes', 'config-backup', 'restore', volid, id]);
  expect(code).toBe(1);
  expect(err).toContain(words);
  expect(sent('POST', `${path}/restore`)).toBeNull();
});

test('one is made by a task, and the passphrase is taken away', async () => {
  daemon.on(`POST ${path}`, () => upid);
  daemon.on(`PUT ${path}/passphrase`, () => null);
  expect((await daemon.run(['--no-wait', 'config-backup', 'create', 'nas'])).out).toBe(`${upid}\n`);
  expect(sent('POST', path)).toEqual({ storage: 'nas' });
  expect((await daemon.run(['--yes', 'config-backup', 'passphrase', '--delete'])).code).toBe(0);
  expect(sent('PUT', `${path}/passphrase`)).toEqual({ delete: 1 });
});
