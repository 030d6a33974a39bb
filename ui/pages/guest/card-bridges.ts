// The bridges that a guest's network card can be plugged into, in the dialogs of VMs and of containers.
import { createEffect, createMemo, on } from 'solid-js';
import { createBridgeChoices } from '../../api/node-choices.ts';
import type { BoundForm } from '../../components/bound-field.tsx';

/** With the card's own, also when the node does not have it (any more). `isNew`: the card gets the first to begin with. */
export function createCardBridges(
  node: () => string,
  of: BoundForm<{ readonly bridge: string }>,
  isNew: boolean,
): ReturnType<typeof createBridgeChoices> {
  const bridges = createBridgeChoices(node);
  createEffect(
    on(bridges, (list) => {
      // One that is there and has none is plugged into nothing, or routed: that is not ours to change.
      if (isNew && of.form.bridge === '') of.set({ bridge: list?.[0]?.iface ?? '' });
    }),
  );
  return createMemo(() => {
    const list = bridges();
    const { bridge } = of.form;
    if (bridge === '' || list?.some((one) => one.iface === bridge)) return list;
    return [...(list ?? []), { iface: bridge, comments: '' }];
  });
}
