// A whole run of backups: its guests one after the other, its log and end, who is told, and the kind under the suite.
import { describe, expect, test } from 'vitest';
import { describeTaskKind } from '../../../test/contracts/task-kind.ts';
import { type BackupWorld, backupOptions, backupWorld } from '../../../test/fixtures/backup-world.ts';
import { type RunnerWorld, runnerWorld } from '../../../test/fixtures/task-runner-world.ts';
import type { BackupOptions } from '../../backup/run/backup-options.ts';
import { AppError } from '../../core/errors.ts';
import { vzdumpKind } from './vzdump.ts';
import { type BackupRunParams, backupRunKind } from './vzdump-run.ts';

async function world(): Promise<BackupWorld> {
  const made = await backupWorld();
  for (const vmid of [100, 101, 102])
    await made.addVm(vmid, { name: `vm${vmid}`, scsi0: `local:${vmid}/vm-${vmid}-disk-0.qcow2,size=1G` });
  return made;
}
const run = (vmids: readonly number[], more: Partial<BackupOptions> = {}): BackupRunParams => ({
  ...{ vmids, options: backupOptions(more), elsewhere: [], unknown: [], forbidden: [] },
});

function register(made: BackupWorld): RunnerWorld {
  const runners = runnerWorld();
  runners.runner.register(vzdumpKind({ ...made.backupParts, runner: runners.runner }));
  return runners;
}

async function done(made: BackupWorld, params: BackupRunParams) {
  const runners = register(made);
  const upid = await runners.runner.start('vzdump', params, { requester: 'joe@pve' });
  const record = await runners.runner.wait(upid);
  const children = runners.changes.filter((each) => each.parent === upid && each.endedAt !== undefined);
  return { record, children, log: runners.log(upid) };
}

describeTaskKind('vzdump of several guests', async () => {
  const made = await world();
  // Each child is done at once; what they do is the guests' kind's matter.
  const runner = {
    start: async (_kind: unknown, { vmid }: { vmid: number }) => `UPID:${vmid}`,
    wait: async () => ({ errorCode: undefined, warnings: 0 }),
  } as unknown as Parameters<typeof backupRunKind>[0]['runner'];
  return made.under(backupRunKind({ ...made.backupParts, runner }), run([100, 101]));
});

describe('a run', () => {
  test('of one guest bears its number, and its log has all that its task says', async () => {
    const made = await world();
    const { record, log, children } = await done(made, run([100]));
    expect(record).toMatchObject({ exitStatus: 'OK', objectId: '100', description: 'Backup (guest 100)' });
    expect(log[0]).toBe(
      'INFO: starting new backup job: vzdump 100 --mode snapshot --compress zstd --storage other --node pve1',
    );
    expect(log).toContain('INFO: Finished Backup of VM 100 (00:00:00)');
    expect(log.slice(-2)).toEqual(['INFO: Backup job finished successfully', 'TASK OK']);
    expect(children).toMatchObject([{ type: 'vzdump', objectId: '100', state: 'ok' }]);
    await made.dispose();
  });

  test('goes on after a guest that fails, one after the other, and ends failed', async () => {
    const made = await world();
    let atOnce = 0;
    let most = 0;
    made.onOrder = async (order) => {
      if (order.kind !== 'write-vma') return;
      atOnce += 1;
      most = Math.max(most, atOnce);
      await new Promise((resolve) => setImmediate(resolve));
      atOnce -= 1;
      if (order.archive.name.includes('-101-')) throw new AppError('no-capacity', 'the storage is full');
    };
    const params = { ...run([100, 101, 102], { mailTo: ['root@example.org'] }), unknown: [999] };
    const { record, children, log } = await done(made, params);
    expect(record).toMatchObject({ state: 'failed', exitStatus: 'job errors (1 of 3 guests)' });
    expect(children.map(({ objectId, state }) => [objectId, state])).toEqual([
      ...[
        ['100', 'ok'],
        ['101', 'failed'],
      ],
      ['102', 'ok'],
    ]);
    expect(most).toBe(1);
    expect(log).toContain('ERROR: Backup of VM 101 failed - the storage is full');
    expect(log).toContain('WARN: there is no guest 999');
    expect(made.notices).toMatchObject([
      { subject: 'vzdump backup status (pve1): backup failed', failed: true },
    ]);
    expect(made.notices[0]?.text).toMatch(/^100 +vm100 +ok +00:00:00 .* other:backup\/vzdump-qemu-100-/m);
    expect(made.notices[0]?.text).toMatch(/^101 +vm101 +FAILED +00:00:00 the storage is full$/m);
    const there = (await made.snapshot()).volumes.filter((line) => line.includes('backup/'));
    expect(there.map((line) => line.slice(0, 35))).toEqual([
      ...['other:backup/vzdump-qemu-100-1970_0', 'other:backup/vzdump-qemu-102-1970_0'],
    ]);
    await made.dispose();
  });

  test('a second one to the same storage waits for the first, visibly', async () => {
    const made = await world();
    const { promise: go, resolve } = Promise.withResolvers<void>();
    made.onOrder = () => go;
    const { runner, store } = register(made);
    const requester = { requester: 'joe@pve' };
    const first = await runner.start('vzdump', run([100]), requester);
    const second = await runner.start('vzdump', run([101]), requester);
    const other = await runner.start('vzdump', run([100], { storage: 'local' }), requester);
    await expect
      .poll(() => store.read(second)?.waitingFor)
      .toMatch(/^storage other \(backups\), in use by "Backup \(guest 100\)"/);
    const waits = () =>
      store.list({ source: 'active' }).tasks.find(({ parent }) => parent === other)?.waitingFor;
    await expect.poll(waits).toMatch(/^guest 100 \(backup\), in use by "VM 100 - Backup"/);
    resolve();
    for (const upid of [first, second, other]) expect((await runner.wait(upid)).exitStatus).toBe('OK');
    await made.dispose();
  });

  test('that is cancelled ends its guest, and asks for no other', async () => {
    const made = await world();
    const before = await made.snapshot();
    const { promise: reached, resolve } = Promise.withResolvers<void>();
    made.onOrder = async (_order, signal) => {
      resolve();
      await new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    };
    const { runner, changes } = register(made);
    const upid = await runner.start('vzdump', run([100, 101]), { requester: 'joe@pve' });
    await reached;
    await runner.cancel(upid);
    expect((await runner.wait(upid)).state).toBe('cancelled');
    expect(changes.some(({ objectId }) => objectId === '101')).toBe(false);
    expect(await made.snapshot()).toEqual(before);
    await made.dispose();
  });

  test('calls its script before and after all guests', async () => {
    const made = await world();
    await done(made, run([100, 101], { script: '/hook' }));
    expect(made.hookCalls.map((call) => call.split(' ')[0])).toEqual([
      ...[
        'job-init',
        'job-start',
        'backup-start',
        'backup-end',
        'log-end',
        'backup-start',
        'backup-end',
        'log-end',
        'job-end',
      ],
    ]);
    made.hookCalls.length = 0;
    made.onHook = async (phase) => {
      if (phase === 'job-start') throw new AppError('command-failed', 'exit code 2');
    };
    expect((await done(made, run([100], { script: '/hook' }))).record.exitStatus).toBe(
      'script failed at job-start: exit code 2',
    );
    expect(made.hookCalls.map((call) => call.split(' ')[0])).toEqual(['job-init', 'job-start', 'job-abort']);
    await made.dispose();
  });
});
