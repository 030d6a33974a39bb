// Doing with a guest what somebody chose in the palette; what is harsh asks first.
import type { ResourceItem } from '../../server/contract/resources.ts';
import { type PowerAction, runAction } from '../api/guests.ts';
import { verbOf } from '../components/guest-words.ts';
import { startTask } from '../live/watched.ts';
import { setQuestion } from './open-state.ts';
import { labelOf } from './tree-model.ts';

/** A refusal is told by a toast, as is a task that fails. */
export async function grantWish(action: PowerAction, item: ResourceItem): Promise<void> {
  if (action === 'stop' || action === 'reset') {
    setQuestion({ action, item });
    return;
  }
  const kind = item.type === 'lxc' ? 'lxc' : 'qemu';
  const place = { node: item.node, vmid: item.vmid ?? 0 };
  await startTask(`${verbOf(kind, action)} ${labelOf(item)}`, runAction(kind, action, place));
}
