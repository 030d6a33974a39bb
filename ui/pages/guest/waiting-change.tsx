// A change that waits for the guest's next start: what it will be, plainly marked, and taking it back.
import Undo from 'lucide-solid/icons/undo-2';
import { createSignal, type JSX } from 'solid-js';
import { revertConfig } from '../../api/guests.ts';
import { Button } from '../../components/button.tsx';
import { Badge } from '../../components/panel.tsx';
import { toastError } from '../../components/toasts.tsx';
import { t } from '../../i18n/index.ts';
import { useGuest } from './guest-context.ts';

/** `keys`: what is taken back together; `what`: names it for who does not see where the button stands. */
export function WaitingChange(props: { what: string; keys: readonly string[]; children: JSX.Element }) {
  const guest = useGuest();
  const [busy, setBusy] = createSignal(false);
  async function revert(): Promise<void> {
    setBusy(true);
    try {
      await guest.change(() => revertConfig(guest.kind, guest.place(), props.keys));
    } catch (thrown) {
      toastError(t('hardware.revertFailed'), thrown);
    }
    setBusy(false);
  }
  return (
    <div class="num flex flex-wrap items-center gap-x-2 gap-y-1 [overflow-wrap:anywhere]">
      <Badge tone="warn">{t('hardware.pending')}</Badge>
      {props.children}
      <Button
        look="ghost"
        icon={<Undo size={14} />}
        busy={busy()}
        aria-label={t('hardware.revertOne', { what: props.what })}
        onClick={() => void revert()}
      >
        {t('hardware.revert')}
      </Button>
    </div>
  );
}
