// What can be done with all guests of a node at once: each says with how many, and asks.
import { DropdownMenu } from '@kobalte/core/dropdown-menu';
import ChevronDown from 'lucide-solid/icons/chevron-down';
import { createMemo, createSignal, For, Show } from 'solid-js';
import { api } from '../../api/client.ts';
import { ConfirmDialog } from '../../components/confirm-dialog.tsx';
import { CheckField } from '../../components/field.tsx';
import { menuBox, menuItem } from '../../components/menu-look.ts';
import { MenuPortal } from '../../components/menu-portal.tsx';
import { t, tn } from '../../i18n/index.ts';
import { guests, nodeOf } from '../../live/store.ts';
import { watchTask } from '../../live/watched.ts';

const actions = ['start', 'shutdown', 'suspend'] as const;
type AllAction = (typeof actions)[number];

export function AllGuestsMenu(props: { node: string }) {
  const [open, setOpen] = createSignal<AllAction>();
  return (
    <>
      <DropdownMenu placement="bottom-end" preventScroll={false} modal={false}>
        <DropdownMenu.Trigger class="control inline-flex items-center gap-1.5 rounded-md border border-line bg-surface px-3 text-sm font-medium hover:bg-hover">
          {t('allGuests.menu')}
          <ChevronDown size={15} aria-hidden="true" />
        </DropdownMenu.Trigger>
        <MenuPortal>
          <DropdownMenu.Content class={menuBox}>
            <For each={actions}>
              {(action) => (
                <DropdownMenu.Item
                  class={menuItem}
                  disabled={nodeOf(props.node)?.status !== 'online'}
                  onSelect={() => setOpen(action)}
                >
                  {t(`allGuests.${action}`)}
                </DropdownMenu.Item>
              )}
            </For>
          </DropdownMenu.Content>
        </MenuPortal>
      </DropdownMenu>
      <Show when={open()} keyed>
        {(action) => <AllGuestsDialog node={props.node} action={action} onClose={() => setOpen(undefined)} />}
      </Show>
    </>
  );
}

function AllGuestsDialog(props: { node: string; action: AllAction; onClose: () => void }) {
  const { node, action } = props;
  const [more, setMore] = createSignal(action === 'shutdown');
  /** With how many it has to do; which of those that are off start with the node is known only there. */
  const count = createMemo(
    () =>
      guests().filter(
        (one) =>
          one.node === node &&
          one.template !== 1 &&
          (action === 'start' ? one.status === 'stopped' : one.status === 'running') &&
          (action !== 'suspend' || one.type === 'qemu'),
      ).length,
  );
  return (
    <ConfirmDialog
      open
      onClose={props.onClose}
      title={t(`allGuests.${action}Title`, { node })}
      action={t(`allGuests.${action}`)}
      calm={action !== 'shutdown'}
      reason={count() === 0 ? t('bulk.none') : undefined}
      onConfirm={async () => watchTask(await ask(node, action, more()))}
    >
      <p class="mb-2">{tn(`allGuests.${action}Text`, count())}</p>
      <Show when={action !== 'suspend'}>
        <CheckField
          label={t(action === 'start' ? 'allGuests.force' : 'allGuests.forceStop')}
          checked={more()}
          onValue={setMore}
        />
      </Show>
    </ConfirmDialog>
  );
}

/** `more`: also those that do not start by themselves; those that do not react are cut off. */
function ask(node: string, action: AllAction, more: boolean): Promise<string> {
  switch (action) {
    case 'start':
      return api('POST /nodes/{node}/startall', { node, force: more });
    case 'shutdown':
      return api('POST /nodes/{node}/stopall', { node, 'force-stop': more });
    case 'suspend':
      return api('POST /nodes/{node}/suspendall', { node });
  }
}
