// Waits until a node knows that KVM runs its guests.
import { setTimeout as delay } from 'node:timers/promises';
import type { LabNode } from './node.ts';

/** The verdict on KVM takes as long as a kernel's boot. */
export async function untilAccelerated({ api, name }: LabNode): Promise<void> {
  const until = Date.now() + 120_000;
  for (;;) {
    const status = await api.call<{ accelerator?: string; acceleratorReason?: string }>(
      'GET',
      `/nodes/${name}/status`,
    );
    if (status.accelerator === 'kvm') return;
    if (Date.now() > until) throw new Error(`no KVM: ${status.acceleratorReason}`);
    await delay(1000);
  }
}
