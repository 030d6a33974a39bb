// The tree over the page, on phones.
import { Dialog } from '@kobalte/core/dialog';
import { createComputed } from 'solid-js';
import { t } from '../i18n/index.ts';
import { drawerOpen, setDrawerOpen } from './open-state.ts';
import { Tree } from './tree.tsx';

export default function TreeDrawer() {
  let opener: Element | null = null;
  createComputed(() => {
    if (drawerOpen()) opener = document.activeElement;
  });
  return (
    <Dialog open={drawerOpen()} onOpenChange={setDrawerOpen} preventScroll={false}>
      <Dialog.Portal>
        <Dialog.Overlay class="fixed inset-0 z-40 bg-scrim md:hidden" />
        <Dialog.Content
          aria-label={t('tree.label')}
          onOpenAutoFocus={(event: Event) => {
            // Not into the filter field: that would bring up the keyboard.
            event.preventDefault();
            document.querySelector<HTMLElement>('[role=dialog] [role=tree]')?.focus();
          }}
          onCloseAutoFocus={(event: Event) => {
            event.preventDefault();
            if (opener instanceof HTMLElement) opener.focus();
          }}
          class="fixed inset-y-0 start-0 z-50 w-[min(20rem,85vw)] border-e border-line bg-surface shadow-pop outline-none md:hidden"
        >
          <Tree onNavigate={() => setDrawerOpen(false)} />
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog>
  );
}
