// The task `qmconfig` under the suite of task kinds, and what a running guest takes, refuses and gives back.
import { describe, expect, test } from 'vitest';
import { describeTaskKind } from '../../../test/contracts/task-kind.ts';
import { runnerWorld } from '../../../test/fixtures/task-runner-world.ts';
import { type VmWorld, vmWorld } from '../../../test/fixtures/vm-world.ts';
import { configDigest } from '../../core/config-digest.ts';
import type { BoundaryPoint } from '../crash-point.ts';
import { type ConfigParams, vmConfigKind } from './vm-config.ts';

const config = {
  memory: '512',
  scsihw: 'virtio-scsi-pci',
  scsi0: 'local:100/vm-100-disk-0.qcow2,size=1G',
  scsi1: 'local:100/vm-100-disk-1.qcow2,size=1G',
  net0: 'virtio=BC:24:11:00:00:01,bridge=vmbr0',
};

const params = (more: Partial<ConfigParams>): ConfigParams => ({
  ...{ vmid: 100, set: {}, remove: [], revert: [], digest: undefined, force: false },
  ...more,
});

async function world(running: boolean, hotPlugFaults = true): Promise<VmWorld> {
  const made = await vmWorld({ hotPlugFaults });
  await made.addVolume('local:import/cloud.qcow2');
  await made.addVm(100, config, { running });
  return made;
}

const newDisks = params({
  set: {
    name: 'changed',
    scsi2: 'local:2',
    scsi3: 'other:0,import-from=local:import/cloud.qcow2',
    net1: 'virtio=BC:24:11:00:00:02,bridge=vmbr0',
  },
  remove: ['scsi1', 'net0'],
});

describeTaskKind('qmconfig of a stopped VM', async () => {
  const made = await world(false);
  return made.under(vmConfigKind(made.parts), newDisks);
});

// A hot-plug that fails is no failure of the task: its faults have tests of their own below.
describeTaskKind('qmconfig of a running VM, with hot-plug', async () => {
  const made = await world(true, false);
  return made.under(vmConfigKind(made.parts), newDisks);
});

describeTaskKind('qmconfig of a running VM, waiting for its next start', async () => {
  const made = await world(true, false);
  return made.under(vmConfigKind(made.parts), params({ set: { memory: '1024', sata0: 'local:1' } }));
});

async function configure(made: VmWorld, more: Partial<ConfigParams>, onBoundary?: Hook) {
  const tasks = runnerWorld(onBoundary ? { onBoundary: (point) => onBoundary(point, tasks.runner) } : {});
  tasks.runner.register(vmConfigKind(made.parts));
  const upid = await tasks.runner.start('qmconfig', params(more), { requester: 'root@pam' });
  return { ...(await tasks.runner.wait(upid)), log: tasks.log(upid).join('\n') };
}
type Hook = (point: BoundaryPoint, runner: ReturnType<typeof runnerWorld>['runner']) => Promise<void> | void;

/** Every volume that the documents name, and every one that is there. */
async function volumesOf(made: VmWorld) {
  const { documents, volumes } = await made.snapshot();
  const named = new Set(JSON.stringify(documents).match(/\w+:100\/vm-100-disk-\d\.\w+/g));
  return {
    named: [...named].sort(),
    there: volumes.flatMap((line) => /^\S+:100\/\S+/.exec(line)?.[0] ?? []).sort(),
  };
}
const disk = (number: number) => `local:100/vm-100-disk-${number}.qcow2`;

describe('on a running guest', () => {
  test('takes a disk and a card at once', async () => {
    const made = await world(true);
    expect((await configure(made, newDisks)).state).toBe('ok');
    const { config: wanted, running } = made.document(100)!;
    expect(running).toEqual(wanted);
    const devices = made.driver.devicesOf(100).join('\n');
    expect(devices).toContain(`/memory/local/${disk(2).slice(6)}`);
    expect(devices).not.toContain('vm-100-disk-1.qcow2');
    expect((await made.snapshot()).attached).toEqual([disk(0), disk(2), 'other:100/vm-100-disk-0.qcow2']);
    await made.dispose();
  });

  test('a refused change waits, with a warning; asked again it is tried again', async () => {
    const made = await world(true);
    made.driver.stubborn.add('net1');
    const set = { net1: 'virtio=BC:24:11:00:00:02,bridge=vmbr0' };
    const refused = await configure(made, { set });
    expect(refused).toMatchObject({ state: 'warnings', exitStatus: 'WARNINGS: 1' });
    expect(refused.log).toContain('net1: the guest does not take this while it runs');
    expect(made.document(100)?.running?.['net1']).toBeUndefined();
    made.driver.stubborn.clear();
    expect((await configure(made, { set })).state).toBe('ok');
    expect(made.document(100)?.running?.['net1']).toBeDefined();
    await made.dispose();
  });

  test('an error of the hypervisor is a warning that names the key and holds no internals', async () => {
    const made = await world(true);
    made.driver.hotPlug = async () => {
      throw new Error('secret of the inside');
    };
    const ended = await configure(made, { set: { scsi2: 'local:1' } });
    expect(ended.state).toBe('warnings');
    expect(ended.log).toContain('scsi2: internal error');
    expect(ended.log).not.toContain('secret');
    expect(made.document(100)?.config['scsi2']).toBe(`${disk(2)},size=1G`);
    await made.dispose();
  });

  test('takes processors, their limit and place, memory and limits of a disk', async () => {
    const made = await vmWorld({ hotPlugFaults: false });
    const hotplug = 'disk,cpu,memory';
    await made.addVm(100, { ...config, hotplug, numa: 1, cores: 4, vcpus: 1 }, { running: true });
    const set = {
      vcpus: 3,
      cpulimit: 1.5,
      affinity: '0,2-3',
      memory: '1024',
      scsi0: `${disk(0)},mbps=2,size=1G`,
    };
    expect((await configure(made, { set })).state).toBe('ok');
    expect(made.document(100)?.running).toEqual(made.document(100)?.config);
    const devices = made.driver.devicesOf(100).join('\n');
    expect(devices).toContain('3 vcpus');
    expect(devices).toContain('"quotaUs":150000');
    expect(devices).toContain('"cpus":[0,2,3]');
    expect(devices).toContain('"totalMib":1024');
    expect(devices).toContain('"total_bytes_sec":2097152,');
    expect(devices).toContain('"total_iops_sec":0');
    await made.dispose();
  });

  test('has its memory before a balloon that gives it out, and loses it after', async () => {
    const made = await vmWorld({ hotPlugFaults: false });
    await made.addVm(
      100,
      { ...config, hotplug: 'memory', numa: 1, balloon: 256, shares: 0 },
      { running: true },
    );
    const keys: string[] = [];
    const { hotPlug } = made.driver;
    made.driver.hotPlug = (context, vmid, changes) => {
      keys.push(...changes.map(({ key }) => key));
      return hotPlug.call(made.driver, context, vmid, changes);
    };
    await configure(made, { set: { memory: '1024', balloon: 1024 } });
    await configure(made, { set: { memory: '512', balloon: 256 } });
    expect(keys).toEqual(['memory', 'balloon', 'balloon', 'memory']);
    await made.dispose();
  });

  test('says why something waits', async () => {
    const made = await world(true);
    const ended = await configure(made, { set: { cores: 4, vcpus: 2, memory: '1024', sata0: 'local:1' } });
    expect(ended.log).toContain('cores waits for the next start: how many there can be is fixed');
    expect(ended.log).toContain('vcpus waits for the next start: hotplug does not name cpu');
    expect(ended.log).toContain('memory waits for the next start: hotplug does not name memory');
    expect(ended.log).toContain('sata0 waits for the next start: sata devices cannot be plugged');
    await made.dispose();
  });

  test('has no more processors than it was started with room for', async () => {
    const made = await vmWorld({ hotPlugFaults: false });
    await made.addVm(100, { ...config, hotplug: 'cpu', cores: 2 }, { running: true });
    const ended = await configure(made, { set: { cores: 4, vcpus: 4 } });
    expect(ended.log).toContain(
      'vcpus: it was started with room for 2 processors; it waits for the next start',
    );
    expect(made.document(100)?.running).toMatchObject({ cores: 2 });
    await made.dispose();
  });

  test('a volume moves from one drive to another', async () => {
    const made = await world(true);
    const ended = await configure(made, { set: { scsi5: disk(0) }, remove: ['scsi0'] });
    expect(ended.state).toBe('ok');
    expect(made.document(100)?.running).toMatchObject({ scsi5: `${disk(0)},size=1G` });
    const back = await configure(made, { set: { scsi0: disk(0) }, remove: ['scsi5'] });
    expect(back.log).not.toContain('waits');
    expect(made.document(100)?.running).toEqual(made.document(100)?.config);
    expect((await made.snapshot()).attached).toEqual([disk(0), disk(1)]);
    await made.dispose();
  });

  test('what waits is dropped by a revert, and its new disk becomes an unused one', async () => {
    const made = await world(true);
    await configure(made, { set: { memory: '1024', sata0: 'local:1' } });
    expect(made.document(100)?.running).toEqual(config);
    expect((await configure(made, { revert: ['memory', 'sata0'] })).state).toBe('ok');
    expect(made.document(100)?.config).toEqual({ ...config, unused0: disk(2) });
    await made.dispose();
  });

  test('a failure later takes back what the guest took, except what it does not let go of', async () => {
    const made = await world(true);
    const ended = await configure(
      made,
      { set: { scsi2: 'local:1', scsi3: 'local:1' } },
      ({ step, moment }) => {
        if (step !== 'remove-volumes' || moment !== 'before-run') return;
        made.driver.stubborn.add('scsi3');
        throw new Error('broken');
      },
    );
    expect(ended.state).toBe('failed');
    expect(ended.exitStatus).not.toContain('could not undo');
    expect(made.document(100)?.config).toEqual({ ...config, unused0: disk(3) });
    const { named, there } = await volumesOf(made);
    expect(there).toEqual([disk(0), disk(1), disk(3)]);
    expect(named).toEqual(there);
    expect(made.driver.devicesOf(100).join()).not.toContain('disk-2');
    await made.dispose();
  });
});

describe('volumes', () => {
  test('a disk that is taken off stays as an unused one; deleted again, it goes', async () => {
    const made = await world(false);
    expect((await configure(made, { remove: ['scsi1'] })).state).toBe('ok');
    expect(made.document(100)?.config['unused0']).toBe(disk(1));
    expect((await configure(made, { remove: ['unused0'] })).state).toBe('ok');
    expect(await volumesOf(made)).toEqual({ named: [disk(0)], there: [disk(0)] });
    await made.dispose();
  });

  test('by force it goes at once, unless the running guest keeps it: then it stays known', async () => {
    const made = await world(true);
    made.driver.stubborn.add('scsi1');
    const kept = await configure(made, { remove: ['scsi1'], force: true });
    expect(kept.log).toContain('still in use by the running guest');
    expect(made.document(100)?.config['unused0']).toBe(disk(1));
    expect((await volumesOf(made)).there).toContain(disk(1));
    made.driver.stubborn.clear();
    await configure(made, { remove: ['scsi1'] });
    expect((await configure(made, { remove: ['unused0'], force: true })).state).toBe('ok');
    expect(await volumesOf(made)).toEqual({ named: [disk(0)], there: [disk(0)] });
    await made.dispose();
  });

  test('what another guest refers to is not removed', async () => {
    const made = await world(false);
    await made.addVm(101, { scsi0: disk(1) });
    const ended = await configure(made, { remove: ['scsi1'], force: true });
    expect(ended.log).toContain('used by another guest');
    expect((await volumesOf(made)).there).toContain(disk(1));
    await made.dispose();
  });

  test.each(['before-run', 'after-run'] as const)(
    'broken at the removal (%s), the configuration names what is there and nothing else',
    async (moment) => {
      const made = await world(true);
      const ended = await configure(made, { remove: ['scsi1'], force: true }, (point) => {
        if (point.step === 'remove-volumes' && point.moment === moment) throw new Error('broken');
      });
      expect(ended).toMatchObject({ state: 'failed' });
      expect(ended.exitStatus).not.toContain('could not undo');
      const { named, there } = await volumesOf(made);
      expect(named).toEqual(there);
      expect(there).toEqual(moment === 'before-run' ? [disk(0), disk(1)] : [disk(0)]);
      await made.dispose();
    },
  );

  test('cancelled before the removal, nothing goes', async () => {
    const made = await world(false);
    const ended = await configure(made, { remove: ['scsi1'], force: true }, async (point, runner) => {
      if (point.step === 'remove-volumes' && point.moment === 'before-run') await runner.cancel(point.upid);
    });
    expect(ended.state).toBe('cancelled');
    expect(made.document(100)?.config).toEqual(config);
    expect((await volumesOf(made)).there).toEqual([disk(0), disk(1)]);
    await made.dispose();
  });
});

test('a digest of another configuration is refused, and nothing changes', async () => {
  const made = await world(false);
  const refused = await configure(made, { set: { name: 'other' }, digest: configDigest({ name: 'old' }) });
  expect(refused).toMatchObject({ state: 'failed', errorCode: 'wrong-state' });
  expect(made.document(100)?.config).toEqual(config);
  expect((await configure(made, { set: { name: 'other' }, digest: configDigest(config) })).state).toBe('ok');
  await made.dispose();
});
