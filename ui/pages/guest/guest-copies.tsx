// Cloning a guest and making a template of it: when each is possible, and their dialogs.
import { createSignal, type JSX, lazy, Show, Suspense } from 'solid-js';
import { api } from '../../api/client.ts';
import type { GuestPlace } from '../../api/guests.ts';
import { createQuery } from '../../api/query.ts';
import { ConfirmDialog } from '../../components/confirm-dialog.tsx';
import { heldText, refusalText } from '../../components/guest-words.ts';
import { currentName } from '../../forms/snapshot-tree.ts';
import { t } from '../../i18n/index.ts';
import { watchTask } from '../../live/watched.ts';
import { labelOf } from '../../shell/tree-model.ts';
import { type GuestContext, useGuest } from './guest-context.ts';

const CloneDialog = lazy(() => import('./clone-dialog.tsx'));

/** One of a guest's actions that the table of actions does not know. */
export interface MoreAction {
  readonly label: string;
  readonly reason?: string | undefined;
  readonly onSelect: () => void;
}

interface Copies {
  readonly clone: () => MoreAction;
  /** Undefined for what is a template. */
  readonly makeTemplate: () => MoreAction | undefined;
  /** To be put on the page once. */
  readonly dialogs: () => JSX.Element;
}

export function createCopies(): Copies {
  const guest = useGuest();
  const [open, setOpen] = createSignal<'clone' | 'template'>();
  const close = () => setOpen(undefined);
  const held = () => heldText(guest.item());
  return {
    clone: () => ({ label: t('clone.action'), reason: held(), onSelect: () => setOpen('clone') }),
    makeTemplate: () =>
      guest.item().template === 1
        ? undefined
        : {
            label: t('template.make'),
            // What runs can be deleted as little.
            reason: held() ?? refusalText(guest.item(), 'delete'),
            onSelect: () => setOpen('template'),
          },
    dialogs: () => (
      <>
        <Show when={open() === 'clone'}>
          <Suspense>
            <CloneDialog onClose={close} />
          </Suspense>
        </Show>
        <Show when={open() === 'template'}>
          <MakeTemplateDialog onClose={close} />
        </Show>
      </>
    ),
  };
}

function MakeTemplateDialog(props: { onClose: () => void }) {
  const guest = useGuest();
  const snapshots = createQuery(guest.place, (place: GuestPlace) =>
    api(`GET /nodes/{node}/${guest.kind}/{vmid}/snapshot`, { ...place }),
  );
  const names = () => (snapshots.data() ?? []).map((one) => one.name).filter((name) => name !== currentName);
  const reason = () =>
    names().length > 0 ? t('template.hasSnapshots', { names: names().join(', ') }) : undefined;
  return (
    <ConfirmDialog
      open
      onClose={props.onClose}
      title={t('template.makeTitle', { name: labelOf(guest.item()) })}
      action={t('template.makeSubmit')}
      reason={reason()}
      onConfirm={() => makeTemplate(guest)}
    >
      <p>{t(guest.kind === 'lxc' ? 'template.makeText' : 'template.makeTextVm')}</p>
      <Show when={reason()}>{(text) => <p class="mt-3 text-sm text-bad">{text()}</p>}</Show>
    </ConfirmDialog>
  );
}

/** A container becomes one at once, a machine in a task. */
async function makeTemplate(guest: GuestContext): Promise<void> {
  if (guest.kind === 'qemu') watchTask(await api('POST /nodes/{node}/qemu/{vmid}/template', guest.place()));
  else await api('POST /nodes/{node}/lxc/{vmid}/template', { ...guest.place() });
  guest.config.reload();
}
