// The task `vzconfig` under the suite of task kinds, and what a running container takes, refuses and gives back.

import { describe, expect, test } from 'vitest';
import { describeTaskKind } from '../../../test/contracts/task-kind.ts';
import { type CtWorld, ctConfig, ctWorld } from '../../../test/fixtures/ct-world.ts';
import { runnerWorld } from '../../../test/fixtures/task-runner-world.ts';
import { configDigest } from '../../core/config-digest.ts';
import type { CtConfigParams } from '../../guests/ct/ct-params.ts';
import type { BoundaryPoint } from '../crash-point.ts';
import { ctConfigKind } from './ct-config.ts';

const disk = (number: number) => `local:100/subvol-100-disk-${number}.subvol`;
const config = { ...ctConfig(100), mp0: `${disk(1)},mp=/srv,size=1G` };
const card = 'name=eth1,bridge=vmbr0,hwaddr=BC:24:11:00:00:02,type=veth';

const params = (more: Partial<CtConfigParams>): CtConfigParams => ({
  ...{ vmid: 100, set: {}, remove: [], revert: [], digest: undefined },
  ...more,
});

async function world(running: boolean, runFaults = true): Promise<CtWorld> {
  const made = await ctWorld({ mountFaults: !running, runFaults });
  await made.addCt(100, config, { running });
  return made;
}

describeTaskKind('vzconfig of a stopped container', async () => {
  const made = await world(false);
  const set = { hostname: 'changed', mp1: 'other:2,mp=/data', net1: card };
  return made.under(ctConfigKind(made.parts), params({ set, remove: ['mp0', 'net0'] }));
});

// A hot-plug that fails is no failure of the task: its faults have tests of their own below.
describeTaskKind('vzconfig of a running container, at once', async () => {
  const made = await world(true, false);
  const set = { hostname: 'changed', memory: 1024, cpulimit: 1.5, net1: card };
  return made.under(ctConfigKind(made.parts), params({ set, remove: ['net0'] }));
});

describeTaskKind('vzconfig of a running container, waiting for its next start', async () => {
  const made = await world(true, false);
  return made.under(ctConfigKind(made.parts), params({ set: { features: 'nesting=1' }, remove: ['mp0'] }));
});

type Hook = (point: BoundaryPoint) => void;

async function configure(made: CtWorld, more: Partial<CtConfigParams>, onBoundary: Hook = () => {}) {
  const tasks = runnerWorld({ onBoundary });
  tasks.runner.register(ctConfigKind(made.parts));
  const upid = await tasks.runner.start('vzconfig', params(more), { requester: 'root@pam' });
  return { ...(await tasks.runner.wait(upid)), log: tasks.log(upid).join('\n') };
}

const failAtEnd: Hook = ({ step, moment }) => {
  if (step === 'remove-volumes' && moment === 'before-run') throw new Error('broken');
};

describe('a running container', () => {
  test('takes cards, limits and a mount point at once', async () => {
    const made = await world(true);
    const set = { memory: 2048, net1: card, mp1: 'local:1,mp=/data', mp2: '/srv/shared,mp=/shared' };
    expect((await configure(made, { set })).state).toBe('ok');
    const document = made.document(100)!;
    expect(document.running).toEqual(document.config);
    const { attached, mounted, guests } = await made.snapshot();
    expect(attached).toContain(disk(2));
    expect(mounted.join('\n')).toContain('mp1');
    expect(mounted.join('\n')).toContain('/srv/shared');
    expect(JSON.stringify(guests)).toContain('eth1');
    await made.dispose();
  });

  test('a refused change waits, with a warning; asked again it is tried again', async () => {
    const made = await world(true);
    made.driver.stubborn.add('net1').add('mp1');
    const set = { net1: card, mp1: 'local:1,mp=/data' };
    const refused = await configure(made, { set });
    expect(refused).toMatchObject({ state: 'warnings', exitStatus: 'WARNINGS: 2' });
    expect(refused.log).toContain('net1: the container does not take this while it runs');
    expect(made.document(100)?.running).toEqual(config);
    expect((await made.snapshot()).attached).not.toContain(disk(2));
    made.driver.stubborn.clear();
    expect((await configure(made, { set: { net1: card } })).state).toBe('ok');
    expect(made.document(100)?.running?.['net1']).toBe(card);
    await made.dispose();
  });

  test('an error of the driver is a warning that names the key and holds no internals', async () => {
    const made = await world(true);
    made.driver.hotPlug = async () => {
      throw new Error('secret of the inside');
    };
    const ended = await configure(made, { set: { memory: 1024 } });
    expect(ended.state).toBe('warnings');
    expect(ended.log).toContain('memory: internal error');
    expect(ended.log).not.toContain('secret');
    await made.dispose();
  });

  test('a failure later gives back cards and limits; a mount that cannot be taken back stays known', async () => {
    const made = await world(true);
    const set = { memory: 1024, net1: card, mp1: 'local:1,mp=/data' };
    const ended = await configure(made, { set }, failAtEnd);
    expect(ended.state).toBe('failed');
    expect(ended.exitStatus).not.toContain('could not undo');
    const document = made.document(100)!;
    expect(document.config).toEqual({ ...config, unused0: disk(2) });
    expect(document.running).toMatchObject({ memory: 512, mp1: expect.stringContaining(disk(2)) });
    const { guests, volumes } = await made.snapshot();
    expect(JSON.stringify(guests)).not.toContain('eth1');
    expect(volumes.join()).toContain(disk(2));
    await made.dispose();
  });

  test('keeps a mount point that is taken off until its next start; what waits is dropped by a revert', async () => {
    const made = await world(true);
    expect((await configure(made, { remove: ['mp0'] })).log).toContain('mp0 waits for the next start');
    expect(made.document(100)).toMatchObject({ running: config, config: { unused0: disk(1) } });
    const kept = await configure(made, { remove: ['unused0'] });
    expect(kept.log).toContain('still in use');
    expect((await configure(made, { revert: ['mp0'] })).state).toBe('ok');
    expect(made.document(100)?.config).toEqual(config);
    await made.dispose();
  });
});

describe('volumes', () => {
  test('one that is taken off stays as an unused one; deleted again, it goes', async () => {
    const made = await world(false);
    expect((await configure(made, { remove: ['mp0'] })).state).toBe('ok');
    expect(made.document(100)?.config['unused0']).toBe(disk(1));
    expect((await configure(made, { remove: ['unused0'] })).state).toBe('ok');
    expect((await made.snapshot()).volumes.join()).not.toContain(disk(1));
    await made.dispose();
  });

  test('one that a snapshot needs stays', async () => {
    const made = await ctWorld();
    await made.addCt(100, config, { snapshots: ['first'] });
    await configure(made, { remove: ['mp0'] });
    expect((await configure(made, { remove: ['unused0'] })).log).toContain('still in use');
    expect((await made.snapshot()).volumes.join()).toContain(disk(1));
    await made.dispose();
  });

  test.each(['before-run', 'after-run'] as const)(
    'broken at the removal (%s), the configuration names what is there and nothing else',
    async (moment) => {
      const made = await world(false);
      await configure(made, { remove: ['mp0'] });
      const ended = await configure(made, { remove: ['unused0'] }, (point) => {
        if (point.step === 'remove-volumes' && point.moment === moment) throw new Error('broken');
      });
      expect(ended.state).toBe('failed');
      expect(ended.exitStatus).not.toContain('could not undo');
      const named = JSON.stringify(made.document(100)?.config).includes(disk(1));
      expect((await made.snapshot()).volumes.join().includes(disk(1))).toBe(named);
      expect(named).toBe(moment === 'before-run');
      await made.dispose();
    },
  );
});

test('a digest of another configuration and a locked container are refused, and nothing changes', async () => {
  const made = await world(false);
  const other = await configure(made, {
    set: { hostname: 'other' },
    digest: configDigest({ hostname: 'old' }),
  });
  expect(other).toMatchObject({ state: 'failed', errorCode: 'wrong-state' });
  expect(made.document(100)?.config).toEqual(config);
  await made.store.write('guests/100', { ...made.document(100)!, config: { ...config, lock: 'backup' } });
  expect(await configure(made, { set: { hostname: 'other' } })).toMatchObject({
    exitStatus: 'CT is locked (backup)',
  });
  await made.dispose();
});
