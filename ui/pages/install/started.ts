// The installation that was started: kept while other pages are looked at, found again after a reload.
import { createSignal } from 'solid-js';
import { isActive } from '../../live/state.ts';
import { tasks } from '../../live/store.ts';

export interface Started {
  readonly upid: string;
  /** Where the installed system will answer, as far as is known. */
  readonly address: string | undefined;
  /** The address was asked for by DHCP: it may become another one. */
  readonly dhcp: boolean;
}

const [started, setStarted] = createSignal<Started>();

export { setStarted, started };

/** Takes over an installation of a node that runs already: this page was reloaded, or somebody else started it. */
export function adoptRunning(node: string): void {
  if (started()) return;
  const running = tasks().find(
    (task) => task.type === 'croftinstall' && task.node === node && isActive(task),
  );
  if (running) setStarted({ upid: running.upid, address: undefined, dhcp: false });
}
