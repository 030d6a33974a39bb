// Hibernating, the monitor and the command line over the wire: what reaches the driver, what is refused, and to whom.
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type VmWorld, vmWorld } from '../../../test/fixtures/vm-world.ts';
import type { Asker } from '../../guests/guest-requests.ts';
import { createVmHibernation } from '../../guests/vm-hibernation.ts';
import { createVmMonitor } from '../../guests/vm-monitor.ts';
import type { VmServiceParts } from '../../guests/vm-service.ts';
import { auditorHeaders, rootHeaders, testApp } from '../app-fixture.ts';
import { qemuMonitorRoutes } from './qemu-monitor.ts';

const disk = 'local:100/vm-100-disk-0.qcow2';
let made: VmWorld;
beforeEach(async () => {
  made = await vmWorld();
  await made.addVm(100, { memory: 512, scsi0: `${disk},size=1G` }, { running: true });
});
afterEach(() => made.dispose());

const can = (...granted: readonly string[]): Asker => ({
  requester: 'joe@pve',
  may: (path, privilege) => granted.includes(`${path} ${privilege}`),
});

async function call(path: string, command?: string, headers: Record<string, string> = rootHeaders) {
  const { hono } = testApp({ routes: qemuMonitorRoutes({ vmParts: made.parts }) });
  const body = command === undefined ? {} : { method: 'POST', body: new URLSearchParams({ command }) };
  const response = await hono.request(`/api2/json/nodes/pve/qemu/100/${path}`, { ...body, headers });
  return { status: response.status, ...((await response.json()) as { data?: unknown; errors?: unknown }) };
}

test('a monitor command is answered with what QEMU prints', async () => {
  expect(await call('monitor', 'info status')).toMatchObject({ status: 200, data: 'info status: ok\n' });
  expect(await call('monitor', 'info status', auditorHeaders)).toMatchObject({ status: 403 });
});

test('more than a look takes Sys.Modify on /', async () => {
  const monitor = createVmMonitor(made.parts);
  const auditor = can('/vms/100 Sys.Audit');
  for (const command of ['info block', ' help', 'help info', '?'])
    await expect(monitor.ask(auditor, 100, command)).resolves.toContain('ok');
  for (const command of ['system_reset', 'information', 'helpless', 'xp/16 0'])
    await expect(monitor.ask(auditor, 100, command)).rejects.toMatchObject({ code: 'forbidden' });
  await expect(monitor.ask(can('/ Sys.Modify'), 100, 'system_reset')).resolves.toContain('ok');
  await expect(monitor.ask(can('/ Sys.Modify'), 100, 'xp/16 0')).resolves.toContain('ok');
});

test.each([
  'quit',
  'cont',
  'stop',
  'migrate exec:id',
  'drive_add 0 file=/etc/shadow',
  'screendump /x',
  'savevm a',
  'QUIT',
  'logfile /x',
])('%s goes past what manages the VM, and is refused to everybody', async (command) => {
  expect(await call('monitor', command)).toMatchObject({
    status: 501,
    errors: { command: expect.any(String) },
  });
  expect(made.states.stateOf(100)).toBe('running');
});

test('of a VM that is off nothing can be asked', async () => {
  await made.driver.stop({ signal: new AbortController().signal, log: () => {}, progress: () => {} }, 100);
  await made.states.refresh();
  await expect(createVmMonitor(made.parts).ask(can(), 100, 'info status')).rejects.toMatchObject({
    code: 'wrong-state',
    message: 'VM 100 not running',
  });
  // Its command line can, and nothing is attached for it.
  const before = (await made.snapshot()).attached;
  expect(await call('showcmd')).toMatchObject({ status: 200, data: expect.stringMatching(/^qemu \d+$/) });
  expect((await made.snapshot()).attached).toEqual(before);
  expect(await call('showcmd', undefined, auditorHeaders)).toMatchObject({ status: 403 });
});

test('the command line of a VM with variables of UEFI and a TPM', async () => {
  const state = {
    ...{ bios: 'ovmf', efidisk0: 'local:102/vm-102-disk-0.raw,size=528K' },
    tpmstate0: 'local:102/vm-102-disk-1.raw,size=4M,version=v2.0',
  };
  await made.addVm(102, { memory: 512, ...state });
  await expect(createVmMonitor(made.parts).commandLine(102)).resolves.toMatch(/^qemu \d+$/);
});

test('hibernating takes the privileges for the disk that it makes', async () => {
  const started: unknown[] = [];
  const startTask = async (...task: unknown[]) => {
    started.push(task);
    return 'UPID:test';
  };
  const hibernation = createVmHibernation({ ...made.parts, startTask } as unknown as VmServiceParts);
  const all = ['/vms/100 VM.Config.Disk', '/storage/other Datastore.AllocateSpace'];
  for (const missing of all) {
    const asker = can(...all.filter((one) => one !== missing));
    const [path, privilege] = missing.split(' ');
    await expect(hibernation.hibernate(asker, 100, 'other')).rejects.toMatchObject({
      code: 'forbidden',
      message: `Permission check failed (${path}, ${privilege})`,
    });
  }
  await expect(hibernation.hibernate(can(all[0]!), 100, 'nowhere')).rejects.toMatchObject({
    code: 'invalid-input',
    fields: { statestorage: expect.stringContaining("'nowhere'") },
  });
  expect(started).toEqual([]);
  await hibernation.hibernate(can(...all), 100, 'other');
  expect(started).toEqual([['qmsuspend', { vmid: 100, storage: 'other' }, 'joe@pve']]);
  await expect(hibernation.discardState(can('/vms/100 VM.Config.Disk'), 100, true)).rejects.toMatchObject({
    code: 'forbidden',
  });
  await expect(hibernation.discardState(can(), 100, false)).rejects.toMatchObject({ code: 'invalid-input' });
});
