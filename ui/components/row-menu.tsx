// What can be done with one row of a list, behind one button at its end.
import { DropdownMenu } from '@kobalte/core/dropdown-menu';
import Ellipsis from 'lucide-solid/icons/ellipsis';
import { For, Show } from 'solid-js';
import { menuBox, menuItem } from './menu-look.ts';
import { MenuPortal } from './menu-portal.tsx';

export interface RowAction {
  readonly label: string;
  readonly onSelect: () => void;
  /** Why it cannot be done. */
  readonly reason?: string | undefined;
  /** It takes something away. */
  readonly harsh?: boolean;
}

/** Nothing when there is nothing to do. */
export function RowMenu(props: { label: string; actions: readonly RowAction[]; tab?: number }) {
  return (
    <Show when={props.actions.length > 0}>
      <DropdownMenu placement="bottom-end" preventScroll={false} modal={false}>
        <DropdownMenu.Trigger
          class="inline-flex size-7 items-center justify-center rounded-md text-muted hover:bg-hover hover:text-text pointer-coarse:size-10"
          tabindex={props.tab}
          aria-label={props.label}
          title={props.label}
        >
          <Ellipsis size={16} aria-hidden="true" />
        </DropdownMenu.Trigger>
        <MenuPortal>
          <DropdownMenu.Content class={`${menuBox} max-w-72`}>
            <For each={props.actions}>
              {(action) => (
                <DropdownMenu.Item
                  class={`${menuItem} flex-wrap gap-y-0 py-1 ${action.harsh && action.reason === undefined ? 'text-bad' : ''}`}
                  disabled={action.reason !== undefined}
                  onSelect={action.onSelect}
                >
                  <span class="w-full">{action.label}</span>
                  <Show when={action.reason}>
                    <span class="w-full text-xs">{action.reason}</span>
                  </Show>
                </DropdownMenu.Item>
              )}
            </For>
          </DropdownMenu.Content>
        </MenuPortal>
      </DropdownMenu>
    </Show>
  );
}
