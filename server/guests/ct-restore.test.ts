// Who may restore which backup of a container to which number, in which words it is refused, and what the task is told.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type CtWorld, ctConfig, ctWorld } from '../../test/fixtures/ct-world.ts';
import { ctBackupName, describedTree, MemoryArchives } from '../backup/restore/restore-fixture.ts';
import { AppError } from '../core/errors.ts';
import type { CtRestoreParams } from '../tasks/kinds/restore-ct.ts';
import { type CtRestoreRequest, createCtRestore } from './ct-restore.ts';
import type { Asker } from './guest-requests.ts';
import { only, refusedBy, root, without } from './guest-service-fixture.ts';
import { createVmidReservations } from './vmid-reservations.ts';

const archive = `local:backup/${ctBackupName}`;
const renamed = 'local:backup/keep-this.tar.zst';
const ofVm = 'local:backup/vzdump-qemu-100-2026_06_01-02_30_00.vma.zst';

let made: CtWorld;
let archives: MemoryArchives;
let started: { type: string; params: object; requester: string }[];
beforeEach(async () => {
  made = await ctWorld();
  archives = new MemoryArchives();
  started = [];
  for (const volume of [archive, renamed, ofVm, 'local:snippets/a.sh']) await made.addVolume(volume);
  await made.addCt(101, ctConfig(101));
});
afterEach(() => made.dispose());

const wish: CtRestoreRequest = {
  ...{ archive, force: false, storage: undefined, unique: false, limitKib: undefined, pool: undefined },
  ...{ start: false, lenient: false, set: {} },
};
const restore = (asker: Asker, vmid: number, more: Partial<CtRestoreRequest> = {}) =>
  createCtRestore({
    ...made.parts,
    archives,
    reservations: createVmidReservations(made.parts.clock, (id) => made.document(id) !== undefined),
    bindMounts: () => ({ allowed: ['/srv/shared'], own: [] }),
    startTask: async (type, params, requester) => {
      started.push({ type, params, requester });
      return 'UPID:test';
    },
  }).restore(asker, vmid, { ...wish, ...more });
const refused = (call: () => Promise<unknown>) => refusedBy(made, started, call);
const told = () => started.map(({ params }) => params as CtRestoreParams);

test('the task is told all that it needs, and nothing of the archive is left open', async () => {
  const set = { hostname: 'new' };
  expect(await restore(root, 200, { start: true, limitKib: 7, lenient: true, set })).toBe('UPID:test');
  expect(started[0]?.type).toBe('vzrestore');
  expect(told()[0]).toMatchObject({
    ...{ vmid: 200, archive, force: false, start: true, limitKib: 7, lenient: true, held: ['/', '/srv'] },
    change: { config: { hostname: 'new', memory: 256 } },
  });
  expect(told()[0]?.change.allocations.map(({ storage }) => storage)).toEqual(['local', 'other', 'other']);
  expect((await made.snapshot()).attached).toEqual([]);
});

test('a storage that is named is that of all volumes', async () => {
  await restore(root, 200, { storage: 'other' });
  expect(told()[0]?.change.allocations.map(({ storage }) => storage)).toEqual(['other', 'other', 'other']);
});

describe('privileges', () => {
  const enough = [
    ...['/vms/200 VM.Allocate', '/vms/100 VM.Backup', '/sdn/zones/localnetwork/vmbr0 SDN.Use'],
    ...['/storage/local Datastore.AllocateSpace', '/storage/other Datastore.AllocateSpace'],
  ];

  test('are those of space, networks and the backup', async () => {
    expect(await restore(only(...enough), 200)).toBe('UPID:test');
  });

  test.each(enough)('without %s it is refused', async (missing) => {
    (await refused(() => restore(only(...enough.filter((each) => each !== missing)), 200))).toMatchObject({
      code: 'forbidden',
    });
  });

  test('over a container whoever may back it up may set it back', async () => {
    const own = enough.map((each) => each.replace('/vms/200 VM.Allocate', '/vms/101 VM.Backup'));
    expect(await restore(only(...own), 101, { force: true })).toBe('UPID:test');
  });

  test('what reaches into the host is kept for an administrator only', async () => {
    archives.toldTree = describedTree(
      `${'rootfs: local:1/x,size=1G'}\nunprivileged: 1\nhookscript: local:snippets/a.sh\nmp0: /srv/shared/a,mp=/a`,
    );
    await restore(root, 200);
    await restore(without('/', 'Sys.Modify'), 201);
    const kept = told().map(({ change }) => [change.config['hookscript'], change.config['mp0']]);
    expect(kept).toEqual([
      ['local:snippets/a.sh', '/srv/shared/a,mp=/a'],
      [undefined, undefined],
    ]);
    expect(told()[1]?.notes.join()).toMatch(/hookscript: is about the host.*mp0: is a path of the host/);
  });

  test('what the request sets needs what setting it needs', async () => {
    (
      await refused(() => restore(without('/vms/200', 'VM.Config.Memory'), 200, { set: { memory: 64 } }))
    ).toMatchObject({ message: 'Permission check failed (/vms/200, VM.Config.Memory)' });
    const set = { mp5: '/srv/shared/a,mp=/a' };
    (await refused(() => restore(without('/', 'Sys.Modify'), 200, { set }))).toMatchObject({
      code: 'forbidden',
    });
    (await refused(() => restore(root, 200, { set: { mp5: '/etc,mp=/a' } }))).toMatchObject({
      code: 'forbidden',
    });
  });
});

describe('refused', () => {
  test.each([
    ['a number that is taken', 101, {}, 'unable to restore CT 101 - CT 101 already exists'],
    ['a VM at the number', 300, { force: true }, 'unable to restore CT 300 - VM 300 already exists'],
  ])('%s', async (_what, vmid, more, message) => {
    await made.store.write('guests/300', { ...made.document(101)!, kind: 'qemu', vmid: 300 });
    (await refused(() => restore(root, vmid, more))).toMatchObject({ message });
  });

  test.each([
    ['a backup of a VM', ofVm, 'not a backup of a container'],
    ['a path that is not there', `/none/${ctBackupName}`, 'there is no file'],
  ])('%s', async (_what, wrong, why) => {
    const error: unknown = await restore(root, 200, { archive: wrong }).catch((thrown: unknown) => thrown);
    expect((error as AppError).fields?.['ostemplate']).toContain(why);
    expect(started).toEqual([]);
  });

  test('a storage that holds no containers', async () => {
    (await refused(() => restore(root, 200, { storage: 'none' }))).toMatchObject({ code: 'invalid-input' });
  });

  test('an archive that the worker refuses, in its words', async () => {
    archives.failure = new AppError('invalid-input', 'this is not a tar archive');
    (await refused(() => restore(root, 200))).toMatchObject({ message: 'this is not a tar archive' });
  });
});
