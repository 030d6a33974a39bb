// What of the frame is open: the palette, the keyboard map, the notices, the dock, a question about a guest.
import { batch, createSignal } from 'solid-js';
import type { ResourceItem } from '../../server/contract/resources.ts';

/** The text that the palette begins with; undefined: closed. */
export const [palette, setPalette] = createSignal<string | undefined>();
export const [keyMapOpen, setKeyMapOpen] = createSignal(false);
export const [noticesOpen, setNoticesOpen] = createSignal(false);
export const [dockOpen, setDockOpen] = createSignal(false);
/** The tree in its drawer, on phones. */
export const [drawerOpen, setDrawerOpen] = createSignal(false);

export type DockFilter = 'all' | 'running' | 'failed';
export const [dockFilter, setDockFilter] = createSignal<DockFilter>('all');
/** The task whose log the dock shows. */
export const [dockTask, setDockTask] = createSignal<string | undefined>();

/** Opens the dock with the log of a task. */
export function showTask(upid: string): void {
  batch(() => {
    setDockFilter('all');
    setDockTask(upid);
    setDockOpen(true);
  });
}

/** What throws away what the guest has not written yet asks first. */
export interface Question {
  readonly action: 'stop' | 'reset';
  readonly item: ResourceItem;
}
export const [question, setQuestion] = createSignal<Question | undefined>();
