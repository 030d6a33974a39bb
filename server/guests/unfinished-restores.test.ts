// Which VMs have something left in their backup, and who brings it in.
import { expect, test } from 'vitest';
import { createMemoryStore } from '../cluster/memory/memory-store.ts';
import { createLogger } from '../core/log.ts';
import { type GuestDocument, guestKey } from './config/guest-document.ts';
import { root } from './guest-service-fixture.ts';
import { finishLeftRestores, finishRestore } from './unfinished-restores.ts';

const archive = 'local:backup/vzdump-qemu-100-2026_06_01-02_30_00.vma.zst';
const disks = [{ key: 'scsi0', device: 'drive-scsi0' }];
const rest = { drives: ['scsi0'], socket: '/run/a', archive, disks };

async function world(guests: Readonly<Record<number, Partial<GuestDocument>>>) {
  const store = createMemoryStore({ node: 'pve1' });
  for (const [vmid, more] of Object.entries(guests)) {
    const base = { kind: 'qemu', vmid: Number(vmid), node: 'pve1', config: {}, createdAt: 1 } as const;
    await store.write(guestKey(Number(vmid)), { ...base, ...more });
  }
  const started: unknown[] = [];
  const startTask = async (type: string, params: object, requester: string) => {
    if ((params as { vmid: number }).vmid === 107) throw new Error('no');
    started.push([type, params, requester]);
    return 'UPID:test';
  };
  return { parts: { store, node: 'pve1', startTask, log: createLogger('silent') }, started };
}

test('at the start all that is left is finished, but what is under way, elsewhere, temporary or of an older version', async () => {
  const { parts, started } = await world({
    100: { restoring: { ...rest, limitKib: 7 } },
    101: {},
    102: { restoring: rest, node: 'pve2' },
    103: { restoring: rest },
    104: { restoring: { drives: ['scsi0'], socket: '/run/a' } },
    105: { restoring: rest },
    106: { restoring: rest },
    108: { restoring: rest, trial: archive },
    107: { restoring: rest },
  });
  await finishLeftRestores(parts, [
    { type: 'qmrestore', objectId: '103' },
    { type: 'qmrestorefinish', objectId: '105' },
    { type: 'qmstop', objectId: '106' },
  ]);
  expect(started).toEqual([
    ['qmrestorefinish', { vmid: 100, archive, disks, limitKib: 7 }, 'root@pam'],
    ['qmrestorefinish', { vmid: 106, archive, disks }, 'root@pam'],
  ]);
});

test('somebody may ask for it, where there is something to be finished', async () => {
  const { parts, started } = await world({ 100: { restoring: rest }, 101: {} });
  expect(await finishRestore(parts, root, 100)).toBe('UPID:test');
  expect(started).toHaveLength(1);
  await expect(finishRestore(parts, root, 101)).rejects.toMatchObject({ code: 'wrong-state' });
  await expect(finishRestore(parts, root, 999)).rejects.toMatchObject({ code: 'not-found' });
});
