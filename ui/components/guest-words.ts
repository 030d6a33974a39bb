// What is done with guests, and why it cannot be done, in words: containers are frozen where machines are paused.
import {
  type GuestAction,
  type GuestFacts,
  type GuestKind,
  guestActionsOf,
  type RefusalReason,
  refusalOf,
} from '../../server/contract/guest-actions.ts';
import type { ResourceItem } from '../../server/contract/resources.ts';
import type { PowerAction } from '../api/guests.ts';
import { t } from '../i18n/index.ts';
import { isHibernated } from '../live/guest-state.ts';
import { nodeOf } from '../live/store.ts';

/** What can be done as people see it. */
export type ShownAction = GuestAction | PowerAction;

/** What guests of this kind know. */
export function shownActionsOf(kind: GuestKind): readonly ShownAction[] {
  return kind === 'lxc' ? guestActionsOf(kind) : [...guestActionsOf(kind), 'hibernate'];
}

export function verbOf(kind: GuestKind, action: ShownAction): string {
  return action === 'suspend' && kind === 'lxc' ? t('action.freeze') : t(`action.${action}`);
}

/** Why a guest that an operation holds is not to be changed; undefined when none does. */
export function heldText(item: ResourceItem): string | undefined {
  if (isHibernated(item)) return t('refusal.is-hibernated');
  return item.lock ? t('refusal.is-locked') : undefined;
}

/** Why the action cannot be done now; undefined when it can. `more`: what lists do not tell. */
export function refusalText(
  item: ResourceItem,
  action: ShownAction,
  more: Partial<GuestFacts> = {},
): string | undefined {
  if (action === 'hibernate' && item.type === 'lxc') return t('refusal.vm-only');
  // What can be paused can be hibernated.
  const reason = refusalOf(action === 'hibernate' ? 'suspend' : action, {
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
