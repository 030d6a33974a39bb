// One device or setting in a list of them: what it is, what it will be after a restart, what can be done.
import Undo from 'lucide-solid/icons/undo-2';
import { type JSX, Show } from 'solid-js';
import { revertConfig } from '../../api/guests.ts';
import { Button } from '../../components/button.tsx';
import { Badge } from '../../components/panel.tsx';
import { toastError } from '../../components/toasts.tsx';
import { t } from '../../i18n/index.ts';
import { useGuest } from './guest-context.ts';

interface DeviceRowProps {
  icon: JSX.Element;
  name: string;
  keyName?: string;
  text: JSX.Element;
  /** What it will be after a restart. */
  later?: JSX.Element | undefined;
  /** The keys that are reverted together. */
  keys: readonly string[];
  children: JSX.Element;
}

export function DeviceRow(props: DeviceRowProps) {
  const guest = useGuest();
  async function revert(): Promise<void> {
    try {
      await revertConfig(guest.kind, guest.place(), props.keys);
      guest.config.reload();
    } catch (thrown) {
      toastError(t('hardware.revertFailed'), thrown);
    }
  }
  return (
    <li class="flex flex-wrap items-center gap-x-3 gap-y-1 border-b border-line py-1.5 ps-4 pe-2 last:border-b-0">
      <span class="text-muted">{props.icon}</span>
      <div class="w-40 shrink-0 text-sm">
        <span class="font-medium">{props.name}</span>{' '}
        <span class="font-mono text-xs text-muted">{props.keyName}</span>
      </div>
      <div class="num min-w-48 flex-1 text-sm">
        <div class={`[overflow-wrap:anywhere] ${props.later === undefined ? '' : 'text-muted'}`}>
          {props.text}
        </div>
        <Show when={props.later}>
          {(later) => (
            <div class="flex flex-wrap items-center gap-2 [overflow-wrap:anywhere]">
              <Badge tone="warn">{t('hardware.pending')}</Badge>
              {later()}
              <Button look="ghost" icon={<Undo size={14} />} onClick={() => void revert()}>
                {t('hardware.revert')}
              </Button>
            </div>
          )}
        </Show>
      </div>
      <div class="flex items-center gap-1 max-sm:flex-wrap">{props.children}</div>
    </li>
  );
}

export function EditButton(props: { what: string; onClick: () => void; reason?: string | undefined }) {
  return (
    <Button
      look="ghost"
      aria-label={t('options.editOne', { what: props.what })}
      reason={props.reason}
      onClick={props.onClick}
    >
      {t('common.edit')}
    </Button>
  );
}
