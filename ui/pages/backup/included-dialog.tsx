// Which guests a job means, which of their disks are in its backups, and why the others are not.
import { A } from '@solidjs/router';
import Ban from 'lucide-solid/icons/ban';
import Check from 'lucide-solid/icons/check';
import { createMemo, createSignal, For, Show } from 'solid-js';
import type { BackupJobItem, IncludedGuest } from '../../../server/contract/cluster-backup.ts';
import { api } from '../../api/client.ts';
import { createQuery } from '../../api/query.ts';
import { Button } from '../../components/button.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { ErrorNote } from '../../components/error-note.tsx';
import { CheckField } from '../../components/field.tsx';
import { Skeleton } from '../../components/panel.tsx';
import { t, tn } from '../../i18n/index.ts';
import { guestOf } from '../../live/store.ts';
import { hrefOf } from '../../shell/tree-model.ts';
import { guestName, jobName } from './job-words.ts';

type Volume = NonNullable<IncludedGuest['children']>[number];
const isIn = (volume: Volume) => volume.included === 1;
/** Something of it is in no backup. */
const isPartial = (guest: IncludedGuest) =>
  guest.type === 'unknown' || (guest.children ?? []).length === 0 || !guest.children?.every(isIn);

export default function IncludedDialog(props: { job: BackupJobItem; onClose: () => void }) {
  const included = createQuery(
    () => ({ id: props.job.id }),
    (from) => api('GET /cluster/backup/{id}/included_volumes', from),
  );
  const [onlyPartial, setOnlyPartial] = createSignal(false);
  const all = () => included.data()?.children;
  const shown = createMemo(() => (all() ?? []).filter((guest) => !onlyPartial() || isPartial(guest)));
  const volumes = createMemo(() => (all() ?? []).flatMap((guest) => guest.children ?? []));
  const partial = createMemo(() => (all() ?? []).filter(isPartial).length);
  return (
    <Dialog
      open
      wide
      onClose={props.onClose}
      title={t('backupJob.includedTitle', { name: jobName(props.job) })}
      footer={<Button onClick={props.onClose}>{t('common.close')}</Button>}
    >
      <div class="flex flex-col gap-3">
        <ErrorNote error={included.error()} retry={included.reload} />
        <Show when={all()} fallback={<Show when={!included.error()}>{<Skeleton lines={6} />}</Show>}>
          <p class="text-sm text-muted" aria-live="polite">
            {tn('backupJob.count', all()?.length ?? 0)}
            {', '}
            {tn('backupJob.disksIn', volumes().length, { in: volumes().filter(isIn).length })}
          </p>
          <Show when={partial() > 0 && partial() < (all()?.length ?? 0)}>
            <CheckField
              label={tn('backupJob.onlyPartial', partial())}
              checked={onlyPartial()}
              onValue={setOnlyPartial}
            />
          </Show>
          <ul class="flex flex-col rounded-md border border-line empty:hidden">
            <For each={shown()}>{(guest) => <GuestVolumes guest={guest} />}</For>
          </ul>
        </Show>
      </div>
    </Dialog>
  );
}

function GuestVolumes(props: { guest: IncludedGuest }) {
  const item = () => guestOf(props.guest.id);
  return (
    <li class="flex flex-col gap-x-4 gap-y-1 border-b border-line px-3 py-2 text-sm last:border-b-0 sm:flex-row">
      <div class="min-w-0 [overflow-wrap:anywhere] sm:w-56 sm:shrink-0">
        <Show when={item()} fallback={<span>{guestName(props.guest.id, props.guest.name)}</span>}>
          {(known) => (
            <A href={hrefOf(known())} class="font-medium hover:underline">
              {guestName(props.guest.id, props.guest.name)}
            </A>
          )}
        </Show>
      </div>
      <Show
        when={props.guest.type !== 'unknown'}
        fallback={<p class="text-warn">{t('backupJob.guestGone')}</p>}
      >
        <ul class="flex min-w-0 flex-1 flex-col gap-1">
          <For
            each={props.guest.children ?? []}
            fallback={<li class="text-warn">{t('backupJob.noDisks')}</li>}
          >
            {(volume) => (
              <li class="flex min-w-0 gap-2">
                <span class={`shrink-0 pt-0.5 ${isIn(volume) ? 'text-ok' : 'text-muted'}`}>
                  <Show when={isIn(volume)} fallback={<Ban size={15} aria-hidden="true" />}>
                    <Check size={15} aria-hidden="true" />
                  </Show>
                </span>
                <span class="min-w-0 flex-1 [overflow-wrap:anywhere]">
                  <span class="font-mono text-xs">{volume.id}</span>{' '}
                  <span class="text-muted">{volume.name}</span>
                  <Show
                    when={isIn(volume)}
                    fallback={<span class="block text-xs text-warn">{whyNot(volume.reason)}</span>}
                  >
                    <span class="sr-only">{t('backupJob.isIn')}</span>
                  </Show>
                </span>
              </li>
            )}
          </For>
        </ul>
      </Show>
    </li>
  );
}

/** The API's reasons in words; others as they are. */
function whyNot(reason: string): string {
  if (reason === 'backup=no' || reason === 'disabled') return t('backupJob.why.off');
  return reason === 'not a volume' ? t('backupJob.why.place') : reason;
}
