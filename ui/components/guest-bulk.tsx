// What can be done with several guests at once: the buttons, disabled where it can be done with none of them.
import { DropdownMenu } from '@kobalte/core/dropdown-menu';
import ChevronDown from 'lucide-solid/icons/chevron-down';
import Play from 'lucide-solid/icons/play';
import Power from 'lucide-solid/icons/power';
import { createMemo, createSignal, For, type JSX, Show } from 'solid-js';
import type { ResourceItem } from '../../server/contract/resources.ts';
import { t } from '../i18n/index.ts';
import { partByReason } from './bulk-run.ts';
import { Button } from './button.tsx';
import { type BulkAction, GuestBulkDialog } from './guest-bulk-dialog.tsx';
import { refusalText } from './guest-words.ts';
import { menuBox } from './menu-look.ts';
import { MenuPortal } from './menu-portal.tsx';

const inMenu: readonly BulkAction[] = ['reboot', 'suspend', 'hibernate', 'resume', 'stop', 'delete'];
const harsh: ReadonlySet<BulkAction> = new Set(['stop', 'delete']);

export function GuestBulk(props: { guests: readonly ResourceItem[] }) {
  const [chosen, setChosen] = createSignal<{ action: BulkAction; guests: readonly ResourceItem[] }>();
  /** Why it can be done with none of them. */
  const reason = (action: BulkAction): string | undefined => {
    const { able, unable } = partByReason(props.guests, (item) => refusalText(item, action));
    if (able.length > 0) return undefined;
    const reasons = new Set(unable.map((one) => one.reason));
    return reasons.size === 1 ? [...reasons][0] : t('bulk.none');
  };
  const choose = (action: BulkAction) => setChosen({ action, guests: [...props.guests] });
  return (
    <>
      <Simple action="start" icon={<Play size={15} />} reason={reason('start')} onChoose={choose} />
      <Simple action="shutdown" icon={<Power size={15} />} reason={reason('shutdown')} onChoose={choose} />
      <DropdownMenu placement="bottom-end" preventScroll={false} modal={false}>
        <DropdownMenu.Trigger class="control inline-flex items-center gap-1.5 rounded-md border border-line bg-surface px-3 text-sm font-medium hover:bg-hover">
          {t('bulk.more')}
          <ChevronDown size={15} aria-hidden="true" />
        </DropdownMenu.Trigger>
        <MenuPortal>
          <DropdownMenu.Content class={menuBox}>
            <For each={inMenu}>
              {(action) => {
                const why = createMemo(() => reason(action));
                return (
                  <DropdownMenu.Item
                    class={`flex min-h-9 cursor-pointer flex-col justify-center rounded-md px-3 py-1 text-sm outline-none data-disabled:cursor-default data-disabled:text-muted data-highlighted:bg-hover pointer-coarse:min-h-11 ${harsh.has(action) ? 'text-bad' : ''}`}
                    disabled={why() !== undefined}
                    onSelect={() => choose(action)}
                  >
                    {t(`bulk.${action}`)}
                    <Show when={why()}>{(text) => <span class="text-xs text-muted">{text()}</span>}</Show>
                  </DropdownMenu.Item>
                );
              }}
            </For>
          </DropdownMenu.Content>
        </MenuPortal>
      </DropdownMenu>
      <Show when={chosen()} keyed>
        {(one) => <GuestBulkDialog {...one} onClose={() => setChosen(undefined)} />}
      </Show>
    </>
  );
}

function Simple(props: {
  action: BulkAction;
  icon: JSX.Element;
  reason: string | undefined;
  onChoose: (action: BulkAction) => void;
}) {
  return (
    <Button icon={props.icon} reason={props.reason} onClick={() => props.onChoose(props.action)}>
      {t(`bulk.${props.action}`)}
    </Button>
  );
}
