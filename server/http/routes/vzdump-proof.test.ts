// Trying a restore, what came of it and its picture, by the routes: who may, what is refused, what lies beside the archive.
import { beforeEach, describe, expect, test } from 'vitest';
import { vmWorld } from '../../../test/fixtures/vm-world.ts';
import { type TestAccess, testAccess } from '../../access/access-fixture.ts';
import { createProofService, type ProofService } from '../../backup/proof/proof-service.ts';
import { backupName } from '../../backup/restore/restore-fixture.ts';
import type { Privilege } from '../../contract/permission.ts';
import { AppError } from '../../core/errors.ts';
import { quietContext } from '../../core/work-context.ts';
import type { Asker } from '../../guests/guest-requests.ts';
import { accessRoutes } from './access.ts';
import { type Call, callRoutes } from './routes-fixture.ts';
import { vzdumpProofRoutes } from './vzdump-proof.ts';

const volume = `local:backup/${backupName}`;
const node = '/nodes/localhost/vzdump';
const png = Buffer.from('\x89PNG\r\n\x1a\nnot much of one', 'latin1');
const proof = {
  ...{ version: 1, state: 'proven', volume, kind: 'qemu', vmid: 100, node: 'pve1', upid: 'UPID:x' },
  ...{ started: 1, ended: 2, wait: 'agent', timeout: 600, came: 'its agent answers', picture: 1, notes: [] },
};
let t: TestAccess;
let service: ProofService;
let call: Call;
let started: object[];
let planFails: AppError | undefined;
let put: (kind: 'proof' | 'picture', content: string | Buffer) => Promise<void>;

beforeEach(async () => {
  const made = await vmWorld();
  await made.addVolume(volume);
  t = testAccess(made.store);
  started = [];
  planFails = undefined;
  service = createProofService({
    storages: { ...made.parts.storages, rootStorages: () => ['local'] },
    async plan() {
      if (planFails) throw planFails;
      return { volumes: [{ storage: 'other', sizeBytes: 1 }] } as never;
    },
    async startTask(_type, params) {
      started.push(params);
      return 'UPID:test';
    },
  });
  call = callRoutes(t.access, [...accessRoutes({ access: t.access }), ...vzdumpProofRoutes(service)]);
  put = (kind, content) =>
    made.storages
      .storage('local')
      .putBeside(quietContext(), volume.replace('local:', ''), kind, Buffer.from(content));
});

const wish = { volume, kind: 'qemu', vmid: 100, wait: 'auto', port: null, storage: null };

describe('a try', () => {
  test('is a task, with what was asked for', async () => {
    expect((await call('POST', `${node}/test`, { volume })).data).toBe('UPID:test');
    await call('POST', `${node}/test`, {
      volume,
      wait: 'screen',
      timeout: '60',
      storage: 'local',
      bwlimit: '5',
    });
    expect(started).toEqual([
      { ...wish, timeoutSeconds: 600 },
      { ...wish, wait: 'screen', storage: 'local', timeoutSeconds: 60, limitKib: 5 },
    ]);
  });

  test.each([
    [{ volume, wait: 'port', port: '80' }, 'wait'],
    [{ volume, port: '80' }, 'port'],
    [{ volume, port: '80000' }, 'port'],
    [{ volume, timeout: '1' }, 'timeout'],
    [{ volume, storage: 'gone' }, 'storage'],
    [{ volume: 'local:iso/a.iso' }, 'volume'],
    [{ volume: '/etc/passwd' }, 'volume'],
    [{ volume: 'local:backup/../vzdump-qemu-100-2026_06_01-02_30_00.vma' }, 'volume'],
  ])('with %j is refused', async (params, field) => {
    const answer = await call('POST', `${node}/test`, params as never);
    expect([answer.status, Object.keys(answer.errors ?? {})]).toEqual([400, [field]]);
    expect(started).toEqual([]);
  });

  test('of a backup that is not there is refused; of a damaged one it is a task, whose proof says so', async () => {
    const gone = volume.replace('100', '107');
    expect((await call('POST', `${node}/test`, { volume: gone })).status).not.toBe(200);
    planFails = new AppError('invalid-input', 'the archive is damaged');
    expect((await call('POST', `${node}/test`, { volume })).data).toBe('UPID:test');
    planFails = new AppError('unavailable', 'the storage is away');
    expect((await call('POST', `${node}/test`, { volume })).message).toContain('the storage is away');
  });

  const all = {
    '/vms/999000000': ['VM.Allocate', 'VM.PowerMgmt'],
    '/vms/100': ['VM.Backup'],
    '/storage/local': ['Datastore.AllocateSpace'],
    '/storage/other': ['Datastore.AllocateSpace'],
  };
  const asker = (rights: Readonly<Record<string, readonly string[]>>): Asker => ({
    requester: 'joe@pve',
    may: (path: string, privilege: Privilege) => rights[path]?.includes(privilege) ?? false,
  });
  test('is for who may restore it to a new guest', async () => {
    expect(await service.start(asker(all), { volume })).toBe('UPID:test');
  });
  test.each(
    Object.entries(all).flatMap(([path, privileges]) => privileges.map((one) => [path, one] as const)),
  )('is forbidden without %s %s', async (path, privilege) => {
    const rights = { ...all, [path]: all[path as '/vms/100'].filter((one) => one !== privilege) };
    await expect(service.start(asker(rights), { volume })).rejects.toMatchObject({ code: 'forbidden' });
    expect(started).toEqual([]);
  });
  test('is shown to who may see the backup', async () => {
    await put('proof', JSON.stringify(proof));
    const rights = { '/vms/100': ['VM.Backup'], '/storage/local': ['Datastore.AllocateSpace'] };
    expect(await service.proof(quietContext(), asker(rights), volume)).toEqual(proof);
    for (const path of Object.keys(rights))
      await expect(
        service.proof(quietContext(), asker({ ...rights, [path]: [] }), volume),
      ).rejects.toMatchObject({
        code: 'forbidden',
      });
  });
});

describe('what came of it', () => {
  test('is answered, with its picture', async () => {
    await put('proof', JSON.stringify(proof));
    await put('picture', png);
    expect((await call('GET', `${node}/proof?volume=${encodeURIComponent(volume)}`)).data).toEqual(proof);
    const picture = await service.picture(quietContext(), { requester: 'root@pam', may: () => true }, volume);
    expect(Buffer.from(picture)).toEqual(png);
  });

  test('is not there when it was never tried', async () => {
    for (const word of ['proof', 'picture'])
      expect((await call('GET', `${node}/${word}?volume=${encodeURIComponent(volume)}`)).message).toMatch(
        /does not exist/,
      );
  });

  test.each(['', '{}', 'null', '[]', '{"version":2}', JSON.stringify({ ...proof, notes: 5 }), '\xff\xfe'])(
    'is not believed when it reads %j',
    async (text) => {
      await put('proof', text);
      await put('picture', '<svg onload=alert(1)>');
      for (const word of ['proof', 'picture'])
        expect((await call('GET', `${node}/${word}?volume=${encodeURIComponent(volume)}`)).message).toMatch(
          /is no (proof|picture)/,
        );
    },
  );
});
