// A drawer: details of something, over the page's end, where the page stays in sight; on phones it fills the screen.
import { Dialog as Base } from '@kobalte/core/dialog';
import X from 'lucide-solid/icons/x';
import type { JSX } from 'solid-js';
import { t } from '../i18n/index.ts';
import { IconButton } from './button.tsx';

interface DrawerProps {
  open: boolean;
  onClose: () => void;
  title: string;
  children: JSX.Element;
}

export function Drawer(props: DrawerProps) {
  return (
    <Base open={props.open} onOpenChange={(open) => !open && props.onClose()} preventScroll={false}>
      <Base.Portal>
        <Base.Overlay class="fixed inset-0 z-40 bg-scrim" />
        <Base.Content class="fixed inset-y-0 end-0 z-50 flex w-full flex-col bg-raised shadow-pop outline-none sm:max-w-xl sm:border-s sm:border-line">
          <div class="flex items-center gap-3 border-b border-line py-2.5 ps-4 pe-3">
            <Base.Title class="min-w-0 flex-1 truncate text-lg font-semibold">{props.title}</Base.Title>
            <IconButton label={t('common.close')} onClick={() => props.onClose()}>
              <X size={17} />
            </IconButton>
          </div>
          <div class="flex min-h-0 flex-1 flex-col overflow-y-auto">{props.children}</div>
        </Base.Content>
      </Base.Portal>
    </Base>
  );
}
