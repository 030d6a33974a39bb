// What tests of updates do to a node again and again: look at its slots, send an update, switch, wait until it is back.
import { setTimeout as delay } from 'node:timers/promises';
import type { ApplianceStatus } from '../../server/contract/appliance.ts';
import type { LabUpdate } from './make-update.ts';
import type { LabNode } from './node.ts';

const minute = 60_000;
export const bootWithinMs = 8 * minute;
const writeWithinMs = 6 * minute;
const resetWithinMs = 6 * minute;

export function applianceOf({ api, name }: LabNode): Promise<ApplianceStatus> {
  return api.call<ApplianceStatus>('GET', `/nodes/${name}/appliance`);
}

/** Sends an update and waits until it is written; rejects with the task's words when it is not taken. */
export async function sendUpdate({ api, name }: LabNode, { path }: Pick<LabUpdate, 'path'>): Promise<void> {
  await api.waitTask(await api.upload(`/nodes/${name}/appliance/upload`, path), writeWithinMs);
}

/** Has the other slot booted on trial; answers when the machine resets. */
export async function switchSlot(node: LabNode): Promise<void> {
  const { machine, api, name } = node;
  const before = await machine.eventCount();
  machine.serial.skip();
  // A kept connection would only notice after a minute that its machine has rebooted.
  await node.ssh.close();
  await api.waitTask(await api.call<string>('POST', `/nodes/${name}/appliance/switch`), 3 * minute);
  await machine.waitEvent('RESET', resetWithinMs, before);
}

/** Reboots in order, as an administrator does; answers when the daemon of the new boot is there. */
export async function rebootInOrder(node: LabNode): Promise<void> {
  const { machine, ssh } = node;
  const before = await machine.eventCount();
  await ssh.run(['systemctl', '--no-block', 'reboot']);
  await ssh.close();
  // The old daemon answers until its turn comes: only what comes after the reset counts.
  await machine.waitEvent('RESET', resetWithinMs, before);
  await waitUntilBack(node);
}

/** Waits until a daemon answers that is the node's own, and root can log in to it. */
export async function waitUntilBack({ machine, api }: LabNode, withinMs = bootWithinMs): Promise<void> {
  await api.waitUntilUp(withinMs, () => machine.running);
  api.logOut();
}

/** Waits until the status is as wanted; calls that fail meanwhile are tried again. Rejects with the last status seen. */
export async function untilAppliance(
  node: LabNode,
  what: string,
  wanted: (status: ApplianceStatus) => boolean,
  withinMs: number,
): Promise<ApplianceStatus> {
  const until = Date.now() + withinMs;
  for (let last: unknown; ; await delay(1000)) {
    try {
      const status = await applianceOf(node);
      if (wanted(status)) return status;
      last = status;
    } catch (error) {
      last = String(error);
      node.api.logOut();
    }
    if (!node.machine.running) throw new Error(`${what}: the machine has ended`);
    if (Date.now() > until)
      throw new Error(`${what}: not within ${withinMs / 1000} s: ${JSON.stringify(last)}`);
  }
}
