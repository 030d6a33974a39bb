// The tasks `vzclone` and `vztemplate` under the suite of task kinds: linked, full, copied, from a snapshot; what is refused.

import { describe, expect, test } from 'vitest';
import { describeTaskKind } from '../../../test/contracts/task-kind.ts';
import { type CtWorld, type CtWorldOptions, ctConfig, ctWorld } from '../../../test/fixtures/ct-world.ts';
import { runnerWorld } from '../../../test/fixtures/task-runner-world.ts';
import { quietContext } from '../../core/work-context.ts';
import type { VmConfig } from '../../guests/config/config-keys.ts';
import type { CtCloneParams } from '../../guests/ct/ct-params.ts';
import type { TaskKind } from '../task.ts';
import { ctCloneKind } from './ct-clone.ts';
import { ctTemplateKind } from './ct-template.ts';

const config: VmConfig = {
  ...ctConfig(100),
  mp0: 'local:100/subvol-100-disk-1.subvol,mp=/srv,size=1G',
  unused0: 'local:100/subvol-100-disk-2.subvol',
  protection: 1,
};
const template: VmConfig = {
  ...ctConfig(100),
  rootfs: 'local:100/base-100-disk-0.subvol,size=1G',
  template: 1,
};

async function world(of = config, options: CtWorldOptions = {}, how: Parameters<CtWorld['addCt']>[2] = {}) {
  const made = await ctWorld(options);
  await made.addCt(100, of, how);
  return made;
}

/** MAC addresses are made up anew by each task. */
function under<P, S>(made: CtWorld, kind: TaskKind<P, S>, params: P) {
  const snapshot = async () =>
    JSON.parse(
      JSON.stringify(await made.snapshot()).replaceAll(/hwaddr=[0-9A-F:]+/g, 'hwaddr=any'),
    ) as unknown;
  return { ...made.under(kind, params), snapshot };
}

const full: CtCloneParams = { vmid: 100, newId: 200, full: true, hostname: 'twin', pool: 'office' };

describeTaskKind('vzclone, full', async () => {
  const made = await world();
  return under(made, ctCloneKind(made.parts), full);
});

describeTaskKind('vzclone, full, copied to another storage', async () => {
  const made = await world();
  return under(made, ctCloneKind(made.parts), { ...full, storage: 'other' });
});

describeTaskKind('vzclone, linked to a template', async () => {
  const made = await world(template);
  return under(made, ctCloneKind(made.parts), { vmid: 100, newId: 200, full: false });
});

describeTaskKind('vztemplate', async () => {
  const made = await world();
  const task = { kind: ctTemplateKind(made.parts), params: { vmid: 100 } };
  return made.under(task.kind, task.params, async () =>
    made.document(100)?.config['template'] === 1 ? undefined : task,
  );
});

async function run<P, S>(kind: TaskKind<P, S>, params: P) {
  const tasks = runnerWorld();
  tasks.runner.register(kind);
  const ended = await tasks.runner.wait(await tasks.runner.start(kind, params, { requester: 'root@pam' }));
  return { ...ended, log: tasks.log(ended.upid).join('\n') };
}
const clone = (made: CtWorld, more: Partial<CtCloneParams>) =>
  run(ctCloneKind(made.parts), { ...full, ...more });

describe('a clone', () => {
  test('has volumes, a name and cards of its own, and its files are told', async () => {
    const made = await world();
    expect((await clone(made, {})).state).toBe('ok');
    const copy = made.document(200)!.config;
    expect(copy).toMatchObject({
      hostname: 'twin',
      rootfs: 'local:200/subvol-200-disk-0.subvol,size=1G',
      mp0: 'local:200/subvol-200-disk-1.subvol,mp=/srv,size=1G',
    });
    for (const key of ['protection', 'unused0']) expect(copy[key]).toBeUndefined();
    expect(copy['net0']).not.toBe(config['net0']);
    expect((await made.snapshot()).roots['/memory/local/200/subvol-200-disk-0.subvol']).toEqual(
      expect.arrayContaining(['content', 'first of 200', 'name twin']),
    );
    await made.dispose();
  });

  test('copies file by file what its storage cannot clone', async () => {
    const made = await world(config, { clones: false });
    const ended = await clone(made, {});
    expect(ended.state).toBe('ok');
    expect(ended.log).toContain('copy clone');
    expect((await made.snapshot()).roots['/memory/local/200/subvol-200-disk-0.subvol']).toContain('content');
    expect(await made.snapshot()).toMatchObject({ attached: [], mounted: [] });
    await made.dispose();
  });

  test('of a running container is made of a snapshot only, and leaves it what it has open', async () => {
    const made = await world(config, { clones: false }, { running: true, snapshots: ['before'] });
    const { attached, mounted } = await made.snapshot();
    expect(await clone(made, {})).toMatchObject({ state: 'failed', errorCode: 'wrong-state' });
    expect((await clone(made, { snapshot: 'before' })).state).toBe('ok');
    expect(await made.snapshot()).toMatchObject({ attached, mounted });
    expect(made.document(200)?.snapshots).toBeUndefined();
    await made.dispose();
  });

  test('linked to a snapshot shares what the storage can share', async () => {
    const made = await world(config, {}, { snapshots: ['before'] });
    expect((await clone(made, { full: false, snapshot: 'before' })).state).toBe('ok');
    const at = await made.storages.volume(quietContext(), 'local:200/subvol-200-disk-0.subvol');
    expect(at.parent).toContain('subvol-100-disk-0');
    await made.dispose();
  });

  test.each([
    ['onto a taken number', { newId: 100 }, 'already-exists', 'CT 100 already exists'],
    [
      'linked to what is neither template nor snapshot',
      { full: false },
      'invalid-input',
      'template or a snapshot',
    ],
    ['of a snapshot that is not there', { snapshot: 'none' }, 'not-found', 'none'],
    ['to a storage that is not there', { storage: 'none' }, 'not-found', 'none'],
  ] as const)('%s is refused', async (_what, more, code, text) => {
    const made = await world();
    const ended = await clone(made, more);
    expect(ended).toMatchObject({ state: 'failed', errorCode: code });
    expect(ended.exitStatus).toContain(text);
    await made.dispose();
  });

  test('linked is refused by a storage that cannot, by its name', async () => {
    const made = await world(template, { clones: false });
    expect(await clone(made, { full: false })).toMatchObject({
      errorCode: 'unsupported',
      exitStatus: expect.stringContaining(
        "storage 'local': volumes of format 'subvol' cannot have linked clones",
      ),
    });
    await made.dispose();
  });

  test('with a folder of the host is refused', async () => {
    const made = await world({ ...config, mp1: '/srv/shared,mp=/shared' });
    expect(await clone(made, {})).toMatchObject({
      errorCode: 'unsupported',
      exitStatus: expect.stringContaining("'mp1'"),
    });
    await made.dispose();
  });
});

describe('a template', () => {
  test('has bases for volumes, and cannot be made of what runs, has snapshots or is one', async () => {
    const made = await world();
    expect((await run(ctTemplateKind(made.parts), { vmid: 100 })).state).toBe('ok');
    expect(made.document(100)?.config).toMatchObject({
      rootfs: 'local:100/base-100-disk-0.subvol,size=1G',
      mp0: 'local:100/base-100-disk-1.subvol,mp=/srv,size=1G',
      template: 1,
    });
    expect(await run(ctTemplateKind(made.parts), { vmid: 100 })).toMatchObject({ errorCode: 'wrong-state' });
    await made.dispose();
    for (const how of [{ running: true }, { snapshots: ['before'] }]) {
      const other = await world(config, {}, how);
      expect(await run(ctTemplateKind(other.parts), { vmid: 100 })).toMatchObject({
        errorCode: 'wrong-state',
      });
      await other.dispose();
    }
  });
});
