// A node that was asked to go down from here: told until it has come back.
import { createEffect, createSignal } from 'solid-js';
import { connectionState, nodeOf } from '../../live/store.ts';

export interface Restart {
  readonly node: string;
  readonly what: 'reboot' | 'shutdown' | 'switch' | 'reset';
}

const [restart, setRestart] = createSignal<Restart>();

export { restart };

export function expectRestart(next: Restart): void {
  setRestart(next);
}

/** Called while a page shows the notice: forgets it when the node, or the daemon that serves this page, is back. */
export function followRestart(): void {
  let wasAway = false;
  createEffect(() => {
    const current = restart();
    if (!current) {
      wasAway = false;
      return;
    }
    const away = connectionState() !== 'live' || nodeOf(current.node)?.status !== 'online';
    if (away) wasAway = true;
    else if (wasAway) setRestart(undefined);
  });
}
