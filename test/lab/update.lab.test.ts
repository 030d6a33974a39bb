// Updates on an installed node: one that works, one whose kernel hangs, one whose daemon crashes, and the way back.
import { setTimeout as delay } from 'node:timers/promises';
import { expect, it } from 'vitest';
import type { ApplianceStatus } from '../../server/contract/appliance.ts';
import { otherSlot } from '../../server/core/appliance-layout.ts';
import { applianceOf, sendUpdate, switchSlot, untilAppliance, waitUntilBack } from './appliance-steps.ts';
import { withLab } from './fixture.ts';
import { findIso } from './iso-image.ts';
import { builtUpdate, hangingUpdate, type LabUpdate, originalUpdate } from './make-update.ts';
import type { LabNode } from './node.ts';

const minute = 60_000;
const guest = 100;
const started = Date.now();

it('keeps an update that works, and falls back from those that do not', {
  timeout: 45 * minute,
}, async () => {
  const iso = await findIso();
  const original = await originalUpdate(iso);
  const next = await builtUpdate(iso, 'next');
  const crashing = await builtUpdate(iso, 'crashing');
  const hanging = await hangingUpdate(iso);
  await withLab(1, async ([node]) => {
    await leaveSettings(node!);
    await updatesAndKeeps(node!, original, next);
    await fallsBack(node!, next, hanging, /did not come up/, 'watchdog');
    await fallsBack(node!, next, crashing, /daemon/, 'by itself');
    await returnsToPrevious(node!, next, original);
  });
});

/** A user, and a guest that starts with the machine and runs. */
async function leaveSettings({ api, name }: LabNode): Promise<void> {
  await api.call('POST', '/access/users', { userid: 'kept@pve', comment: 'from before the update' });
  const created = await api.call<string>('POST', `/nodes/${name}/qemu`, {
    vmid: guest,
    name: 'onboot',
    memory: 64,
    onboot: 1,
  });
  await api.waitTask(created, 2 * minute);
  await api.waitTask(await api.call<string>('POST', `/nodes/${name}/qemu/${guest}/status/start`), 3 * minute);
}

async function settingsAreThere({ api, name }: LabNode): Promise<void> {
  const users = await api.call<{ userid: string }[]>('GET', '/access/users');
  expect(users.map(({ userid }) => userid)).toContain('kept@pve');
  // The guests start after the daemon, one by one.
  const until = Date.now() + 3 * minute;
  for (;;) {
    const { status } = await api.call<{ status: string }>(
      'GET',
      `/nodes/${name}/qemu/${guest}/status/current`,
    );
    if (status === 'running') break;
    if (Date.now() > until) throw new Error(`guest ${guest} is ${status} after the boot, not running`);
    await delay(1000);
  }
}

async function updatesAndKeeps(node: LabNode, original: LabUpdate, next: LabUpdate): Promise<void> {
  await sendUpdate(node, next);
  const written = await applianceOf(node);
  expect(written).toMatchObject({ slot: 'A', version: original.version, trial: 0, warnings: [] });
  expect(written.slots).toMatchObject([
    { name: 'A', version: original.version, running: 1, default: 1 },
    { name: 'B', version: next.version, running: 0, default: 0 },
  ]);
  expect(written.last).toMatchObject({ outcome: 'pending', from: original.version, to: next.version });
  say('written');

  await switchSlot(node);
  await node.machine.serial.waitFor(/Starting Croft from slot B/, 2 * minute);
  await waitUntilBack(node);
  const kept = await untilAppliance(node, 'kept', ({ last }) => last?.outcome !== 'pending', 10 * minute);
  expectRuns(kept, 'B', next.version, original.version);
  expect(kept.last).toMatchObject({ outcome: 'committed', from: original.version, to: next.version });
  expect(await node.ssh.output(['cat', '/usr/share/croft-lab/next.txt'])).toBe('the next version');
  expect(await node.ssh.output(['cat', '/proc/cmdline'])).toContain('croft.trial=1');
  await settingsAreThere(node);
  say('kept');
}

/** A trial in the slot that `good` is not in, which ends in a reset and in `good` again. */
async function fallsBack(
  node: LabNode,
  good: LabUpdate,
  bad: LabUpdate,
  reason: RegExp,
  how: 'watchdog' | 'by itself',
): Promise<void> {
  await sendUpdate(node, bad);
  const { slot = 'A' } = await applianceOf(node);
  await switchSlot(node);
  await node.machine.serial.waitFor(new RegExp(`Starting Croft from slot ${otherSlot(slot)}`), 2 * minute);
  say(`${bad.version} boots`);
  const before = await node.machine.eventCount();
  if (how === 'watchdog') await node.machine.waitEvent('WATCHDOG', 5 * minute, before);
  await node.machine.waitEvent('RESET', 12 * minute, before);
  await node.machine.serial.waitFor(new RegExp(`Starting Croft from slot ${slot}`), 2 * minute);
  await waitUntilBack(node);
  const status = await untilAppliance(node, 'settled', ({ last }) => last?.outcome !== 'pending', 3 * minute);
  expectRuns(status, slot, good.version, bad.version);
  expect(status.last).toMatchObject({ outcome: 'fell-back', from: good.version, to: bad.version });
  expect(status.last?.reason).toMatch(reason);
  await settingsAreThere(node);
  say(`fell back from ${bad.version}: ${status.last?.reason}`);
}

async function returnsToPrevious(node: LabNode, next: LabUpdate, original: LabUpdate): Promise<void> {
  await sendUpdate(node, original);
  await switchSlot(node);
  await waitUntilBack(node);
  const status = await untilAppliance(node, 'kept', ({ last }) => last?.outcome !== 'pending', 10 * minute);
  expectRuns(status, 'A', original.version, next.version);
  expect(status.last).toMatchObject({ outcome: 'committed', from: next.version, to: original.version });
  await settingsAreThere(node);
}

/** `slot` runs and is the default, on no trial, with nothing to warn of; the other holds `other`. */
function expectRuns(status: ApplianceStatus, slot: 'A' | 'B', version: string, other: string): void {
  expect(status).toMatchObject({ mode: 'installed', slot, version, trial: 0, warnings: [] });
  expect(status.slots.find(({ name }) => name === slot)).toMatchObject({ version, running: 1, default: 1 });
  expect(status.slots.find(({ name }) => name !== slot)).toMatchObject({
    version: other,
    running: 0,
    default: 0,
  });
}

function say(line: string): void {
  process.stderr.write(`lab update: ${((Date.now() - started) / 1000).toFixed(0)} s: ${line}\n`);
}
