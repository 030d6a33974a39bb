// What of the cluster needs somebody's attention, from what is known already. Pure.
import type { ApplianceStatus } from '../../server/contract/appliance.ts';
import type { ResourceItem } from '../../server/contract/resources.ts';
import type { TaskItem } from '../../server/contract/tasks.ts';

export type Attention =
  | { readonly kind: 'node-offline'; readonly severity: 'bad'; readonly node: string }
  | {
      readonly kind: 'storage-problem';
      readonly severity: 'bad';
      readonly item: ResourceItem;
      readonly text: string;
    }
  | {
      readonly kind: 'storage-full';
      readonly severity: 'bad' | 'warn';
      readonly item: ResourceItem;
      readonly share: number;
    }
  | { readonly kind: 'memory-full'; readonly severity: 'warn'; readonly node: string; readonly share: number }
  | {
      readonly kind: 'no-acceleration';
      readonly severity: 'warn';
      readonly node: string;
      readonly reason: string;
    }
  | {
      readonly kind: 'fell-back';
      readonly severity: 'warn';
      readonly node: string;
      readonly from: string;
      readonly to: string;
      readonly reason: string;
    }
  | { readonly kind: 'appliance'; readonly severity: 'warn'; readonly node: string; readonly text: string }
  | {
      /** `late`: a job should have made backups; `none`: no job takes care of these guests; the newest try to restore failed. */
      readonly kind: 'backup-late' | 'backup-none' | 'restore-failed';
      readonly severity: 'warn';
      readonly guests: readonly ResourceItem[];
    }
  | { readonly kind: 'task-failed'; readonly severity: 'warn'; readonly task: TaskItem };

const memoryWarn = 0.92;
/** Failed tasks are news for a day. */
const newsSeconds = 86_400;
const mostTasks = 5;
/** An update that fell back is news for a week. */
const updateNewsSeconds = 7 * newsSeconds;

/** What needs attention, the worst first. `guests`: those whose backup is missing, or cannot be restored, are told, all in one. */
export function attention(
  resources: readonly ResourceItem[],
  tasks: readonly TaskItem[],
  nowSeconds: number,
  appliances: Readonly<Record<string, ApplianceStatus>> = {},
  guests: readonly ResourceItem[] = [],
): Attention[] {
  const found: Attention[] = [];
  for (const item of resources) {
    if (item.type === 'node') {
      if (item.status !== 'online') found.push({ kind: 'node-offline', severity: 'bad', node: item.node });
      else {
        const memory = part(item.mem, item.maxmem);
        if (memory >= memoryWarn)
          found.push({ kind: 'memory-full', severity: 'warn', node: item.node, share: memory });
        if (item.accelerator === 'tcg')
          found.push({
            kind: 'no-acceleration',
            severity: 'warn',
            node: item.node,
            reason: item.acceleratorReason ?? '',
          });
      }
    } else if (item.type === 'storage') {
      if (item.problem !== undefined)
        found.push({ kind: 'storage-problem', severity: 'bad', item, text: item.problem });
      const share = part(item.disk, item.maxdisk);
      // The node's word: it does not change its mind with every byte.
      if (item.space !== undefined)
        found.push({ kind: 'storage-full', severity: item.space === 95 ? 'bad' : 'warn', item, share });
    }
  }
  for (const [node, { last, warnings }] of Object.entries(appliances)) {
    if (last?.outcome === 'fell-back' && nowSeconds - last.at < updateNewsSeconds) {
      const { from, to, reason = '' } = last;
      found.push({ kind: 'fell-back', severity: 'warn', node, from, to, reason });
    }
    for (const text of warnings) found.push({ kind: 'appliance', severity: 'warn', node, text });
  }
  for (const alert of ['late', 'none'] as const) {
    const missing = guests.filter((one) => one.backupAlert === alert);
    if (missing.length > 0) found.push({ kind: `backup-${alert}`, severity: 'warn', guests: missing });
  }
  const unproven = guests.filter((one) => one.proofAlert !== undefined);
  if (unproven.length > 0) found.push({ kind: 'restore-failed', severity: 'warn', guests: unproven });
  const failed = tasks
    .filter((task) => task.state === 'failed' || task.state === 'interrupted')
    .filter((task) => nowSeconds - (task.endtime ?? 0) < newsSeconds)
    .slice(0, mostTasks);
  for (const task of failed) found.push({ kind: 'task-failed', severity: 'warn', task });
  return found.sort((a, b) => Number(a.severity !== 'bad') - Number(b.severity !== 'bad'));
}

function part(used: number | undefined, total: number | undefined): number {
  return used === undefined || !total ? 0 : used / total;
}
