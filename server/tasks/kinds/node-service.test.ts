// Tasks of services under the suite of task kinds; the daemon's own restart happens once.
import { expect, test } from 'vitest';
import { describeTaskKind } from '../../../test/contracts/task-kind.ts';
import type { NodeServiceName, ServiceAction } from '../../contract/node-services.ts';
import { quietContext } from '../../core/work-context.ts';
import { createFakeServices } from '../../node/fake/fake-node-host.ts';
import type { TaskContext } from '../task.ts';
import { type NodeServiceParams, nodeServiceKinds } from './node-service.ts';

function makeWorld(action: ServiceAction, service: NodeServiceName = 'sshd', containersRunning = false) {
  const acts: string[] = [];
  const real = createFakeServices();
  let running = new Map<string, string>();
  const services: typeof real = {
    ...real,
    async act(what, name, signal) {
      acts.push(`${what} ${name}`);
      await real.act(what, name, signal);
      running = new Map(running).set(name, what === 'stop' ? 'stopped' : 'running');
    },
  };
  const kind = nodeServiceKinds({ services, life: 'now', containersRunning: () => containersRunning }).find(
    ({ type }) => type === `srv${action}`,
  )!;
  const params: NodeServiceParams = { service, life: 'now' };
  return { kind, params, acts, snapshot: () => [...running] };
}

for (const action of ['start', 'stop', 'restart', 'reload'] as const)
  describeTaskKind(`srv${action}`, async () => makeWorld(action, 'libvirtd'));

test('the daemon that was restarted does not restart itself again', async () => {
  const { kind, params, acts } = makeWorld('restart', 'croft');
  const lines: string[] = [];
  const context = { ...quietContext(), log: (line: string) => lines.push(line) } as unknown as TaskContext;
  await kind.steps[0]?.run(context, { ...params, life: 'before' }, {});
  expect(acts).toEqual([]);
  await kind.steps[0]?.run(context, params, {});
  expect(acts).toEqual(['restart croft']);
  expect(lines).toEqual(['Croft was restarted', 'Croft restarts now; guests go on running']);
});

test('looked at again under the lock', async () => {
  await expect(
    makeWorld('stop', 'croft').kind.check({ service: 'croft', life: 'now' }),
  ).rejects.toMatchObject({
    code: 'unsupported',
  });
  const world = makeWorld('restart', 'lxcfs', true);
  await expect(world.kind.check(world.params)).rejects.toMatchObject({ code: 'wrong-state' });
  expect(world.kind.describe(world.params)).toBe('Service lxcfs - Restart');
});
