// The smoke of each landing: an installed appliance is up, healthy, and runs a guest by nested KVM.
import { statSync } from 'node:fs';
import { basename } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { ApplianceStatus } from '../../server/contract/appliance.ts';
import { upload } from '../host/upload.ts';
import { withLab } from './fixture.ts';
import { untilAccelerated } from './kvm-verdict.ts';
import type { LabNode } from './node.ts';
import { tinyMedium } from './tiny-medium.ts';

describe('an appliance, installed unattended from the ISO', () => {
  it('is up, healthy and runs a guest by nested KVM', async () => {
    const whole = () =>
      withLab(1, async ([node]) => {
        try {
          await healthy(node!);
          await runsGuest(node!);
        } catch (error) {
          throw kvmPanicked(node!) ? new KvmPanic(error) : error;
        }
      });
    await whole().catch(async (error: unknown) => {
      if (!(error instanceof KvmPanic)) throw error;
      process.stderr.write(`smoke: ${error.message}; once more, with another node\n`);
      await whole();
    });
  });
});

/** What emulated virtualization does to a node's kernel at times: its stack is overwritten while KVM runs a guest. */
class KvmPanic extends Error {
  constructor(cause: unknown) {
    super("the node's kernel panicked below KVM, which is emulated here", { cause });
  }
}

function kvmPanicked({ machine }: LabNode): boolean {
  const [, panic = ''] = machine.serial.transcript().split('Kernel panic - not syncing: corrupted stack end');
  return /Comm: CPU \d+\/KVM /.test(panic);
}

async function healthy({ ssh, api, name }: LabNode): Promise<void> {
  expect(await ssh.output(['systemctl', '--failed', '--no-legend', '--plain'])).toBe('');
  const status = await api.call<ApplianceStatus>('GET', `/nodes/${name}/appliance`);
  expect(status).toMatchObject({ mode: 'installed', slot: 'A', trial: 0, warnings: [] });
  expect(status.slots).toMatchObject([
    { name: 'A', running: 1, default: 1 },
    { name: 'B', running: 0 },
  ]);
  expect(await ssh.output(['cat', '/sys/module/apparmor/parameters/enabled'])).toBe('Y');
  expect(await ssh.output(['lvs', '--noheadings', '-o', 'lv_name', 'croft'])).toMatch(/data[\s\S]*local/);
  const storages = await api.call<{ storage: string; active: number }[]>('GET', `/nodes/${name}/storage`);
  expect(storages).toMatchObject([{ storage: 'local', active: 1 }]);
  expect(await ssh.output(['findmnt', '--noheadings', '-o', 'SOURCE', '/var/lib/croft/local'])).toContain(
    'croft-local',
  );
}

/** Of the nested guest, 150 s each. */
const boots = 2;

async function runsGuest(node: LabNode): Promise<void> {
  const { api, name } = node;
  const medium = await tinyMedium();
  expect(statSync(medium).size).toBeGreaterThan(1_000_000);
  const target = { port: api.port, headers: await api.login() };
  await api.waitTask(await upload(target, { content: 'iso', file: medium }, 'local', name), 120_000);
  const created = await api.call<string>('POST', `/nodes/${name}/qemu`, {
    vmid: 100,
    name: 'nested',
    memory: 256,
    scsihw: 'virtio-scsi-single',
    scsi0: 'local:1',
    // Not on IDE: the firmware reads that word by word, and each word is an exit of a guest whose virtualization is emulated.
    scsi1: `local:iso/${basename(medium)},media=cdrom`,
    boot: 'order=scsi1',
    serial0: 'socket',
  });
  await api.waitTask(created, 120_000);
  await untilAccelerated(node);
  // Virtualization that is itself emulated lets one guest in some hang in its boot: then it gets another, and this says so.
  for (let boot = 1; !(await bootsAndEnds(node)); boot += 1) {
    if (boot === boots)
      throw new Error(`the guest did not boot and switch itself off in any of ${boots} boots`);
    process.stderr.write(`smoke: boot ${boot} of the guest hung under emulated virtualization; once more\n`);
    await api.waitTask(await api.call<string>('POST', `/nodes/${name}/qemu/100/status/stop`), 60_000);
  }
  await api.waitTask(await api.call<string>('DELETE', `/nodes/${name}/qemu/100`), 120_000);
}

/** It switches itself off when its Linux came up: nothing but a whole boot leads there. */
async function bootsAndEnds({ api, name, ssh }: LabNode): Promise<boolean> {
  await api.waitTask(await api.call<string>('POST', `/nodes/${name}/qemu/100/status/start`), 180_000);
  expect(await ssh.output(['pgrep', '-a', 'qemu-system'])).toMatch(/accel[= ]kvm|type=kvm|-accel kvm/);
  const until = Date.now() + 150_000;
  for (;;) {
    const { status } = await api.call<{ status: string }>('GET', `/nodes/${name}/qemu/100/status/current`);
    if (status === 'stopped') return true;
    if (Date.now() > until) return false;
    await delay(1000);
  }
}
