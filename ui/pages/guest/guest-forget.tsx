// Forgetting a guest whose storage is gone: offered only then.
import { useNavigate } from '@solidjs/router';
import { createMemo, createSignal, type JSX } from 'solid-js';
import { forgetGuest } from '../../api/guests.ts';
import { ConfirmDialog } from '../../components/confirm-dialog.tsx';
import { lostStorages } from '../../forms/lost-storages.ts';
import { t } from '../../i18n/index.ts';
import { storages } from '../../live/store.ts';
import { watchTask } from '../../live/watched.ts';
import { labelOf } from '../../shell/tree-model.ts';
import { useGuest } from './guest-context.ts';
import type { MoreAction } from './guest-copies.tsx';

export interface Forgetting {
  /** Undefined while all of its storages are there. */
  readonly forget: () => MoreAction | undefined;
  /** To be put on the page once. */
  readonly dialog: () => JSX.Element;
}

/** `refusal`: why it cannot be deleted now, which holds for this too. */
export function createForgetting(refusal: () => string | undefined): Forgetting {
  const guest = useGuest();
  const navigate = useNavigate();
  const [open, setOpen] = createSignal(false);
  const lost = createMemo(() => lostStorages(guest.config.data() ?? [], guest.place().node, storages()));
  return {
    forget: () =>
      lost().length === 0
        ? undefined
        : {
            label: t('forget.action'),
            reason: refusal(),
            onSelect: () => setOpen(true),
          },
    dialog: () => (
      <ConfirmDialog
        open={open()}
        onClose={() => setOpen(false)}
        title={t('forget.title', { name: labelOf(guest.item()) })}
        action={t('forget.action')}
        typed={String(guest.place().vmid)}
        onConfirm={async () => {
          watchTask(await forgetGuest(guest.kind, guest.place()));
          navigate('/');
        }}
      >
        <p>{t('forget.text')}</p>
        <p class="mt-3 text-sm text-muted">{t('forget.why', { storages: lost().join(', ') })}</p>
      </ConfirmDialog>
    ),
  };
}
