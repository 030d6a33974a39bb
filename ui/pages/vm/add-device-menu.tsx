// The menu of what can be added to a VM beside disks and network cards.
import { DropdownMenu } from '@kobalte/core/dropdown-menu';
import Plus from 'lucide-solid/icons/plus';
import { For, Show } from 'solid-js';
import { menuBox, menuItem } from '../../components/menu-look.ts';
import { MenuPortal } from '../../components/menu-portal.tsx';
import { type DeviceKind, devicesOf, freeKey } from '../../forms/vm-config.ts';
import { t } from '../../i18n/index.ts';
import { useGuest } from '../guest/guest-context.ts';

const addable = ['cdrom', 'serial', 'efi', 'tpm', 'rng', 'watchdog', 'audio'] as const;
export type Addable = (typeof addable)[number];

/** Of these there is one at most. */
const singles: ReadonlySet<DeviceKind> = new Set(['efi', 'tpm', 'rng', 'watchdog', 'audio']);

export function AddDeviceMenu(props: { onAdd: (kind: Addable) => void }) {
  const vm = useGuest();
  const lines = () => vm.config.data() ?? [];
  /** Why it cannot be added. */
  const reason = (kind: Addable): string | undefined => {
    if (singles.has(kind))
      return devicesOf(lines()).some((one) => one.kind === kind) ? t('vmDevice.thereAlready') : undefined;
    return kind === 'serial' && freeKey('serial', lines()) === undefined ? t('vmDevice.allTaken') : undefined;
  };
  return (
    <DropdownMenu placement="bottom-end" preventScroll={false} modal={false}>
      <DropdownMenu.Trigger
        class="control inline-flex items-center gap-1.5 rounded-md border border-line bg-surface px-3 text-sm font-medium hover:bg-hover disabled:opacity-45"
        disabled={vm.config.data() === undefined}
      >
        <Plus size={15} aria-hidden="true" />
        {t('vmDevice.addOther')}
      </DropdownMenu.Trigger>
      <MenuPortal>
        <DropdownMenu.Content class={`${menuBox} max-w-80`}>
          <For each={addable}>
            {(kind) => (
              <DropdownMenu.Item
                class={`${menuItem} flex-wrap gap-y-0 py-1`}
                disabled={reason(kind) !== undefined}
                onSelect={() => props.onAdd(kind)}
              >
                <span class="w-full">{t(`device.${kind}`)}</span>
                <Show when={reason(kind) ?? t(`vmDevice.what.${kind}`)}>
                  {(text) => <span class="w-full text-xs text-muted">{text()}</span>}
                </Show>
              </DropdownMenu.Item>
            )}
          </For>
        </DropdownMenu.Content>
      </MenuPortal>
    </DropdownMenu>
  );
}
