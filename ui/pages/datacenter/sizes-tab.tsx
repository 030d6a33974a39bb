// The named sizes of new guests: those of VMs and of containers, in the order in which dialogs offer them.
import ArrowDown from 'lucide-solid/icons/arrow-down';
import ArrowUp from 'lucide-solid/icons/arrow-up';
import Plus from 'lucide-solid/icons/plus';
import Ruler from 'lucide-solid/icons/ruler';
import { createEffect, createMemo, createSignal, For, on, Show } from 'solid-js';
import { api } from '../../api/client.ts';
import { createGuestSizes } from '../../api/guest-sizes.ts';
import { Button, IconButton } from '../../components/button.tsx';
import { ConfirmDialog } from '../../components/confirm-dialog.tsx';
import { ErrorNote } from '../../components/error-note.tsx';
import { EmptyState, Panel, Skeleton } from '../../components/panel.tsx';
import { toastError } from '../../components/toasts.tsx';
import type { GuestSizeItem } from '../../forms/guest-sizes.ts';
import { t } from '../../i18n/index.ts';
import { createOwnRights } from '../access/access-data.ts';
import { sizeName, sizeText } from '../create-guest/size-field.tsx';
import { SizeDialog } from './size-dialog.tsx';

type Kind = GuestSizeItem['kind'];
type Open =
  | { readonly what: 'reset' }
  | { readonly what: 'add'; readonly kind: Kind }
  | { readonly what: 'edit' | 'remove'; readonly size: GuestSizeItem };

const kinds = ['qemu', 'lxc'] as const;

export default function SizesTab() {
  const sizes = createGuestSizes();
  const rights = createOwnRights();
  const reason = () => rights.lacking('/', 'Sys.Modify');
  const [open, setOpen] = createSignal<Open>();
  const close = () => setOpen(undefined);
  /** As they were read; what is only read again has not changed yet. */
  const list = createMemo(() => sizes.data());
  const byId = createMemo(() => new Map((list() ?? []).map((one) => [one.id, one])));
  /** Their ids: a row stays that of its size when it moves. */
  const idsOf = (kind: Kind) => (list() ?? []).filter((one) => one.kind === kind).map(({ id }) => id);
  /** The button that moved a size, until the list is there again: places are counted in that one. */
  let pressed: HTMLElement | undefined;
  createEffect(
    on(list, () => {
      // What moves loses the focus.
      if (document.activeElement === document.body) pressed?.focus();
      pressed = undefined;
    }),
  );
  async function move(id: string, position: number, button: HTMLElement): Promise<void> {
    if (pressed) return;
    pressed = button;
    try {
      await api('PUT /cluster/guest-sizes/{id}', { id, position });
      sizes.reload();
    } catch (thrown) {
      pressed = undefined;
      toastError(t('sizes.moveFailed'), thrown);
    }
  }
  return (
    <div class="flex max-w-4xl flex-col gap-4">
      <div class="flex flex-wrap items-start justify-between gap-3">
        <p class="min-w-0 max-w-prose flex-1 text-sm text-muted max-sm:basis-full">{t('sizes.about')}</p>
        <Button reason={reason()} onClick={() => setOpen({ what: 'reset' })}>
          {t('sizes.reset')}
        </Button>
      </div>
      <ErrorNote error={sizes.error()} retry={sizes.reload} />
      <Show when={list()} fallback={<Show when={!sizes.error()}>{<Skeleton lines={8} />}</Show>}>
        <For each={kinds}>
          {(kind) => (
            <Panel
              flush
              title={t(kind === 'qemu' ? 'sizes.ofVms' : 'sizes.ofContainers')}
              actions={
                <Button
                  icon={<Plus size={15} />}
                  reason={reason()}
                  aria-label={t(kind === 'qemu' ? 'sizes.addVm' : 'sizes.addContainer')}
                  onClick={() => setOpen({ what: 'add', kind })}
                >
                  {t('sizes.add')}
                </Button>
              }
            >
              <ul class="border-t border-line">
                <For
                  each={idsOf(kind)}
                  fallback={
                    <li>
                      <EmptyState
                        icon={<Ruler size={26} />}
                        title={t('sizes.none')}
                        text={t('sizes.noneHint')}
                      />
                    </li>
                  }
                >
                  {(id, i) => (
                    <Show when={byId().get(id)}>
                      {(size) => (
                        <SizeRow
                          size={size()}
                          reason={reason()}
                          first={i() === 0}
                          last={i() === idsOf(kind).length - 1}
                          onMove={(by, button) => void move(id, i() + by, button)}
                          onEdit={() => setOpen({ what: 'edit', size: size() })}
                          onRemove={() => setOpen({ what: 'remove', size: size() })}
                        />
                      )}
                    </Show>
                  )}
                </For>
              </ul>
            </Panel>
          )}
        </For>
      </Show>
      <Show when={open()} keyed>
        {(which) => {
          if (which.what === 'add')
            return <SizeDialog kind={which.kind} onDone={sizes.reload} onClose={close} />;
          if (which.what === 'edit')
            return (
              <SizeDialog kind={which.size.kind} size={which.size} onDone={sizes.reload} onClose={close} />
            );
          const gone = which.what === 'remove' ? which.size : undefined;
          return (
            <ConfirmDialog
              open
              onClose={close}
              title={gone ? t('sizes.removeTitle', { name: sizeName(gone) }) : t('sizes.resetTitle')}
              action={t(gone ? 'sizes.remove' : 'sizes.reset')}
              onConfirm={async () => {
                if (gone) await api('DELETE /cluster/guest-sizes/{id}', { id: gone.id });
                else await api('DELETE /cluster/guest-sizes', {});
                sizes.reload();
              }}
            >
              {t(gone ? 'sizes.removeText' : 'sizes.resetText')}
            </ConfirmDialog>
          );
        }}
      </Show>
    </div>
  );
}

function SizeRow(props: {
  size: GuestSizeItem;
  reason: string | undefined;
  first: boolean;
  last: boolean;
  onMove: (by: -1 | 1, button: HTMLElement) => void;
  onEdit: () => void;
  onRemove: () => void;
}) {
  const name = () => sizeName(props.size);
  return (
    <li class="flex flex-wrap items-center gap-x-3 gap-y-1 border-b border-line py-1.5 ps-4 pe-2 last:border-b-0">
      <div class="min-w-48 flex-1 text-sm">
        <span class="font-medium [overflow-wrap:anywhere]">{name()}</span>
        <p class="num text-muted">{sizeText(props.size, true)}</p>
        <Show when={props.size.description}>
          <p class="text-xs text-muted [overflow-wrap:anywhere]">{props.size.description}</p>
        </Show>
      </div>
      <div class="flex items-center gap-1 max-sm:-ms-3">
        <IconButton
          small
          label={t('options.earlier', { what: name() })}
          reason={props.reason ?? (props.first ? t('options.noFurther') : undefined)}
          onClick={(event) => props.onMove(-1, event.currentTarget)}
        >
          <ArrowUp size={14} />
        </IconButton>
        <IconButton
          small
          label={t('options.later', { what: name() })}
          reason={props.reason ?? (props.last ? t('options.noFurther') : undefined)}
          onClick={(event) => props.onMove(1, event.currentTarget)}
        >
          <ArrowDown size={14} />
        </IconButton>
        <Button
          look="ghost"
          reason={props.reason}
          aria-label={t('options.editOne', { what: name() })}
          onClick={props.onEdit}
        >
          {t('common.edit')}
        </Button>
        <Button
          look="ghost"
          reason={props.reason}
          aria-label={t('sizes.removeOne', { name: name() })}
          onClick={props.onRemove}
        >
          {t('sizes.remove')}
        </Button>
      </div>
    </li>
  );
}
