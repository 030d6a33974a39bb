// What can be created, behind one button where there is no room for more.
import { DropdownMenu } from '@kobalte/core/dropdown-menu';
import { For } from 'solid-js';
import { menuBox, menuItem } from '../components/menu-look.ts';
import { MenuPortal } from '../components/menu-portal.tsx';
import type { Face } from '../components/on-demand.tsx';
import { t } from '../i18n/index.ts';
import { creatable, setCreating } from './create-state.ts';

export default function CreateMenu(props: Face) {
  return (
    <DropdownMenu placement="bottom-end" preventScroll={false} modal={false}>
      <DropdownMenu.Trigger {...props} />
      <MenuPortal>
        <DropdownMenu.Content class={menuBox}>
          <For each={creatable}>
            {({ kind, label }) => (
              <DropdownMenu.Item class={menuItem} onSelect={() => setCreating({ kind, node: '' })}>
                {t(label)}
              </DropdownMenu.Item>
            )}
          </For>
        </DropdownMenu.Content>
      </MenuPortal>
    </DropdownMenu>
  );
}
