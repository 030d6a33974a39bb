// The keys that a browser keeps for itself, to be sent to a VM's screen.
import { DropdownMenu } from '@kobalte/core/dropdown-menu';
import ChevronDown from 'lucide-solid/icons/chevron-down';
import { For, Show } from 'solid-js';
import { Button } from '../../components/button.tsx';
import { menuBox, menuItem } from '../../components/menu-look.ts';
import { MenuPortal } from '../../components/menu-portal.tsx';
import { type ConsoleKey, combinations } from '../../consoles/console-keys.ts';
import { t } from '../../i18n/index.ts';

/** `reason`: why none can be sent. */
export function KeysMenu(props: {
  reason: string | undefined;
  onChoose: (keys: readonly ConsoleKey[]) => void;
}) {
  return (
    <Show
      when={props.reason === undefined}
      fallback={
        <Button reason={props.reason}>
          {t('console.keys')}
          <ChevronDown size={15} aria-hidden="true" />
        </Button>
      }
    >
      <DropdownMenu placement="bottom-end" preventScroll={false} modal={false}>
        <DropdownMenu.Trigger class="control inline-flex items-center gap-1.5 rounded-md border border-line bg-surface px-3 text-sm font-medium hover:bg-hover">
          {t('console.keys')}
          <ChevronDown size={15} aria-hidden="true" />
        </DropdownMenu.Trigger>
        <MenuPortal>
          <DropdownMenu.Content
            class={menuBox}
            // The screen gets the focus, for what is typed next.
            onCloseAutoFocus={(event) => event.preventDefault()}
          >
            <For each={combinations}>
              {(group, i) => (
                <>
                  <Show when={i() > 0}>
                    <DropdownMenu.Separator class="my-1 border-line" />
                  </Show>
                  <For each={group}>
                    {({ name, keys }) => (
                      <DropdownMenu.Item class={menuItem} onSelect={() => props.onChoose(keys)}>
                        {name}
                      </DropdownMenu.Item>
                    )}
                  </For>
                </>
              )}
            </For>
          </DropdownMenu.Content>
        </MenuPortal>
      </DropdownMenu>
    </Show>
  );
}
