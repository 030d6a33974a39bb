// A node that was asked to go down from here: told until it has come back, on whatever page one is meanwhile.
import { createEffect, createRoot, createSignal } from 'solid-js';
import { isActive } from '../../live/state.ts';
import { connectionState, live, nodeOf } from '../../live/store.ts';

export interface Restart {
  readonly node: string;
  readonly what: 'reboot' | 'shutdown' | 'switch' | 'reset';
  /** The task that prepares it; when it fails, the node stays up. */
  readonly upid?: string;
}

const [restart, setRestart] = createSignal<Restart>();

export { restart };

/** Longer than any reboot with its trial: after it nothing is claimed any more. */
const forgetAfterMs = 15 * 60_000;
let stop: (() => void) | undefined;

/** Begins to tell; ends when the node, or the daemon that serves this page, was away and is back. */
export function expectRestart(next: Restart): void {
  stop?.();
  setRestart(next);
  let wasAway = false;
  createRoot((dispose) => {
    const timer = setTimeout(() => stop?.(), forgetAfterMs);
    stop = () => {
      clearTimeout(timer);
      setRestart(undefined);
      stop = undefined;
      dispose();
    };
    createEffect(() => {
      const task = live.tasks[next.upid ?? ''];
      const away = connectionState() !== 'live' || nodeOf(next.node)?.status !== 'online';
      if (away) wasAway = true;
      else if (wasAway || (task && !isActive(task) && task.state !== 'ok' && task.state !== 'warnings'))
        stop?.();
    });
  });
}
