// What is done with guests, and why it cannot be done, in words: containers are frozen where machines are paused.
import {
  type GuestAction,
  type GuestFacts,
  type GuestKind,
  type RefusalReason,
  refusalOf,
} from '../../server/contract/guest-actions.ts';
import type { ResourceItem } from '../../server/contract/resources.ts';
import { t } from '../i18n/index.ts';
import { nodeOf } from '../live/store.ts';

export function verbOf(kind: GuestKind, action: GuestAction): string {
  return action === 'suspend' && kind === 'lxc' ? t('action.freeze') : t(`action.${action}`);
}

/** Why the action cannot be done now; undefined when it can. `more`: what lists do not tell. */
export function refusalText(
  item: ResourceItem,
  action: GuestAction,
  more: Partial<GuestFacts> = {},
): string | undefined {
  const reason = refusalOf(action, {
    kind: item.type === 'lxc' ? 'lxc' : 'qemu',
    status: item.status,
    template: item.template === 1,
    lock: item.lock,
    nodeOnline: nodeOf(item.node)?.status !== 'offline',
    ...more,
  });
  return reason && t(`refusal.${item.type === 'lxc' ? frozen(reason) : reason}`);
}

function frozen(reason: RefusalReason) {
  if (reason === 'is-paused') return 'is-frozen';
  if (reason === 'still-paused') return 'still-frozen';
  return reason === 'not-paused' ? 'not-frozen' : reason;
}
