// Clones, templates and moves of VMs over the wire: what the service is handed, what is refused, and to whom.
import { beforeEach, expect, test } from 'vitest';
import type { VmService } from '../../guests/vm-service.ts';
import { auditorHeaders, rootHeaders, testApp } from '../app-fixture.ts';
import { qemuCopyRoutes } from './qemu-copies.ts';

let handed: unknown[];
beforeEach(() => {
  handed = [];
});
const upid = 'UPID:pve1:00000001:00000001:00000001:qmclone:100:root@pam:';
const note =
  (name: string) =>
  async (_asker: unknown, ...given: unknown[]) => {
    handed.push([name, ...given]);
    return upid;
  };
const vms = {
  ...{ clone: note('clone'), makeTemplate: note('template'), moveDisk: note('move') },
  linkedClones: async (asker: { requester: string }, vmid: number) => {
    handed.push([asker.requester, vmid]);
    return [{ vmid: 301, volumes: ['local:301/vm-301-disk-0.qcow2'] }];
  },
  feature: async (vmid: number, name: string, snapshot?: string) => {
    handed.push([vmid, name, snapshot]);
    return name === 'copy' ? { possible: true } : { possible: false, reason: 'because' };
  },
} as unknown as VmService;
const { hono } = testApp({ routes: qemuCopyRoutes({ vms, node: 'pve' }) });

async function call(
  method: string,
  params: Record<string, string>,
  { verb = 'POST', headers = rootHeaders as Record<string, string> } = {},
) {
  const form = new URLSearchParams(params);
  const query = verb === 'GET' ? `?${form}` : '';
  const response = await hono.request(`/api2/json/nodes/pve/qemu/100/${method}${query}`, {
    ...{ method: verb, headers },
    ...(verb === 'GET' ? {} : { body: form }),
  });
  const { data, errors } = (await response.json()) as { data?: unknown; errors?: Record<string, string> };
  return { status: response.status, data, errors };
}
const defined = (value: unknown) => JSON.parse(JSON.stringify(value)) as unknown;

test('what is asked reaches the service', async () => {
  const clone = { newid: '200', full: '1', name: 'twin', snapname: 'first', target: 'pve1', bwlimit: '0' };
  expect(await call('clone', { ...clone, format: 'raw', storage: 'local', pool: 'office' })).toEqual({
    ...{ status: 200, data: upid, errors: undefined },
  });
  await call('template', { disk: 'scsi0' });
  await call('move_disk', {
    ...{ disk: 'unused255', storage: 'local', delete: '1', format: 'qcow2', bwlimit: '10240' },
  });
  await call('move_disk', { disk: 'scsi0', 'target-vmid': '101', 'target-disk': 'virtio15' });
  expect(defined(handed)).toEqual([
    [
      'clone',
      100,
      {
        ...{ newId: 200, full: true, name: 'twin', snapshot: 'first', target: 'pve1' },
        ...{ format: 'raw', storage: 'local', pool: 'office', limitKib: 0 },
      },
    ],
    ['template', 100, 'scsi0'],
    ['move', 100, { key: 'unused255', storage: 'local', remove: true, format: 'qcow2', limitKib: 10240 }],
    ['move', 100, { key: 'scsi0', remove: false, targetVmid: 101, targetKey: 'virtio15' }],
  ]);
});

test('what it can is answered with where, or why not', async () => {
  const ask = (feature: string) => call('feature', { feature, snapname: 'first' }, { verb: 'GET' });
  expect((await ask('copy')).data).toEqual({ hasFeature: 1, nodes: ['pve'] });
  expect((await ask('clone')).data).toEqual({ hasFeature: 0, nodes: [], reason: 'because' });
  expect(handed).toEqual([
    [100, 'copy', 'first'],
    [100, 'clone', 'first'],
  ]);
});

test.each([
  ['clone', { newid: '99' }, 'newid'],
  ['clone', { newid: '200', bwlimit: '-5' }, 'bwlimit'],
  ['clone', { newid: '200', format: 'vhdx' }, 'format'],
  ['clone', { newid: '200', name: '-x' }, 'name'],
  ['clone', { newid: '200', snapname: '../x' }, 'snapname'],
  ['template', { disk: 'unused0' }, 'disk'],
  ['move_disk', { disk: 'unused256' }, 'disk'],
  ['move_disk', { disk: 'net0' }, 'disk'],
  ['move_disk', { disk: 'scsi0', bwlimit: '-1' }, 'bwlimit'],
  ['move_disk', { disk: 'scsi0', 'target-disk': 'scsi31' }, 'target-disk'],
])('%s of %j is a mistake in %s', async (method, params, field) => {
  expect(await call(method, params as unknown as Record<string, string>)).toMatchObject({
    ...{ status: 400, errors: { [field]: expect.any(String) } },
  });
  expect(handed).toEqual([]);
});

test.each([
  ['clone', { newid: '200' }],
  ['clone', { newid: '200', pool: 'office' }],
  ['template', {}],
  ['move_disk', { disk: 'scsi0', storage: 'local' }],
])('%s is refused to who may only look', async (method, params) => {
  const answer = await call(method, params as Record<string, string>, { headers: auditorHeaders });
  expect(answer.status).toBe(403);
  expect(handed).toEqual([]);
});

test('who may look may ask what it can', async () => {
  const asked = { verb: 'GET', headers: auditorHeaders };
  expect((await call('feature', { feature: 'copy' }, asked)).status).toBe(200);
});

test('linked clones are listed to who may look at the VM', async () => {
  const get = (headers: Record<string, string>) => call('linked-clones', {}, { verb: 'GET', headers });
  const clones = [{ vmid: 301, volumes: ['local:301/vm-301-disk-0.qcow2'] }];
  expect(await get(rootHeaders)).toMatchObject({ status: 200, data: clones });
  expect(handed).toEqual([['root@pam', 100]]);
  expect((await get({})).status).toBe(401);
});
