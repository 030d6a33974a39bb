// The task `volcopy` under the suite of task kinds: copies and moves of files and disks; and what is refused before anything is made.
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { describeTaskKind } from '../../../test/contracts/task-kind.ts';
import { runnerWorld } from '../../../test/fixtures/task-runner-world.ts';
import { type VmWorld, vmWorld } from '../../../test/fixtures/vm-world.ts';
import { quietContext } from '../../core/work-context.ts';
import { volumeCopyKind } from './volume-copy.ts';
import type { VolumeCopyParams } from './volume-copy-plan.ts';

const wish = { storage: 'other', remove: false, limitKib: 0, key: '0123456789abcdef' } as const;
const iso = 'local:iso/a.iso';
const backup = 'local:backup/vzdump-qemu-100-2026_06_01-02_30_00.vma.zst';
const disk = 'local:100/vm-100-disk-0.qcow2';

async function world(): Promise<VmWorld> {
  const made = await vmWorld();
  await made.addVolume(iso);
  await made.addVolume(disk);
  await made.storages.annotate(quietContext(), iso, { notes: 'from the vendor' });
  await made.addVolume(backup);
  const { storage, name } = made.storages.resolve(backup);
  await storage.putBeside(quietContext(), name, 'log', Buffer.from('said'));
  await storage.annotate(quietContext(), name, { notes: 'before the update', protected: true });
  return made;
}

describe.each([
  ['copy of a file', { source: iso }],
  ['copy of a file under another name', { source: iso, storage: 'local', name: 'b.iso' }],
  ['move of a file', { source: iso, remove: true }],
  ['copy of a backup', { source: backup }],
  ['copy of a disk', { source: disk, format: 'raw' }],
  ['move of a disk to another guest', { source: disk, vmid: 101, remove: true }],
] as const)('%s', (name, params) => {
  describeTaskKind(`volcopy: ${name}`, async () => {
    const made = await world();
    return made.under(
      volumeCopyKind(made.faultyStorages),
      { ...wish, ...params } as VolumeCopyParams,
      // Moved already: there is nothing more to be asked for.
      async () => undefined,
    );
  });
});

describe('a copy of a volume', () => {
  let made: VmWorld;
  beforeEach(async () => {
    made = await world();
  });
  afterEach(async () => await made.dispose());

  const run = async (params: Partial<VolumeCopyParams> & { source: string }) => {
    const { runner } = runnerWorld();
    const kind = volumeCopyKind(made.storages);
    runner.register(kind);
    return await runner.wait(await runner.start(kind, { ...wish, ...params }, { requester: 'root@pam' }));
  };
  const names = async () => (await made.snapshot()).volumes.map((line) => line.replace(/ .*/, ''));
  const sumOf = async (volid: string) => {
    const { storage, name } = made.storages.resolve(volid);
    const bytes = await buffer(await storage.exportStream(quietContext(), name));
    return createHash('sha256').update(bytes).digest('hex');
  };

  test('has the same bytes and the same notes, and no protection', async () => {
    await made.storages.annotate(quietContext(), iso, { protected: true });
    expect(await run({ source: iso })).toMatchObject({ exitStatus: 'OK' });
    expect(await sumOf('other:iso/a.iso')).toBe(await sumOf(iso));
    const copy = await made.storages.volume(quietContext(), 'other:iso/a.iso');
    expect([copy.notes, copy.protected]).toEqual(['from the vendor', undefined]);
  });

  test('of a backup has all that lies beside it', async () => {
    const context = quietContext();
    const { storage, name } = made.storages.resolve(backup);
    await storage.putBeside(context, name, 'proof', Buffer.from('{}'));
    await storage.putBeside(context, name, 'picture', Buffer.from('png'));
    expect(await run({ source: backup })).toMatchObject({ exitStatus: 'OK' });
    const other = made.storages.storage('other');
    expect(await other.info(context, name)).toMatchObject({ notes: 'before the update', protected: true });
    for (const [kind, text] of [
      ['log', 'said'],
      ['proof', '{}'],
      ['picture', 'png'],
    ] as const)
      expect(Buffer.from((await other.readBeside(context, name, kind)) ?? []).toString()).toBe(text);
    // A name that is not vzdump's has no log, and none is looked for.
    const renamed = await run({ source: backup, name: 'kept.vma.zst' });
    expect(renamed.exitStatus).toBe('WARNINGS: 1');
    expect(await other.info(context, 'backup/kept.vma.zst')).toMatchObject({ notes: 'before the update' });
  });

  test('of a protected backup is not protected where there is no room for that', async () => {
    await made.storages.update('other', { set: { 'max-protected-backups': 0 } });
    expect(await run({ source: backup })).toMatchObject({ exitStatus: 'WARNINGS: 1' });
    const { name } = made.storages.resolve(backup);
    const copy = await made.storages.storage('other').info(quietContext(), name);
    expect([copy.notes, copy.protected]).toEqual(['before the update', undefined]);
  });

  test('takes the next free name of the guest that it is for', async () => {
    await made.addVolume('other:101/vm-101-disk-0.raw');
    expect(await run({ source: disk, vmid: 101, format: 'raw' })).toMatchObject({ exitStatus: 'OK' });
    expect(await names()).toEqual([
      disk,
      backup,
      iso,
      'other:101/vm-101-disk-0.raw',
      'other:101/vm-101-disk-1.raw',
    ]);
  });

  test('is slowed down', async () => {
    const source = made.storages.storage('local');
    const { id } = await source.beginImport(quietContext(), 'iso', 'big.iso', {});
    await source.writeImport(quietContext(), id, Readable.from([Buffer.alloc(64 * 1024)]), {});
    await source.commitImport(quietContext(), id, false);
    const began = performance.now();
    expect(await run({ source: 'local:iso/big.iso', limitKib: 128 })).toMatchObject({ exitStatus: 'OK' });
    expect(performance.now() - began).toBeGreaterThan(200);
  });

  test('what is used, protected, there already or not of the kind is refused, and nothing is made', async () => {
    await made.addVm(100, { scsi0: disk, ide2: `${iso},media=cdrom` }, { running: true });
    await made.addVolume('other:iso/a.iso');
    await made.addVolume('local:iso/free.iso');
    await made.storages.annotate(quietContext(), 'local:iso/free.iso', { protected: true });
    const before = await names();
    const refused: [Partial<VolumeCopyParams> & { source: string }, string, string][] = [
      [{ source: disk }, 'busy', 'VM 100'],
      [{ source: iso, name: 'b.iso', remove: true }, 'busy', 'VM 100'],
      [{ source: iso }, 'already-exists', 'other:iso/a.iso'],
      [{ source: 'local:iso/free.iso', remove: true }, 'wrong-state', 'protected'],
      [{ source: iso, name: '../b.iso' }, 'invalid-input', 'file name'],
      [{ source: iso, name: 'b.qcow2' }, 'invalid-input', 'extension'],
      [{ source: iso, vmid: 100 }, 'invalid-input', 'disks'],
      [{ source: 'local:iso/none.iso' }, 'not-found', 'none.iso'],
      [{ source: iso, storage: 'nowhere' }, 'not-found', 'nowhere'],
      [{ source: 'local:100/../x' }, 'invalid-input', ''],
    ];
    for (const [params, code, text] of refused) {
      const ended = await run(params);
      expect([params, ended.errorCode]).toEqual([params, code]);
      expect(ended.exitStatus).toContain(text);
    }
    expect(await names()).toEqual(before);
  });

  test('a disk that its stopped guest uses is copied, not moved away; that of another name is refused', async () => {
    await made.addVm(100, { scsi0: disk });
    expect(await run({ source: disk, remove: true })).toMatchObject({ errorCode: 'busy' });
    expect(await run({ source: disk, name: 'vm-101-disk-0' })).toMatchObject({ errorCode: 'invalid-input' });
    expect(await run({ source: disk })).toMatchObject({ exitStatus: 'OK' });
    expect(await run({ source: disk, name: 'vm-100-disk-0' })).toMatchObject({ errorCode: 'already-exists' });
  });

  test('what is taken into use while it is moved stays, and both are there', async () => {
    const kind = volumeCopyKind({
      ...made.storages,
      storage: (id) => made.storages.storage(id),
      requireUnused: (volid) => made.storages.requireUnused(volid),
    });
    const { runner } = runnerWorld();
    runner.register(kind);
    const publish = kind.steps.find(({ name }) => name === 'publish')!;
    const real = publish.run.bind(publish);
    Object.assign(publish, {
      run: async (...args: Parameters<typeof real>) => {
        const answer = await real(...args);
        await made.addVm(100, { ide2: `${iso},media=cdrom` });
        return answer;
      },
    });
    const params = { ...wish, source: iso, remove: true };
    const ended = await runner.wait(await runner.start(kind, params, { requester: 'root@pam' }));
    expect(ended.exitStatus).toBe('WARNINGS: 1');
    expect(await names()).toEqual(expect.arrayContaining([iso, 'other:iso/a.iso']));
  });
});
