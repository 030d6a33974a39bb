// Which notices were seen: each has a name that stays the same while it is about the same thing. Pure.
import type { Attention } from '../live/attention.ts';

/** What no longer is, is forgotten: when it comes again, it is new again. */
export const mostSeen = 200;

/** So many tell one set of guests from another well enough. */
const mostGuests = 50;

export function seenKey(user: string): string {
  return `croft.seen.${user}`;
}

/** A storage that fills up further is news; one that stays as full is not. */
export function noticeName(item: Attention): string {
  switch (item.kind) {
    case 'storage-problem':
      return `${item.kind} ${item.item.id} ${item.text}`;
    case 'storage-full':
      return `${item.kind} ${item.item.id} ${item.severity}`;
    case 'task-failed':
      return `${item.kind} ${item.task.upid}`;
    case 'fell-back':
      return `${item.kind} ${item.node} ${item.to}`;
    case 'backup-late':
    case 'backup-none':
    case 'restore-failed': {
      // One more is news.
      const guests = item.guests.slice(0, mostGuests).map(({ vmid }) => vmid);
      return `${item.kind} ${guests.join(' ')}`;
    }
    case 'appliance':
      return `${item.kind} ${item.node} ${item.text}`;
    default:
      return `${item.kind} ${item.node}`;
  }
}

/** Names of notices; whatever else was stored is left out. */
export function readSeen(stored: string | null): string[] {
  try {
    const list: unknown = JSON.parse(stored ?? '[]');
    return Array.isArray(list)
      ? list.filter((name): name is string => typeof name === 'string').slice(0, mostSeen)
      : [];
  } catch {
    return [];
  }
}
