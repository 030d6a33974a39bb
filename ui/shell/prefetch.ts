// What the first load leaves out, fetched behind it: when the tree is drawn and the browser has had nothing to do for a while.
import { createEffect, onCleanup } from 'solid-js';
import { pageWords } from '../i18n/languages.ts';
import { live } from '../live/store.ts';
import { loadNotices } from './notices-button.tsx';
import { loadUserMenu } from './user-menu.tsx';

/** Whoever goes on at once waits for what they open, not for this. */
const restMs = 4000;
/** One after another, each when there is time. */
const loads: readonly (() => Promise<unknown>)[] = [
  pageWords,
  loadUserMenu,
  loadNotices,
  () => import('./palette.tsx'),
];

/** Called once by the shell. What fails is fetched when it is needed. */
export function prefetchWhenIdle(): void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let ended = false;
  async function run(): Promise<void> {
    for (const load of loads) {
      await idle();
      if (ended) return;
      await load().catch(() => {});
    }
  }
  createEffect(() => {
    if (live.loaded && timer === undefined) timer = setTimeout(() => void run(), restMs);
  });
  onCleanup(() => {
    ended = true;
    clearTimeout(timer);
  });
}

/** Safari has no such callback: there it is a moment later. */
function idle(): Promise<void> {
  return new Promise((resolve) =>
    'requestIdleCallback' in window ? requestIdleCallback(() => resolve()) : setTimeout(resolve, 200),
  );
}
