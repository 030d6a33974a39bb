// A container's backup under the suite of task kinds: off, running, and stopped for it; what the worker is told.
import { describe, expect, test } from 'vitest';
import { describeTaskKind } from '../../../test/contracts/task-kind.ts';
import { backupOptions } from '../../../test/fixtures/backup-world.ts';
import { type CtWorld, ctConfig, ctWorld } from '../../../test/fixtures/ct-world.ts';
import { runnerWorld } from '../../../test/fixtures/task-runner-world.ts';
import { createBackupHooks } from '../../backup/run/backup-hooks.ts';
import { BackupLogs } from '../../backup/run/backup-log.ts';
import type { BackupOptions } from '../../backup/run/backup-options.ts';
import { storageTarget } from '../../backup/run/backup-target.ts';
import { createCtSource } from '../../backup/run/ct-source.ts';
import { createFakeOrders } from '../../backup/run/fake-orders.ts';
import type { GuestSource } from '../../backup/run/guest-source.ts';
import type { RunOrder } from '../../backup/run/run-worker.ts';
import { requireWhole } from '../../backup/run/verify-archive.ts';
import type { WorkerOrder, WriteTarOrder } from '../../backup/worker/worker-orders.ts';
import { quietContext } from '../../core/work-context.ts';
import { type GuestBackupParams, guestBackupKind } from './vzdump-guest.ts';

const archive = 'backup/vzdump-lxc-100-1970_01_12-14_46_40.tar.zst';
const params = (more: Partial<BackupOptions> = {}): GuestBackupParams => ({
  ...{ vmid: 100, kind: 'lxc', listener: null },
  options: backupOptions({ storage: 'vault', ...more }),
});

async function world(running: boolean) {
  const made: CtWorld = await ctWorld();
  await made.storages.create('vault', 'memory', { content: 'backup' });
  await made.addCt(100, ctConfig(100), { running });
  const orders: WorkerOrder[] = [];
  const states: string[] = [];
  const carryOut = createFakeOrders(0);
  const worker = made.faults.wrap<{ run: (...args: Parameters<RunOrder>) => Promise<unknown> }>(
    {
      async run(context, order, options) {
        orders.push(order);
        states.push(made.states.stateOf(100));
        return carryOut(context, order, options);
      },
    },
    ['run'],
  );
  const runOrder = ((...args) => worker.run(...args)) as RunOrder;
  const cts = createCtSource({
    ...{ ct: made.parts, runOrder, scratch: '/nowhere', downGraceMs: 50 },
    exec: async () => ({ exitCode: 0, stdout: '', stderr: '' }),
  }) as GuestSource;
  const vault = made.faults.wrap(made.storages.storage('vault'), [
    ...(['beginImport', 'commitImport', 'discardImport', 'putBeside'] as const),
  ]);
  const kind = guestBackupKind({
    ...{ node: 'pve1', store: made.parts.store, clock: made.parts.clock },
    zone: () => 'Europe/Rome',
    clusterName: () => undefined,
    source: () => cts,
    target: () => storageTarget({ ...made.storages, storage: () => vault }, 'vault'),
    hooks: createBackupHooks(async () => {}),
    logs: new BackupLogs(made.parts.clock.now, () => 'Europe/Rome'),
    verify: (context, file) => requireWhole(runOrder, context, file, { eachFrame: true }),
  });
  const snapshot = async () => ({
    ...(await made.snapshot()),
    backups: (await made.storages.storage('vault').list(quietContext(), {})).map(({ name }) => name),
  });
  return { made, kind, orders, states, snapshot };
}

for (const [name, running, more] of [
  ['a container that is off', false, {}],
  ['a container that runs', true, {}],
  ['a container that is stopped for it', true, { mode: 'stop' }],
] as const)
  describeTaskKind(`vzdump of ${name}`, async () => {
    const { made, kind, snapshot } = await world(running);
    const again = async () => {
      await made.storages.storage('vault').remove(quietContext(), archive);
      return { kind, params: params(more) };
    };
    return { ...made.under(kind, params(more), again), snapshot };
  });

describe('the archive of a container', () => {
  test.each([
    ['snapshot', false, 'stopped'],
    ['snapshot', true, 'running'],
    ['stop', true, 'running'],
  ] as const)('mode %s, running %j: packed while it is %s', async (mode, running, state) => {
    const { made, kind, orders, states } = await world(running);
    const { runner, log } = runnerWorld();
    runner.register(kind);
    const upid = await runner.start('vzdump', params({ mode, excludePaths: ['/srv'] }), {
      requester: 'root@pam',
    });
    expect((await runner.wait(upid)).exitStatus, log(upid).join('\n')).toBe('OK');
    const order = orders.find((one): one is WriteTarOrder => one.kind === 'write-tar')!;
    expect(order.archive.name).toBe(archive.slice('backup/'.length));
    expect(order.tree).toMatchObject({
      exclude: ['/srv'],
      standardExcludes: true,
      parts: [{ key: 'rootfs', target: '/' }],
    });
    expect(order.tree.texts).toEqual([
      { name: 'pct.conf', text: expect.stringContaining('hostname: ct100\n') },
    ]);
    expect(order.tree.texts[0]?.text).not.toMatch(/lock:|qmdump/);
    expect(states[0]).toBe(state);
    expect(made.states.stateOf(100)).toBe(running ? 'running' : 'stopped');
    expect(made.document(100)?.config).toEqual(ctConfig(100));
    expect(log(upid)).toContain('INFO: CT Name: ct100');
    await made.dispose();
  });
});
