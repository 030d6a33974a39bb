// Ports that are listened on, room, what is kept of proofs, which backups a job tries, and what is waited for.
import { describe, expect, test } from 'vitest';
import { createMemoryStore } from '../../cluster/memory/memory-store.ts';
import { gibibyte } from '../../core/units.ts';
import { guestKey } from '../../guests/config/guest-document.ts';
import type { JobOptions } from '../jobs/job-document.ts';
import { type JobTestParts, startJobTests, type TriableBackup } from './job-tests.ts';
import { listeningPorts } from './listening-ports.ts';
import { requireBackup } from './proof-service.ts';
import { ProofStore } from './proof-store.ts';
import { checkWait, firstTrialNumber, freeTrialNumber, resolveWait } from './trial.ts';
import { requireRoom, watchRoom } from './trial-room.ts';

test('ports that are listened on', () => {
  const text = [
    '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode',
    '   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1 1',
    '   1: 4D0200C0:0016 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 2 1',
    '   2: 0100007F:01BB 0100007F:9C40 01 00000000:00000000 00:00000000 00000000     0        0 3 1',
    '   3: 00000000000000000000000000000000:0050 00000000000000000000000000000000:0000 0A 00000000:00000000 00',
    'no line at all',
  ].join('\n');
  expect([...listeningPorts(text)]).toEqual([8080, 22, 80]);
  expect([...listeningPorts('')]).toEqual([]);
});

describe('room', () => {
  const parts = (availableGib: number) => ({
    clock: { sleep: async () => {} },
    room: async () => ({ totalBytes: 100 * gibibyte, availableBytes: availableGib * gibibyte }),
  });
  const wish = (archiveGib: number, ...sizesGib: number[]) => ({
    volumes: sizesGib.map((size) => ({ storage: 'local', sizeBytes: size * gibibyte })),
    archiveBytes: archiveGib * gibibyte,
  });
  test.each([
    ['all fits', 20, wish(5, 10, 5)],
    ['images that may stay small', 10, wish(5, 1000)],
    ['a small guest of a large archive', 5, wish(20, 2)],
  ])('%s', async (_what, available, wanted) => {
    await requireRoom(parts(available), wanted);
  });
  test.each([
    ['the archive alone is more', 10, wish(9, 1000)],
    ['nothing is left for others', 2, wish(1, 4)],
    ['a tree that says no size', 3, wish(2, 0)],
  ])('is refused: %s', async (_what, available, wanted) => {
    await expect(requireRoom(parts(available), wanted)).rejects.toMatchObject({ code: 'no-capacity' });
  });
  test('that runs short is told once', async () => {
    const told: string[] = [];
    let left = 4;
    const shrinking = {
      clock: { sleep: async () => {} },
      async room() {
        left -= 1;
        return { totalBytes: 100 * gibibyte, availableBytes: left * gibibyte };
      },
    };
    await watchRoom(shrinking, ['a', 'a'], new AbortController().signal, (storage) => told.push(storage));
    expect([told, left]).toEqual([['a'], 2]);
  });
});

describe('what is kept of proofs', () => {
  const proof = (time: number, state: 'proven' | 'failed' = 'proven') => ({
    state,
    time,
    picture: 0 as const,
  });
  test('the newest, when it last went well, and of each archive', async () => {
    const proofs = new ProofStore(createMemoryStore());
    await proofs.note(100, 'nas:backup/a', proof(10));
    await proofs.note(100, 'nas:backup/b', { ...proof(20, 'failed'), problem: 'no' });
    expect(proofs.of(100)).toMatchObject({ provenAt: 10, newest: { state: 'failed', time: 20 } });
    expect(proofs.listed(100, 'nas:backup/a')).toEqual(proof(10));
    expect(proofs.listed(100, '__proto__')).toBeUndefined();
    expect(proofs.listed(101, 'nas:backup/a')).toBeUndefined();
  });
  test('archives that are gone are forgotten; when it went well is not, while the guest is there', async () => {
    const proofs = new ProofStore(createMemoryStore());
    for (const vmid of [100, 101]) await proofs.note(vmid, `nas:backup/${vmid}`, proof(10));
    await proofs.note(100, 'other:backup/a', proof(11));
    await proofs.keepOnly('nas', new Set(), (vmid) => vmid === 100);
    expect(proofs.of(100)).toMatchObject({ provenAt: 11, archives: { 'other:backup/a': proof(11) } });
    expect(Object.keys(proofs.of(100)!.archives)).toEqual(['other:backup/a']);
    expect(proofs.of(101)).toBeUndefined();
    await proofs.keepOnly('other', new Set(['other:backup/a']), () => false);
    expect(proofs.of(100)).toBeDefined();
  });
  test('when a job began one, also without a proof', async () => {
    const proofs = new ProofStore(createMemoryStore());
    await proofs.noteTry(100, 7);
    expect(proofs.of(100)).toEqual({ archives: {}, triedAt: 7 });
    await proofs.note(100, 'nas:backup/a', proof(10));
    expect(proofs.of(100)).toMatchObject({ triedAt: 7, provenAt: 10 });
  });
  test('of an archive without end, no more than a hundred', async () => {
    const proofs = new ProofStore(createMemoryStore());
    for (let time = 1; time <= 105; time += 1) await proofs.note(100, `nas:backup/${time}`, proof(time));
    expect(Object.keys(proofs.of(100)!.archives)).toHaveLength(100);
    expect(proofs.listed(100, 'nas:backup/105')).toBeDefined();
    expect(proofs.listed(100, 'nas:backup/5')).toBeUndefined();
  });
});

describe('a job tries', () => {
  const backup = (kind: 'qemu' | 'lxc', vmid: number, ctime: number): TriableBackup => ({
    volid: `nas:backup/vzdump-${kind}-${vmid}-${ctime}.${kind === 'qemu' ? 'vma' : 'tar'}.zst`,
    ...{ vmid, ctime },
  });
  const listed = [
    backup('qemu', 100, 1),
    backup('qemu', 100, 3),
    backup('lxc', 101, 2),
    backup('lxc', 102, 2),
  ];
  const guests = [
    { vmid: 100, kind: 'qemu' as const },
    { vmid: 101, kind: 'lxc' as const },
    // The number was a container's.
    { vmid: 102, kind: 'qemu' as const },
    { vmid: 103, kind: 'qemu' as const },
  ];
  async function tried(options: Partial<JobOptions>, provenAt: Record<number, number> = {}) {
    const started: unknown[] = [];
    const begun: [number, number][] = [];
    const parts: JobTestParts = {
      list: async () => listed,
      clock: { now: () => 9000 },
      proofs: {
        noteTry: async (vmid, time) => void begun.push([vmid, time]),
        of: (vmid) => {
          const time = provenAt[vmid];
          return time === undefined
            ? undefined
            : { archives: {}, newest: { state: 'failed', time, picture: 0 } };
        },
      },
      async startTask(type, params) {
        started.push(params);
        return type;
      },
    };
    const all = { schedule: '02:00', enabled: true, storage: 'nas', ...options } as JobOptions;
    const upid = await startJobTests(parts, all, guests);
    return { upid, started, begun };
  }
  const usual = { wait: 'auto', port: null, storage: null, timeoutSeconds: 600 };

  test('the newest backup of the guest that was tried longest ago', async () => {
    expect((await tried({}, { 100: 5 })).started).toEqual([
      { volume: listed[2]!.volid, kind: 'lxc', vmid: 101, ...usual },
    ]);
    expect((await tried({}, { 100: 5 })).begun).toEqual([[101, 9]]);
    expect((await tried({}, { 100: 5, 101: 6 })).started).toEqual([
      { volume: listed[1]!.volid, kind: 'qemu', vmid: 100, ...usual },
    ]);
  });
  test('all, each as it can be waited for', async () => {
    const wishes = {
      'test-guests': 'all',
      'test-wait': 'port',
      'test-port': 443,
      'test-timeout': 60,
    } as const;
    const { started } = await tried({ ...wishes, 'test-storage': 'fast' });
    expect(started).toEqual([
      {
        tests: [
          expect.objectContaining({
            vmid: 100,
            wait: 'auto',
            port: null,
            storage: 'fast',
            timeoutSeconds: 60,
          }),
          expect.objectContaining({
            vmid: 101,
            wait: 'auto',
            port: 443,
            storage: 'fast',
            timeoutSeconds: 60,
          }),
        ],
      },
    ]);
  });
  test('nothing where there is no backup, and says that folders are not tried', async () => {
    listed.splice(0);
    expect((await tried({})).upid).toBeUndefined();
    await expect(tried({ storage: undefined } as never)).rejects.toMatchObject({ code: 'unsupported' });
  });
});

describe('what is waited for', () => {
  test.each([
    ['qemu', 'port', 80, 'wait'],
    ['qemu', 'auto', 80, 'port'],
    ['lxc', 'agent', undefined, 'wait'],
    ['lxc', 'screen', undefined, 'wait'],
    ['lxc', 'port', undefined, 'port'],
    ['lxc', 'running', 80, 'port'],
  ] as const)('%s: %s with port %s is refused by %s', (kind, wait, port, field) => {
    expect(() => checkWait(kind, wait, port)).toThrow(
      expect.objectContaining({ fields: { [field]: expect.any(String) } }),
    );
  });
  test.each([
    ['qemu', { agent: '1' }, 'auto', null, 'agent'],
    ['qemu', { agent: '0' }, 'auto', null, 'screen'],
    ['qemu', { vga: 'serial0', serial0: 'socket' }, 'auto', null, 'running'],
    ['qemu', { vga: 'none' }, 'auto', null, 'running'],
    ['qemu', { agent: '1' }, 'screen', null, 'screen'],
    ['lxc', {}, 'auto', null, 'running'],
    ['lxc', {}, 'auto', 443, 'port'],
  ] as const)('%s with %j: %s, port %s, is %s', (kind, config, wait, port, resolved) => {
    expect(resolveWait(kind, 100, config, { wait, port })).toBe(resolved);
  });
});

test('numbers of trials are free ones', async () => {
  const store = createMemoryStore();
  await store.write(guestKey(firstTrialNumber + 999_999), { kind: 'qemu' });
  await store.write(guestKey(firstTrialNumber), { kind: 'qemu' });
  expect(freeTrialNumber(store, 999_999)).toBe(firstTrialNumber + 1);
});

test.each([
  ['nas:backup/vzdump-qemu-100-2026_06_01-02_30_00.vma.zst', { kind: 'qemu', vmid: 100 }],
  ['nas:backup/vzdump-lxc-101-2026_06_01-02_30_00.tar.gz', { kind: 'lxc', vmid: 101 }],
  ['nas:backup/kept.vma', undefined],
  ['nas:iso/a.iso', undefined],
  ['/root/vzdump-qemu-100-2026_06_01-02_30_00.vma', undefined],
  ['nas:backup/../vzdump-qemu-100-2026_06_01-02_30_00.vma', undefined],
] as const)('%s is of %j', (volume, expected) => {
  if (expected) expect(requireBackup(volume)).toEqual(expected);
  else expect(() => requireBackup(volume)).toThrow(expect.objectContaining({ code: 'invalid-input' }));
});
