// Routes of configuration backups, with real access control over stores in memory.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { runnerWorld } from '../../../test/fixtures/task-runner-world.ts';
import { type TestAccess, testAccess } from '../../access/access-fixture.ts';
import { type ConfigWorld, configWorld } from '../../backup/host-config/config-fixture.ts';
import { createConfigService } from '../../backup/host-config/config-service.ts';
import type { ConfigComparison } from '../../contract/config-backups.ts';
import { configBackupKind } from '../../tasks/kinds/config-backup.ts';
import { configRestoreKind } from '../../tasks/kinds/config-restore.ts';
import type { TaskKind } from '../../tasks/task.ts';
import { accessRoutes } from './access.ts';
import { configBackupRoutes } from './config-backups.ts';
import { type Call, callRoutes } from './routes-fixture.ts';

const path = '/cluster/config-backups';
let world: ConfigWorld;
let t: TestAccess;
let call: Call;
let tasks: ReturnType<typeof runnerWorld>;

beforeEach(async () => {
  world = await configWorld();
  t = testAccess(world.store);
  tasks = runnerWorld();
  const { runner } = tasks;
  const service = createConfigService({
    config: world.config,
    startTask: (type, params, requester) => runner.start(type, params, { requester }),
    ended: (upid) => runner.wait(upid),
  });
  runner.register(configBackupKind({ config: world.config, zone: () => 'UTC' }) as TaskKind);
  runner.register(configRestoreKind({ config: world.config, passphrase: service.passphrase }) as TaskKind);
  call = callRoutes(t.access, [...accessRoutes({ access: t.access }), ...configBackupRoutes(service)]);
});
afterEach(() => world.close());

const ended = async (answer: { data: unknown }) => await tasks.runner.wait(String(answer.data));
const compared = async (volume: string, more: Record<string, string> = {}) => {
  const answer = await call('POST', `${path}/compare`, { volume, ...more });
  expect(answer.status).toBe(200);
  return answer.data as ConfigComparison;
};
const made = async () => {
  expect(await ended(await call('POST', path, { storage: 'nas' }))).toMatchObject({ state: 'ok' });
  const { data } = await call('GET', path);
  const { backups } = data as { backups: { volid: string }[] };
  return backups[0]!.volid;
};

describe('configuration backups', () => {
  test('are made, listed, compared and restored', async () => {
    const volid = await made();
    expect((await call('GET', path)).data).toEqual({
      backups: [
        {
          ...{ volid, storage: 'nas', node: 'pve1', time: 1_795_435_200, protected: 0 },
          size: expect.any(Number),
        },
      ],
      ...{ problems: [], secrets: 0, keep: 30 },
    });
    await world.put('groups/admins', { comment: 'changed' });
    const { items, same, ...facts } = await compared(volid);
    expect(facts).toEqual({ node: 'pve1', time: 1_795_435_200, version: '1.0', secrets: 'none' });
    expect(same).toBeGreaterThan(10);
    expect(items).toEqual([
      {
        ...{ id: 'groups/admins', area: 'group', name: 'admins', title: 'changed', state: 'changed' },
        digest: expect.stringMatching(/^[0-9a-f]{16}$/),
        fields: [{ name: 'comment', backup: 'who may', now: 'changed' }],
      },
    ]);
    const wanted = { volume: volid, items: `groups/admins@${items[0]?.digest}` };
    expect(await ended(await call('POST', `${path}/restore`, wanted))).toMatchObject({ state: 'ok' });
    expect((await compared(volid)).items).toEqual([]);
    expect((await compared(volid, { all: '1' })).items.length).toBe(same + 1);
  });

  test('with secrets only once there is a passphrase', async () => {
    expect((await call('PUT', `${path}/passphrase`, { passphrase: 'short' })).status).toBe(400);
    expect((await call('PUT', `${path}/passphrase`, {})).status).toBe(400);
    const passphrase = 'correct horse';
    expect((await call('PUT', `${path}/passphrase`, { passphrase })).status).toBe(200);
    const volid = await made();
    expect((await call('GET', path)).data).toMatchObject({ secrets: 1 });
    await world.store.delete('passwords/anna@pve');
    expect(await compared(volid)).toMatchObject({
      secrets: 'sealed',
      items: [{ id: 'passwords/anna%40pve', refused: expect.stringContaining('passphrase') }],
    });
    const { secrets, items } = await compared(volid, { passphrase });
    expect(secrets).toBe('open');
    expect(JSON.stringify(items)).not.toContain('tiger');
    const body = { volume: volid, items: `${items[0]?.id}@none`, passphrase };
    const answer = await call('POST', `${path}/restore`, body);
    expect(await ended(answer)).toMatchObject({ state: 'ok' });
    expect(world.value('passwords/anna@pve')).toEqual({ hash: 'tiger-of-user' });
    expect(JSON.stringify(tasks.db.prepare('SELECT * FROM tasks').all())).not.toContain(passphrase);
    expect((await call('PUT', `${path}/passphrase`, { delete: '1' })).status).toBe(200);
    expect((await call('GET', path)).data).toMatchObject({ secrets: 0 });
  });

  test.each([
    ['nothing', ''],
    ['no item', 'groups/admins'],
    ['what is not there', 'groups/none@none'],
    ['what cannot be', 'file/%2Fetc%2Fnetwork%2Finterfaces@0123456789abcdef'],
  ])('restoring %s is refused at once', async (_name, items) => {
    const volume = await made();
    world.files.set('/etc/network/interfaces', 'other\n');
    const answer = await call('POST', `${path}/restore`, { volume, items });
    expect(answer.status).toBe(400);
  });

  test.each([
    'nas:backup/vzdump-qemu-100-2026_06_01-02_30_00.vma.zst',
    'nas:iso/x.iso',
    'nas',
    'x:backup/../y',
  ])('comparing %s is refused', async (volume) => {
    const answer = await call('POST', `${path}/compare`, { volume });
    expect([400, 404]).toContain(answer.status);
  });

  test('are for administrators', async () => {
    await call('POST', '/access/users', { userid: 'otto@pve' });
    await call('PUT', '/access/acl', { path: '/', users: 'otto@pve', roles: 'PVEAuditor' });
    const { data } = await call('POST', '/access/users/otto@pve/token/ci', { privsep: '0' });
    const otto = { authorization: `PVEAPIToken=otto@pve!ci=${(data as { value: string }).value}` };
    expect((await call('GET', path, {}, otto)).status).toBe(200);
    for (const [verb, at, given] of [
      ['POST', path, { storage: 'nas' }],
      ['PUT', `${path}/passphrase`, { delete: '1' }],
      ['POST', `${path}/compare`, { volume: 'nas:x' }],
      ['POST', `${path}/restore`, { volume: 'nas:x', items: 'a' }],
    ] as const)
      expect([at, (await call(verb, at, given, otto)).status]).toEqual([at, 403]);
  });
});
