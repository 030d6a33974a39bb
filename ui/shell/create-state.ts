// Which create dialog is open, for which node (empty: any), and from which template.
import { createSignal } from 'solid-js';
import type { GuestKind } from '../../server/contract/guest-actions.ts';

export interface Creating {
  readonly kind: GuestKind;
  readonly node: string;
  /** A volume id; containers only. */
  readonly template?: string;
}

/** Undefined: closed. */
export const [creating, setCreating] = createSignal<Creating | undefined>();

/** What can be created, and what its button says. */
export const creatable = [
  { kind: 'qemu', label: 'create.open' },
  { kind: 'lxc', label: 'ct.openCreate' },
] as const;
