// The storage routes as a handler sees them: who sees what, what is answered, which task is started.
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ovfText, tarOf } from '../../../test/fixtures/appliance.ts';
import { type StorageWorld, storageWorld } from '../../../test/fixtures/storage-world.ts';
import { runnerWorld } from '../../../test/fixtures/task-runner-world.ts';
import { AppError } from '../../core/errors.ts';
import { downloadKind } from '../../tasks/kinds/download.ts';
import { imgCopyKind } from '../../tasks/kinds/img-copy.ts';
import { imgDeleteKind } from '../../tasks/kinds/img-delete.ts';
import { volumeCopyKind } from '../../tasks/kinds/volume-copy.ts';
import type { TaskRunner } from '../../tasks/task-runner.ts';
import type { Route } from '../route.ts';
import { callRoute, type May } from './route-fixture.ts';
import { storageRoutes } from './storage.ts';

let world: StorageWorld;
let runner: TaskRunner;
let routes: Route[];
beforeEach(async () => {
  world = await storageWorld();
  await world.service.status('local');
  const tasks = runnerWorld();
  runner = tasks.runner;
  runner.register(imgCopyKind(world.service));
  runner.register(imgDeleteKind(world.service));
  runner.register(downloadKind({ storages: world.service }));
  runner.register(volumeCopyKind(world.service));
  routes = storageRoutes({
    ...{ storages: world.service, tasks: runner, series: () => [] },
    orphans: async () => [],
  });
});
afterEach(async () => await world.cleanUp());

const none = () => false;

const call = (method: string, given: Record<string, unknown>, may?: May) =>
  callRoute(routes, method, given, may);

async function code(work: Promise<unknown>): Promise<string> {
  return await work.then(
    () => 'fine',
    (error: unknown) => (error instanceof AppError ? error.code : String(error)),
  );
}

const here = { node: 'pve1', storage: 'local' };
const content = '/nodes/{node}/storage/{storage}/content';
const volume = `${content}/{volume}`;

describe('configuration', () => {
  test('create, read, change, remove', async () => {
    const given = {
      storage: 's1',
      type: 'dir',
      path: path.join(world.root, 's1'),
      content: 'iso',
      disable: '0',
    };
    expect(await call('POST /storage', given)).toEqual({ storage: 's1', type: 'dir' });
    expect(await call('GET /storage', {})).toMatchObject([
      { storage: 'local' },
      { storage: 's1', disable: 0 },
    ]);
    const { digest } = (await call('GET /storage/{storage}', { storage: 's1' })) as { digest: string };
    const change = { storage: 's1', content: 'iso,vztmpl', delete: 'disable', digest };
    await call('PUT /storage/{storage}', change);
    expect(await call('GET /storage/{storage}', { storage: 's1' })).toMatchObject({ content: 'iso,vztmpl' });
    expect(await code(call('PUT /storage/{storage}', change))).toBe('wrong-state');
    expect(await code(call('PUT /storage/{storage}', { storage: 's1', server: 'x' }))).toBe('invalid-input');
    await call('DELETE /storage/{storage}', { storage: 's1' });
    expect(await call('GET /storage', {})).toMatchObject([{ storage: 'local' }]);
    expect(await call('GET /storage', {}, none)).toEqual([]);
  });
});

describe('options that are no parameters', () => {
  const refusal = (options: string) =>
    call('POST /storage', { storage: 's2', type: 'dir', path: '/x', 'plugin-options': options }).catch(
      (error: unknown) => (error as AppError).fields,
    );
  test('reach the plugin, which refuses what it does not have', async () => {
    expect(await refusal('{"acme-pool":"a"}')).toEqual({
      'acme-pool': "not an option of storage type 'dir'",
    });
  });
  test.each([
    ['{', 'is not JSON'],
    ['[1]', 'must be a JSON object'],
    ['{"a":{}}', "'a' is no plain value"],
    ['{"content":"iso"}', "'content' is a parameter of its own"],
    ['{"__proto__":"x"}', 'names are letters, digits, - and _'],
  ])('%s is refused', async (options, rule) => {
    expect(await refusal(options)).toEqual({ 'plugin-options': rule });
  });
});

describe('a node', () => {
  test('tells the state of its storages to who may know', async () => {
    const listed = await call('GET /nodes/{node}/storage', { node: 'pve1', format: 1 });
    expect(listed).toMatchObject([
      { storage: 'local', active: 1, enabled: 1, formats: { default: 'qcow2', supported: ['qcow2', 'raw'] } },
    ]);
    expect(await call('GET /nodes/{node}/storage', { node: 'pve1' }, none)).toEqual([]);
    expect(await call('GET /nodes/{node}/storage/{storage}/status', here)).toMatchObject({ type: 'dir' });
    expect(await call('GET /nodes/{node}/storage/{storage}', here)).toContainEqual({ subdir: 'content' });
  });

  test('allocates, tells and deletes volumes', async () => {
    const given = { ...here, vmid: 100, filename: 'vm-100-disk-1.raw', size: '1M' };
    const volid = await call(`POST ${content}`, given);
    expect(volid).toBe('local:100/vm-100-disk-1.raw');
    expect(await call(`GET ${content}`, { ...here, vmid: 100 })).toMatchObject([{ volid, size: 1024 ** 2 }]);
    const audit: May = (_path, privilege) => privilege === 'Datastore.Audit';
    expect(await call(`GET ${content}`, here, audit)).toEqual([]);
    for (const name of [volid, '100/vm-100-disk-1.raw'])
      expect(await call(`GET ${volume}`, { ...here, volume: name })).toMatchObject({ format: 'raw' });
    expect(await code(call(`GET ${volume}`, { ...here, volume: volid }, audit))).toBe('forbidden');
    expect(await code(call(`GET ${volume}`, { ...here, volume: 'other:iso/a.iso' }))).toBe('invalid-input');
    expect(await code(call(`DELETE ${volume}`, { ...here, volume: volid }, audit))).toBe('forbidden');

    world.references.set('local:100/vm-100-disk-1.raw', ['VM 100']);
    expect(await code(call(`DELETE ${volume}`, { ...here, volume: volid }))).toBe('busy');
    world.references.clear();
    expect(await call(`DELETE ${volume}`, { ...here, volume: volid, delay: 5 })).toBeNull();
    expect(await world.files()).toEqual([]);
    await writeFile(path.join(world.root, 'template/iso/a.iso'), 'x');
    const upid = (await call(`DELETE ${volume}`, { ...here, volume: 'iso/a.iso' })) as string;
    expect(upid).toMatch(/^UPID:pve1:.*:imgdel:local:a@pam:$/);
    expect((await runner.wait(upid)).state).toBe('ok');
  });

  test('tells what a VM made of an appliance would be, to who may see it', async () => {
    const method = 'GET /nodes/{node}/storage/{storage}/import-metadata';
    const disk = { name: 'box-disk1.vmdk', bytes: Buffer.alloc(1000) };
    await mkdir(path.join(world.root, 'import'), { recursive: true });
    await writeFile(
      path.join(world.root, 'import/box.ova'),
      tarOf([{ name: 'box.ovf', bytes: ovfText() }, disk]),
    );
    await writeFile(path.join(world.root, 'import/link.ova'), tarOf([{ ...disk, type: '2' }]));
    await call('PUT /storage/{storage}', { storage: 'local', content: 'images,iso,import' });
    const box = 'local:import/box.ova';
    const found = await call(method, { ...here, volume: box });
    expect(found).toMatchObject({
      'create-args': { name: 'web-box', cores: 2, memory: 512 },
      disks: { scsi0: `${box}/box-disk1.vmdk` },
      net: { net0: { model: 'vmxnet3' } },
      warnings: [{ type: 'ova-needs-extracting' }],
    });
    expect(await call(method, { ...here, volume: 'import/box.ova' })).toEqual(found);
    expect(await code(call(method, { ...here, volume: box }, none))).toBe('forbidden');
    for (const volume of [
      'other:import/box.ova',
      'import/link.ova',
      'import/../x.ova',
      '100/vm-100-disk-0.raw',
    ])
      expect(await code(call(method, { ...here, volume })), volume).toMatch(/invalid-input|not-found/);
    expect(await call(`GET ${volume}`, { ...here, volume: `${box}/box-disk1.vmdk` })).toMatchObject({
      format: 'vmdk',
      size: 1000,
    });
    const upid = (await call(`DELETE ${volume}`, { ...here, volume: `${box}/box-disk1.vmdk` })) as string;
    expect(await runner.wait(upid)).toMatchObject({ state: 'failed', errorCode: 'invalid-input' });
  });

  test('checks a download before it becomes a task', async () => {
    const method = 'POST /nodes/{node}/storage/{storage}/download-url';
    const given = { ...here, content: 'iso', filename: 'a.iso', url: 'http://127.0.0.1/a.iso' };
    expect(await code(call(method, { ...given, filename: '../a.iso' }))).toBe('invalid-input');
    expect(await code(call(method, { ...given, filename: 'a.exe' }))).toBe('invalid-input');
    expect(await code(call(method, { ...given, url: 'ftp://x/y' }))).toBe('invalid-input');
    expect(await code(call(method, { ...given, compression: 'gz' }))).toBe('invalid-input');
    const half = { ...given, checksum: 'abc' };
    expect(await code(call(method, half))).toBe('invalid-input');
    const upid = (await call(method, given)) as string;
    expect(await runner.wait(upid)).toMatchObject({ state: 'failed', errorCode: 'forbidden' });
    const query = { node: 'pve1', url: given.url };
    expect(await code(call('GET /nodes/{node}/query-url-metadata', query))).toBe('forbidden');
  });
});
