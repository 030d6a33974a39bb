// kill -9 of the real daemon at every boundary of the tasks on containers: the next start finishes them or leaves nothing, and who ran runs on.
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CtTaskParts } from '../../server/guests/ct/ct-task-parts.ts';
import { ctCloneKind } from '../../server/tasks/kinds/ct-clone.ts';
import { ctCreateKind } from '../../server/tasks/kinds/ct-create.ts';
import { ctDeleteKind } from '../../server/tasks/kinds/ct-delete.ts';
import { ctRollbackKind } from '../../server/tasks/kinds/ct-rollback.ts';
import { ctSnapshotKind } from '../../server/tasks/kinds/ct-snapshot.ts';
import { ctStartKind } from '../../server/tasks/kinds/ct-start.ts';
import { boundariesOf, CrashWorld, endsBefore, stepsOf } from './crash-world.ts';
import { busyboxTemplate } from './ct-templates.ts';
import { CtWorld, firstVmid, whyNoContainers } from './ct-world.ts';

const why = whyNoContainers();
if (why !== undefined) process.stderr.write(`crashes are not tested on containers: ${why}\n`);

// Only the names of the steps are read.
const noParts = {} as CtTaskParts;
const create = stepsOf(ctCreateKind(noParts));
const destroy = stepsOf(ctDeleteKind(noParts));
const clone = stepsOf(ctCloneKind(noParts));
const snapshot = stepsOf(ctSnapshotKind(noParts));
const rollback = stepsOf(ctRollbackKind(noParts));
const start = stepsOf(ctStartKind(noParts));

const containers = new CtWorld();
const world = new CrashWorld(containers.daemon);
const { daemon } = world;
const [bystander, source, kept, model] = [firstVmid + 1, firstVmid + 2, firstVmid + 3, firstVmid + 4];
let nextVmid = firstVmid + 10;
let nextTemplate = 0;
let template: string;
let pid: number;

const pidOf = async (vmid: number) =>
  (await daemon.ok<{ pid?: number }>('GET', `${containers.path(vmid)}/status/current`)).pid ?? 0;
const exists = async (vmid: number) =>
  (await daemon.call('GET', `${containers.path(vmid)}/config`)).status === 200;
/** A template that nobody has unpacked yet. */
const freshTemplate = () => containers.addTemplate(busyboxTemplate(), `fresh-${nextTemplate++}.tar.gz`);

/** Crashes there, starts again, and answers the task that was under way. */
async function crashAndRecover(spec: string, request: () => Promise<unknown>) {
  await world.crash(spec, request);
  await world.recover();
  expect(await pidOf(bystander)).toBe(pid);
  return world.newest(spec.split(':')[0] ?? '');
}

/** Nothing of the container, and nothing half done beside it. */
async function expectNothingLeft(vmid: number): Promise<void> {
  expect(await exists(vmid)).toBe(false);
  expect(containers.leftovers(vmid)).toEqual([]);
  expectNoPlaces();
}

/** Mounts for copies, unfinished template bases. */
function expectNoPlaces(): void {
  expect(
    containers.mounts().filter((point) => !point.startsWith(`${containers.base}/${bystander}/`)),
  ).toEqual([]);
  expect(readdirSync(containers.base).filter((name) => name.length > 9)).toEqual([]);
  const bases = readdirSync(join(daemon.storagePath, 'images/0'));
  expect(bases.filter((name) => !name.startsWith('base-'))).toEqual([]);
}

beforeAll(async () => {
  await daemon.start();
  template = containers.addTemplate(busyboxTemplate(), 'busybox.tar.gz');
  expect(await containers.create(bystander, template, { start: 1 })).toBe('OK');
  for (const vmid of [source, kept, model]) expect(await containers.create(vmid, template)).toBe('OK');
  await daemon.ok('POST', `${containers.path(source)}/template`);
  pid = await pidOf(bystander);
  expect(pid).toBeGreaterThan(1);
});
afterAll(() => containers.dispose());

describe.skipIf(why !== undefined)('a crash while a container is', () => {
  it.each(boundariesOf(create))('made, at %s', async (spec) => {
    const vmid = nextVmid++;
    const ostemplate = /:(plan-volumes|template-base):/.test(spec) ? freshTemplate() : template;
    const params = {
      vmid,
      ostemplate,
      unprivileged: 1,
      memory: 32,
      password: 'geheim',
      rootfs: 'local:0.125',
      start: 1,
    };
    const task = await crashAndRecover(spec, () => daemon.call('POST', '/nodes/testnode/lxc', params));
    expect(task.id).toBe(String(vmid));
    if (endsBefore(create, spec)) {
      expect(task.state).toBe('warnings');
      expect(await containers.state(vmid)).toBe('running');
      expect(await containers.sh(vmid, 'echo it lives')).toBe('it lives');
      expect(await containers.remove(vmid, { force: 1 })).toBe('OK');
    } else expect(task.state).toBe('interrupted');
    await expectNothingLeft(vmid);
    expect((await containers.log(task.upid)).join('\n')).not.toContain('could not undo');
  });

  it.each(boundariesOf(clone))('cloned, at %s', async (spec) => {
    const newid = nextVmid++;
    const task = await crashAndRecover(spec, () =>
      daemon.call('POST', `${containers.path(source)}/clone`, { newid }),
    );
    if (endsBefore(clone, spec)) {
      expect(['ok', 'warnings']).toContain(task.state);
      expect(await containers.power(newid, 'start')).toBe('OK');
      expect(await containers.remove(newid, { force: 1 })).toBe('OK');
    } else expect(task.state).toBe('interrupted');
    await expectNothingLeft(newid);
    // The source is nobody's: it can be cloned again at once.
    expect(await containers.task('POST', `${containers.path(source)}/clone`, { newid })).toBe('OK');
    expect(await containers.remove(newid)).toBe('OK');
  });

  it.each(boundariesOf(snapshot))('kept, at %s', async (spec) => {
    const path = `${containers.path(kept)}/snapshot`;
    const task = await crashAndRecover(spec, () => daemon.call('POST', path, { snapname: 'one' }));
    const names = (await daemon.ok<{ name: string }[]>('GET', path)).map(({ name }) => name);
    if (endsBefore(snapshot, spec)) expect(names).toEqual(['one', 'current']);
    else {
      expect(task.state).toBe('interrupted');
      expect(names).toEqual(['current']);
      expect(await daemon.task('POST', path, { snapname: 'one' })).toBe('OK');
    }
    expect(await daemon.task('DELETE', `${path}/one`)).toBe('OK');
    expectNoPlaces();
  });

  it.each(boundariesOf(start))('started, at %s', async (spec) => {
    const task = await crashAndRecover(spec, () =>
      daemon.call('POST', `${containers.path(kept)}/status/start`),
    );
    expect(task).toMatchObject({ id: String(kept), state: 'ok' });
    expect(await containers.state(kept)).toBe('running');
    expect(await containers.sh(kept, 'echo it lives')).toBe('it lives');
    expect(await containers.power(kept, 'stop')).toBe('OK');
    expectNoPlaces();
  });

  describe('taken back', () => {
    beforeAll(async () => {
      expect(await daemon.task('POST', `${containers.path(model)}/snapshot`, { snapname: 'then' })).toBe(
        'OK',
      );
    });

    it.each(boundariesOf(rollback))('at %s', async (spec) => {
      expect(await containers.power(model, 'start')).toBe('OK');
      await containers.sh(model, 'echo new >/root/new');
      const path = `${containers.path(model)}/snapshot/then/rollback`;
      const task = await crashAndRecover(spec, () => daemon.call('POST', path, { start: 1 }));
      expect(task).toMatchObject({ id: String(model), state: 'ok' });
      expect(await containers.state(model)).toBe('running');
      expect(await containers.sh(model, 'ls /root')).toBe('');
      expect(await containers.power(model, 'stop')).toBe('OK');
      expectNoPlaces();
    });
  });

  it.each(boundariesOf(destroy))('removed, at %s', async (spec) => {
    const vmid = nextVmid++;
    expect(await containers.create(vmid, template, { start: 1 })).toBe('OK');
    const task = await crashAndRecover(spec, () =>
      daemon.call('DELETE', containers.path(vmid), { force: 1 }),
    );
    expect(task).toMatchObject({ id: String(vmid), state: 'ok' });
    await expectNothingLeft(vmid);
  });

  it('finds everything in order at the end', async () => {
    for (const vmid of [kept, model, bystander])
      expect(await containers.remove(vmid, { force: 1 })).toBe('OK');
    expect(await containers.remove(source)).toBe('OK');
    expect(containers.mounts()).toEqual([]);
    expect(containers.volumes()).toEqual([]);
    expect(existsSync(join(containers.base, String(kept)))).toBe(false);
  });
});
