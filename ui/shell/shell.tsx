// The frame around all pages: top bar, tree, page, task dock.
import { createMemo, type JSX, lazy, onCleanup, onMount, Show, Suspense } from 'solid-js';
import { Toasts } from '../components/toasts.tsx';
import { t } from '../i18n/index.ts';
import { page } from '../i18n/page.ts';
import { followAppliances } from '../live/appliances.ts';
import { connectionState, startLive, stopLive } from '../live/store.ts';
import { tellFailedTasks } from '../live/watched.ts';
import { Breadcrumb } from './breadcrumb.tsx';
import { creating, setCreating } from './create-state.ts';
import { LiveBanner } from './live-banner.tsx';
import {
  drawerOpen,
  keyMapOpen,
  palette,
  question,
  setDrawerOpen,
  setKeyMapOpen,
  setPalette,
  setQuestion,
} from './open-state.ts';
import { prefetchWhenIdle } from './prefetch.ts';
import { TaskDock } from './task-dock.tsx';
import { TopBar } from './top-bar.tsx';
import { Tree } from './tree.tsx';
import { useKeyboard } from './use-keyboard.ts';

const CreateVmDialog = page(() => import('../pages/create-vm/create-vm-dialog.tsx'));
const CreateCtDialog = page(() => import('../pages/create-ct/create-ct-dialog.tsx'));
const Palette = page(() => import('./palette.tsx'));
const KeyboardMap = page(() => import('./keyboard-map.tsx'));
const TreeDrawer = lazy(() => import('./tree-drawer.tsx'));
const GuestQuestion = page(() => import('./guest-question.tsx'));

export default function Shell(props: { children?: JSX.Element }) {
  onMount(startLive);
  onCleanup(stopLive);
  tellFailedTasks();
  followAppliances();
  useKeyboard();
  prefetchWhenIdle();
  /** It stays after it was closed: it gives the focus back. */
  const drawerUsed = createMemo<boolean>((used) => used || drawerOpen(), false);
  return (
    <div class="flex h-full flex-col">
      <a
        href="#page"
        class="sr-only z-70 rounded-md bg-accent px-3 py-2 text-on-accent focus:not-sr-only focus:absolute focus:start-2 focus:top-2"
      >
        {t('shell.skip')}
      </a>
      <TopBar onMenu={() => setDrawerOpen(true)} />
      <LiveBanner />
      <div
        class={`flex min-h-0 flex-1 transition-[filter,opacity] ${connectionState() === 'reconnecting' ? 'opacity-60 grayscale' : ''}`}
      >
        <nav
          aria-label={t('tree.label')}
          class="hidden w-66 shrink-0 border-e border-line bg-surface md:block"
        >
          <Tree />
        </nav>
        <main id="page" tabindex="-1" class="flex min-h-0 min-w-0 flex-1 flex-col outline-none">
          <Breadcrumb />
          {props.children}
        </main>
      </div>
      <div class={connectionState() === 'reconnecting' ? 'opacity-60 grayscale' : ''}>
        <TaskDock />
      </div>
      <Suspense>
        <Show when={drawerUsed()}>
          <TreeDrawer />
        </Show>
      </Suspense>
      <Show when={creating()} keyed>
        {(what) => (
          <Suspense>
            <Show
              when={what.kind === 'lxc'}
              fallback={<CreateVmDialog node={what.node} onClose={() => setCreating(undefined)} />}
            >
              <CreateCtDialog
                node={what.node}
                template={what.template ?? ''}
                onClose={() => setCreating(undefined)}
              />
            </Show>
          </Suspense>
        )}
      </Show>
      <Suspense>
        <Show when={palette() !== undefined}>
          <Palette text={palette() ?? ''} onClose={() => setPalette(undefined)} />
        </Show>
        <Show when={keyMapOpen()}>
          <KeyboardMap onClose={() => setKeyMapOpen(false)} />
        </Show>
        <Show when={question()} keyed>
          {(asked) => <GuestQuestion question={asked} onClose={() => setQuestion(undefined)} />}
        </Show>
      </Suspense>
      <Toasts />
    </div>
  );
}
