// Dialogs: a titled sheet over the page, focus kept inside, closed by Escape; on phones it fills the screen.
import { Dialog as Base } from '@kobalte/core/dialog';
import X from 'lucide-solid/icons/x';
import { type JSX, Show } from 'solid-js';
import { t } from '../i18n/index.ts';
import { IconButton } from './button.tsx';

interface DialogProps {
  open: boolean;
  onClose: () => void;
  title: string;
  description?: string;
  children: JSX.Element;
  footer?: JSX.Element;
  wide?: boolean;
  /** False while something runs that closing would leave in the dark. */
  closable?: boolean;
}

export function Dialog(props: DialogProps) {
  const closable = () => props.closable ?? true;
  return (
    <Base
      open={props.open}
      onOpenChange={(open) => !open && closable() && props.onClose()}
      preventScroll={false}
    >
      <Base.Portal>
        <Base.Overlay class="fixed inset-0 z-40 bg-scrim" />
        <div class="pointer-events-none fixed inset-0 z-50 flex items-stretch justify-center sm:items-center sm:p-6">
          <Base.Content
            class={`pointer-events-auto flex max-h-full w-full flex-col overflow-hidden bg-raised shadow-pop outline-none sm:rounded-lg sm:border sm:border-line ${props.wide ? 'sm:max-w-3xl' : 'sm:max-w-lg'}`}
            onPointerDownOutside={(event) => event.preventDefault()}
            onOpenAutoFocus={focusMarked}
          >
            <header class="flex items-start gap-3 border-b border-line px-5 py-3.5">
              {/* As high as the button: a title of one line stands level with it. */}
              <div class="flex min-h-7 min-w-0 flex-1 flex-col justify-center pointer-coarse:min-h-10">
                <Base.Title class="text-lg font-semibold">{props.title}</Base.Title>
                <Show when={props.description}>
                  <Base.Description class="text-sm text-muted">{props.description}</Base.Description>
                </Show>
              </div>
              <IconButton
                small
                label={t('common.close')}
                reason={closable() ? undefined : t('common.wait')}
                onClick={() => props.onClose()}
              >
                <X size={17} />
              </IconButton>
            </header>
            <div class="min-h-0 flex-1 overflow-y-auto px-5 py-4">{props.children}</div>
            <Show when={props.footer}>
              <footer class="flex flex-wrap items-center justify-end gap-2 border-t border-line px-5 py-3">
                {props.footer}
              </footer>
            </Show>
          </Base.Content>
        </div>
      </Base.Portal>
    </Base>
  );
}

/** The field that asks for it has the focus, not the cross, which comes first. */
function focusMarked(event: Event): void {
  const marked = (event.currentTarget as HTMLElement).querySelector<HTMLElement>('[autofocus]');
  if (!marked) return;
  event.preventDefault();
  marked.focus();
}
