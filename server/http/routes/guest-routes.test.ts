// What the routes of guests have alike: they answer for guests that are there, and a stop may overrule a shutdown.
import { describe, expect, test } from 'vitest';
import { ctConfig, ctWorld } from '../../../test/fixtures/ct-world.ts';
import { runnerWorld } from '../../../test/fixtures/task-runner-world.ts';
import { vmWorld } from '../../../test/fixtures/vm-world.ts';
import { indexCtStatus } from '../../contract/lxc-status.ts';
import { sendVmKey } from '../../contract/qemu-console.ts';
import { indexVmStatus } from '../../contract/qemu-status.ts';
import { ctTaskKinds } from '../../tasks/kinds/ct-kinds.ts';
import { vmTaskKinds } from '../../tasks/kinds/vm-kinds.ts';
import { type Caller, type Route, route } from '../route.ts';
import { ofExistingGuests } from './existing-guest.ts';
import { allDeclarationsWithHandlers } from './index.ts';
import { lxcRoutes } from './lxc.ts';
import { qemuRoutes } from './qemu.ts';
import { createOverruling } from './task-ending.ts';

const caller = (requester: string, may: Caller['may'] = () => false): Caller => ({
  userid: requester.split('!', 1)[0]!,
  tokenid: requester.includes('!') ? requester : undefined,
  ...{ requester, may, privilegesOn: () => new Set() },
});

async function ask(
  routes: readonly Route[],
  method: string,
  params: object,
  who = caller('root@pam', () => true),
) {
  const found = routes.find(({ declaration: d }) => `${d.verb} ${d.path}` === method);
  return (await found!.handler({ params, caller: who } as never)) as unknown;
}

describe('a method below a guest', () => {
  test('is not answered for one that is not there, or is of the other kind', async () => {
    const made = await vmWorld();
    await made.addVm(100, { memory: '512' });
    const reached: number[] = [];
    const routes = ofExistingGuests(
      [
        route(indexVmStatus, ({ params }) => {
          reached.push(params.vmid);
          return [];
        }),
        route(indexCtStatus, () => []),
        route(sendVmKey, () => null),
      ],
      () => made.store,
    );
    await ask(routes, 'GET /nodes/{node}/qemu/{vmid}/status', { vmid: 100 });
    expect(reached).toEqual([100]);
    for (const [method, vmid, label] of [
      ['GET /nodes/{node}/qemu/{vmid}/status', 101, 'VM 101'],
      ['GET /nodes/{node}/lxc/{vmid}/status', 100, 'CT 100'],
      ['PUT /nodes/{node}/qemu/{vmid}/sendkey', 101, 'VM 101'],
    ] as const)
      await expect(ask(routes, method, { vmid }), method).rejects.toMatchObject({
        code: 'not-found',
        message: `Configuration file for ${label} does not exist`,
      });
    expect(reached).toEqual([100]);
    await made.dispose();
  });

  test('has its number in its path, as that is looked for', () => {
    const below = allDeclarationsWithHandlers().filter(({ path }) =>
      /^\/nodes\/\{node\}\/(qemu|lxc)\/./.test(path),
    );
    expect(below.length).toBeGreaterThan(50);
    expect(below.filter(({ path }) => !/^\/nodes\/\{node\}\/(qemu|lxc)\/\{vmid\}/.test(path))).toEqual([]);
  });
});

async function vms() {
  const made = await vmWorld();
  await made.addVm(100, { memory: '512' }, { running: true });
  const start = { shutdown: 'qmshutdown', kinds: vmTaskKinds(made.parts), path: 'qemu' };
  return { made, ...start, routes: qemuRoutes };
}

async function cts() {
  const made = await ctWorld();
  await made.addCt(100, ctConfig(100), { running: true });
  return { made, shutdown: 'vzshutdown', kinds: ctTaskKinds(made.parts), path: 'lxc', routes: lxcRoutes };
}

describe.each([
  ['VM', vms],
  ['container', cts],
] as const)('stopping a %s that is shutting down', (_what, make) => {
  async function world() {
    const { made, shutdown, kinds, path, routes } = await make();
    made.driver.deaf.add(100);
    const tasks = runnerWorld();
    for (const kind of kinds) tasks.runner.register(kind);
    const power = ({ requester }: Caller, type: string, vmid: number, more: object) =>
      tasks.runner.start(type, { vmid, ...more }, { requester });
    const overrule = createOverruling(tasks.store, tasks.runner);
    const parts = { vms: { power }, cts: { power }, vmParts: made.parts, ctParts: made.parts, overrule };
    const list = routes(parts as never);
    const first = await tasks.runner.start(shutdown, { vmid: 100 }, { requester: 'ann@pve!token' });
    await expect.poll(() => tasks.log(first).join(), { interval: 5 }).toContain('asked the');
    const stop = async (who: Caller, more: object = { 'overrule-shutdown': true }) =>
      (await ask(
        list,
        `POST /nodes/{node}/${path}/{vmid}/status/stop`,
        { vmid: 100, ...more },
        who,
      )) as string;
    return { made, tasks, first, stop };
  }

  test.each([
    ['who asked for the shutdown', caller('ann@pve')],
    [
      'an administrator',
      caller('root@pam', (path, right) => path === '/nodes/pve1' && right === 'Sys.Modify'),
    ],
  ])('ends the shutdown for %s', async (_who, who) => {
    const { made, tasks, first, stop } = await world();
    expect((await tasks.runner.wait(await stop(who))).state).toBe('ok');
    expect((await tasks.runner.wait(first)).state).toBe('cancelled');
    expect(made.states.stateOf(100)).toBe('stopped');
    await made.dispose();
  });

  test.each([
    ['without being told to', caller('ann@pve'), {}],
    ['for anybody else', caller('bob@pve'), { 'overrule-shutdown': true }],
  ])('waits for it %s', async (_why, who, more) => {
    const { made, tasks, first, stop } = await world();
    const second = await stop(who, more);
    await expect.poll(() => tasks.store.read(second)?.state, { interval: 5 }).toBe('waiting-for-lock');
    expect(tasks.store.read(first)?.state).toBe('running');
    await tasks.runner.cancel(second);
    await tasks.runner.cancel(first);
    await tasks.runner.wait(first);
    await made.dispose();
  });
});
