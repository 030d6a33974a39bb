// The task `qmcloudinit` under the suite of task kinds, and what other tasks make of a cloud-init drive.
import { describe, expect, test } from 'vitest';
import { describeTaskKind } from '../../../test/contracts/task-kind.ts';
import { runnerWorld } from '../../../test/fixtures/task-runner-world.ts';
import { type VmWorld, vmWorld } from '../../../test/fixtures/vm-world.ts';
import type { VmConfig } from '../../guests/config/config-keys.ts';
import { mergeConfigChange } from '../../guests/config/merge-config-change.ts';
import { changeGuest } from '../../guests/guest-documents.ts';
import { vmCloudInitKind } from './vm-cloud-init.ts';
import { type ConfigParams, vmConfigKind } from './vm-config.ts';
import { vmCreateKind } from './vm-create.ts';
import { vmDeleteKind } from './vm-delete.ts';
import { vmStartKind } from './vm-start.ts';

const volume = (number = '') => `local:100/vm-100-cloudinit${number}.raw`;
const config: VmConfig = {
  scsihw: 'virtio-scsi-pci',
  ide2: `${volume()},media=cdrom,size=4M`,
  net0: 'virtio=BC:24:11:00:00:01,bridge=vmbr0',
  ciuser: 'ann',
  ipconfig0: 'ip=dhcp',
};
const params = (more: Partial<ConfigParams>): ConfigParams => ({
  ...{ vmid: 100, set: {}, remove: [], revert: [], digest: undefined, force: false },
  ...more,
});

async function world(running: boolean, more: VmConfig = {}, hotPlugFaults = false): Promise<VmWorld> {
  const made = await vmWorld({ hotPlugFaults });
  await made.addVm(100, { ...config, ...more }, { running });
  return made;
}

/** As started before with `config`, then told to be for `bob`. */
async function changed(running: boolean): Promise<VmWorld> {
  const made = await world(running);
  if (!running) return made;
  await run(made, 'qmcloudinit', { vmid: 100 });
  await changeGuest(made.store, 100, (document) => ({
    ...document,
    config: { ...document.config, ciuser: 'bob', sshkeys: 'ssh-ed25519%20AAAAC3' },
  }));
  return made;
}

async function run(made: VmWorld, type: string, given: object) {
  const tasks = runnerWorld();
  for (const kind of [vmCloudInitKind, vmConfigKind, vmStartKind, vmDeleteKind, vmCreateKind])
    tasks.runner.register(kind(made.parts) as never);
  const upid = await tasks.runner.start(type, given, { requester: 'root@pam' });
  return { ...(await tasks.runner.wait(upid)), log: tasks.log(upid).join('\n') };
}

/** The files on the drive, as one text. */
const told = (made: VmWorld, name = volume()) =>
  Object.values(made.cloudInitImages.get(`/memory/local/${name.slice(6)}`)?.files ?? {}).join('\n');

describeTaskKind('qmcloudinit of a running VM', async () => {
  const made = await changed(true);
  return made.under(vmCloudInitKind(made.parts), { vmid: 100 });
});

describeTaskKind('qmcloudinit of a stopped VM', async () => {
  const made = await changed(false);
  return made.under(vmCloudInitKind(made.parts), { vmid: 100 });
});

describeTaskKind('qmconfig that gives a running VM a cloud-init drive', async () => {
  const made = await vmWorld({ hotPlugFaults: false });
  await made.addVm(100, { scsihw: 'virtio-scsi-pci' }, { running: true });
  return made.under(vmConfigKind(made.parts), params({ set: { scsi1: 'local:cloudinit', ciuser: 'ann' } }));
});

describeTaskKind('qmconfig of a running VM with hot-plug of cloud-init', async () => {
  const made = await world(true, { hotplug: 'disk,cloudinit' });
  await run(made, 'qmcloudinit', { vmid: 100 });
  return made.under(vmConfigKind(made.parts), params({ set: { ciuser: 'bob' }, remove: ['ipconfig0'] }));
});

describeTaskKind('qmcreate with a cloud-init drive, and a start', async () => {
  const made = await vmWorld();
  const set = { ide2: 'local:cloudinit', ciuser: 'ann' };
  const generate = { mac: () => 'BC:24:11:00:00:09', uuid: () => '0f4c6b9a-1111-4222-8333-444455556666' };
  const change = mergeConfigChange({}, set, [], { vmid: 100, create: true, generate });
  return made.under(vmCreateKind(made.parts), { vmid: 100, change, start: true });
});

describe('the drive', () => {
  test('is filled when the guest starts, with what it is to be then', async () => {
    const made = await world(false);
    expect((await run(made, 'qmstart', { vmid: 100 })).log).toContain('made the cloud-init image');
    expect(told(made)).toContain('user: "ann"');
    expect(told(made)).toContain('address:\n      - "192.0.2.53"');
    await made.dispose();
  });

  test('is told a running guest on demand: what waited waits no more, and the disc was out', async () => {
    const made = await changed(true);
    const plugged: string[] = [];
    const { hotPlug } = made.driver;
    made.driver.hotPlug = (context, vmid, changes) => {
      plugged.push(...changes.map((change) => ('deviceXml' in change ? change.deviceXml : '')));
      return hotPlug.call(made.driver, context, vmid, changes);
    };
    expect((await run(made, 'qmcloudinit', { vmid: 100 })).state).toBe('ok');
    expect(told(made)).toContain('user: "bob"');
    expect(made.document(100)?.running).toEqual(made.document(100)?.config);
    expect(plugged.map((xml) => xml.includes('vm-100-cloudinit.raw'))).toEqual([false, true]);
    await made.dispose();
  });

  test('is made anew for a guest that holds its tray, with a warning', async () => {
    const made = await changed(true);
    made.driver.stubborn.add('ide2');
    const ended = await run(made, 'qmcloudinit', { vmid: 100 });
    expect(ended).toMatchObject({ state: 'warnings' });
    expect(ended.log).toContain('ide2: the guest does not let go of its disc');
    expect(told(made)).toContain('user: "bob"');
    await made.dispose();
  });

  test.each([
    ['at once where the option hotplug says so', 'disk,cloudinit', 'bob'],
    ['at its next start else', 'disk', 'ann'],
  ])('tells a running guest of a change %s', async (_when, hotplug, user) => {
    const made = await world(true, { hotplug });
    await run(made, 'qmcloudinit', { vmid: 100 });
    const ended = await run(made, 'qmconfig', params({ set: { ciuser: 'bob' } }));
    expect(told(made)).toContain(`user: "${user}"`);
    expect(made.document(100)?.running?.['ciuser']).toBe(user);
    expect(ended.log.includes('ciuser waits for the next start')).toBe(user === 'ann');
    await made.dispose();
  });

  test('goes with its key, is never an unused disk, and moves to another bus under another name', async () => {
    const made = await world(false);
    await run(made, 'qmconfig', params({ set: { scsi3: 'local:cloudinit,format=qcow2' }, remove: ['ide2'] }));
    expect(made.document(100)?.config).toMatchObject({ scsi3: `${volume('-1')},media=cdrom,size=4M` });
    expect((await made.snapshot()).volumes).toEqual([`${volume('-1')} ${4 * 1024 ** 2}`]);
    await run(made, 'qmconfig', params({ set: { scsi3: 'none,media=cdrom' } }));
    expect((await made.snapshot()).volumes).toEqual([]);
    expect(Object.keys(made.document(100)!.config).filter((key) => key.startsWith('unused'))).toEqual([]);
    await made.dispose();
  });

  test('goes with its VM', async () => {
    const made = await world(false);
    expect((await run(made, 'qmdestroy', { vmid: 100, unreferenced: false })).state).toBe('ok');
    expect((await made.snapshot()).volumes).toEqual([]);
    await made.dispose();
  });

  test('keeps a guest from starting when a file of its own is gone', async () => {
    const made = await world(false, { cicustom: 'user=local:snippets/user.yaml' });
    const ended = await run(made, 'qmstart', { vmid: 100 });
    expect(ended.state).toBe('failed');
    expect(ended.exitStatus).toContain('snippets/user.yaml');
    await made.addVolume('local:snippets/user.yaml');
    expect((await run(made, 'qmstart', { vmid: 100 })).state).toBe('ok');
    expect(told(made)).not.toContain('user: "ann"');
    await made.dispose();
  });
});
