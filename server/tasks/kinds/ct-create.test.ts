// The task `vzcreate` under the suite of task kinds, from a base and unpacked on its own; what is shared, waited for and forgotten.

import { describe, expect, test } from 'vitest';
import { describeTaskKind } from '../../../test/contracts/task-kind.ts';
import { type CtWorld, type CtWorldOptions, ctTemplate, ctWorld } from '../../../test/fixtures/ct-world.ts';
import { runnerWorld } from '../../../test/fixtures/task-runner-world.ts';
import { AppError } from '../../core/errors.ts';
import { gibibyte } from '../../core/units.ts';
import type { ConfigInput } from '../../guests/config/config-keys.ts';
import { mergeCtChange } from '../../guests/ct/config/merge-ct-change.ts';
import type { CtCreateParams } from '../../guests/ct/ct-params.ts';
import { ctCreateKind } from './ct-create.ts';

const wanted = {
  ...{ hostname: 'web', memory: 256, unprivileged: true, rootfs: 'local:2', mp0: 'other:1,mp=/srv' },
  net0: 'name=eth0,bridge=vmbr0,ip=dhcp',
};

function paramsFor(vmid: number, set: Readonly<Record<string, ConfigInput>>, start: boolean): CtCreateParams {
  const generate = { mac: () => 'BC:24:11:00:00:01' };
  const change = mergeCtChange({}, set, [], { vmid, create: true, generate });
  return { vmid, change, template: ctTemplate, start, pool: 'office' };
}

async function world(options: CtWorldOptions = {}): Promise<CtWorld> {
  const made = await ctWorld(options);
  await made.addVolume(ctTemplate);
  return made;
}

for (const start of [false, true]) {
  describeTaskKind(`vzcreate from a template's base ${start ? 'with' : 'without'} a start`, async () => {
    const made = await world();
    const secrets = made.parts.secrets.put({ password: 'secret word' });
    return made.under(ctCreateKind(made.parts), { ...paramsFor(100, wanted, start), secrets });
  });
}

describeTaskKind('vzcreate on a storage that clones nothing', async () => {
  const made = await world({ clones: false });
  return made.under(ctCreateKind(made.parts), paramsFor(100, wanted, false));
});

async function tasksOf(made: CtWorld) {
  const tasks = runnerWorld();
  tasks.runner.register(ctCreateKind(made.parts));
  const start = (params: CtCreateParams) => tasks.runner.start('vzcreate', params, { requester: 'root@pam' });
  return { tasks, start, run: async (params: CtCreateParams) => tasks.runner.wait(await start(params)) };
}

describe('a new container', () => {
  test('is not made when its pool went meanwhile', async () => {
    const made = await world();
    const before = await made.snapshot();
    const { run } = await tasksOf(made);
    expect(await run({ ...paramsFor(100, wanted, true), pool: 'gone' })).toMatchObject({
      state: 'failed',
      exitStatus: "pool 'gone' does not exist",
    });
    expect(await made.snapshot()).toEqual(before);
  });

  test('has a clone of the base, its mount points, what the template said, and starts', async () => {
    const made = await world();
    const { run } = await tasksOf(made);
    expect(await run(paramsFor(100, wanted, true))).toMatchObject({ state: 'ok', objectId: '100' });
    expect((await made.snapshot()).pooled).toEqual([100]);
    const { config, running } = made.document(100)!;
    expect(config).toMatchObject({
      rootfs: 'local:100/subvol-100-disk-0.subvol,size=2G',
      mp0: 'other:100/subvol-100-disk-0.subvol,mp=/srv,size=1G',
      ostype: 'debian',
      arch: 'amd64',
      net0: 'name=eth0,bridge=vmbr0,hwaddr=BC:24:11:00:00:01,ip=dhcp,type=veth',
    });
    expect(running).toEqual(config);
    expect(await made.sizeOf('local:100/subvol-100-disk-0.subvol')).toBe(2 * gibibyte);
    const root = (await made.snapshot()).roots['/memory/local/100/subvol-100-disk-0.subvol'];
    expect(root).toEqual(expect.arrayContaining(['first of 100', 'name web']));
    await made.dispose();
  });

  test('of an image format is unpacked into its own', async () => {
    const made = await world({ format: 'raw' });
    const { run } = await tasksOf(made);
    expect((await run(paramsFor(100, wanted, false))).state).toBe('ok');
    expect(made.document(100)?.config['rootfs']).toBe('local:100/vm-100-disk-0.raw,size=2G');
    expect(await made.bases()).toEqual([]);
    expect((await made.snapshot()).mounted).toEqual([]);
    await made.dispose();
  });

  test('whose size nothing limits gets a warning', async () => {
    const made = await world({ limits: false });
    const { run, tasks } = await tasksOf(made);
    const ended = await run(paramsFor(100, wanted, false));
    expect(ended).toMatchObject({ state: 'warnings', exitStatus: 'WARNINGS: 2' });
    expect(tasks.log(ended.upid).join('\n')).toContain("storage 'local' cannot limit the size of a tree");
    await made.dispose();
  });

  test('does not take a number or a volume that is there', async () => {
    const made = await world();
    await made.addVolume('local:100/subvol-100-disk-0.subvol', 5 * gibibyte);
    const { run } = await tasksOf(made);
    expect((await run(paramsFor(100, wanted, false))).state).toBe('ok');
    expect(made.document(100)?.config['rootfs']).toContain('100/subvol-100-disk-1.subvol');
    expect(await made.sizeOf('local:100/subvol-100-disk-0.subvol')).toBe(5 * gibibyte);
    expect(await run(paramsFor(100, wanted, false))).toMatchObject({ errorCode: 'already-exists' });
    await made.dispose();
  });
});

describe('a template', () => {
  test('is unpacked once for containers that come at the same time, and the log says who waits', async () => {
    const made = await world();
    const { start, tasks } = await tasksOf(made);
    const gate = Promise.withResolvers<void>();
    made.onUnpack = () => gate.promise;
    const upids = await Promise.all([100, 101, 102].map((vmid) => start(paramsFor(vmid, wanted, false))));
    await expect
      .poll(() => upids.filter((upid) => tasks.log(upid).join().includes('waiting for another')).length)
      .toBe(2);
    gate.resolve();
    for (const upid of upids) expect((await tasks.runner.wait(upid)).state).toBe('ok');
    expect(made.unpacked()).toBe(1);
    expect(await made.bases()).toHaveLength(1);
    await made.dispose();
  });

  test('whose unpacking fails is tried again by whoever waits', async () => {
    const made = await world();
    const { start, tasks } = await tasksOf(made);
    const gate = Promise.withResolvers<void>();
    made.onUnpack = async () => {
      await gate.promise;
      if (made.unpacked() === 1) throw new AppError('invalid-input', 'the archive is damaged');
    };
    const [first, second] = await Promise.all(
      [100, 101].map((vmid) => start(paramsFor(vmid, wanted, false))),
    );
    await expect.poll(() => tasks.log(second!).join()).toContain('waiting for another');
    gate.resolve();
    expect(await tasks.runner.wait(first!)).toMatchObject({ state: 'failed', errorCode: 'invalid-input' });
    expect((await tasks.runner.wait(second!)).state).toBe('ok');
    expect(made.unpacked()).toBe(2);
    expect((await made.snapshot()).documents).toHaveLength(1);
    await made.dispose();
  });

  test('whose waiting is cancelled waits no more', async () => {
    const made = await world();
    const { start, tasks } = await tasksOf(made);
    const gate = Promise.withResolvers<void>();
    made.onUnpack = () => gate.promise;
    const [first, second] = await Promise.all(
      [100, 101].map((vmid) => start(paramsFor(vmid, wanted, false))),
    );
    await expect.poll(() => tasks.log(second!).join()).toContain('waiting for another');
    await tasks.runner.cancel(second!);
    expect((await tasks.runner.wait(second!)).state).toBe('cancelled');
    gate.resolve();
    expect((await tasks.runner.wait(first!)).state).toBe('ok');
    await made.dispose();
  });
});

describe('the first password', () => {
  test('reaches the root, is stored nowhere, and is forgotten at the end', async () => {
    const made = await world();
    const { run, tasks } = await tasksOf(made);
    const secrets = made.parts.secrets.put({ password: 'secret word', sshKeys: 'ssh-ed25519 AAAA' });
    const ended = await run({ ...paramsFor(100, wanted, false), secrets });
    expect((await made.snapshot()).roots['/memory/local/100/subvol-100-disk-0.subvol']).toContain(
      'password secret word',
    );
    const stored = tasks.db.serialize().toString('latin1');
    expect(stored).toContain(ctTemplate);
    expect(stored).not.toContain('secret word');
    expect(tasks.log(ended.upid).join()).not.toContain('secret word');
    expect(() => made.parts.secrets.read(secrets)).toThrow('create the container again');
    await made.dispose();
  });

  test('is forgotten when the creation fails, too', async () => {
    const made = await world();
    const { run } = await tasksOf(made);
    made.onUnpack = async () => {
      throw new AppError('invalid-input', 'damaged');
    };
    const secrets = made.parts.secrets.put({ password: 'secret word' });
    expect((await run({ ...paramsFor(100, wanted, false), secrets })).state).toBe('failed');
    expect(() => made.parts.secrets.read(secrets)).toThrow('create the container again');
    await made.dispose();
  });
});
