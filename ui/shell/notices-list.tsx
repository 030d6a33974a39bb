// The list behind the bell.
import { Popover } from '@kobalte/core/popover';
import CircleCheck from 'lucide-solid/icons/circle-check';
import X from 'lucide-solid/icons/x';
import { For, Show } from 'solid-js';
import { IconButton } from '../components/button.tsx';
import type { Face } from '../components/on-demand.tsx';
import { Badge } from '../components/panel.tsx';
import { t } from '../i18n/index.ts';
import type { Attention } from '../live/attention.ts';
import { AttentionLine } from './attention-line.tsx';
import { noticesOpen, setNoticesOpen } from './open-state.ts';

interface NoticesListProps {
  face: Face;
  items: readonly Attention[];
  isNew: (item: Attention) => boolean;
}

export function NoticesList(props: NoticesListProps) {
  return (
    <Popover open={noticesOpen()} onOpenChange={setNoticesOpen} placement="bottom-end" gutter={6}>
      <Popover.Trigger {...props.face} />
      <Popover.Portal>
        <Popover.Content class="z-50 flex max-h-[min(32rem,80vh)] w-[min(26rem,calc(100vw-1rem))] flex-col rounded-lg border border-line bg-raised shadow-pop outline-none">
          <div class="flex items-center justify-between gap-2 border-b border-line py-1.5 ps-4 pe-2">
            <Popover.Title class="text-base font-semibold">{t('attention.title')}</Popover.Title>
            <IconButton small label={t('common.close')} onClick={() => setNoticesOpen(false)}>
              <X size={16} />
            </IconButton>
          </div>
          <ul class="min-h-0 overflow-y-auto p-2">
            <For
              each={props.items}
              fallback={
                <li class="flex items-center gap-2 px-2 py-3 text-sm">
                  <CircleCheck size={17} class="text-ok" aria-hidden="true" />
                  {t('notices.none')}
                </li>
              }
            >
              {(item) => (
                <li class="flex gap-2.5 rounded-md px-2 py-2 text-sm">
                  <AttentionLine item={item} onChoose={() => setNoticesOpen(false)} />
                  <Show when={props.isNew(item)}>
                    <span class="shrink-0">
                      <Badge tone="accent">{t('notices.new')}</Badge>
                    </span>
                  </Show>
                </li>
              )}
            </For>
          </ul>
        </Popover.Content>
      </Popover.Portal>
    </Popover>
  );
}
