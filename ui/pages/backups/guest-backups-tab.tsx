// A guest's backups: on which storage, what is there, and one more at once.
import { A } from '@solidjs/router';
import Archive from 'lucide-solid/icons/archive';
import TriangleAlert from 'lucide-solid/icons/triangle-alert';
import { createMemo, createSignal, For, lazy, Show, Suspense } from 'solid-js';
import { Button } from '../../components/button.tsx';
import { heldText } from '../../components/guest-words.ts';
import { EmptyState, Notice, Panel } from '../../components/panel.tsx';
import { asSentence } from '../../format/show.ts';
import { t } from '../../i18n/index.ts';
import { live, storages } from '../../live/store.ts';
import { useGuest } from '../guest/guest-context.ts';
import { GuestWork } from '../guest/guest-work.tsx';
import { BackupsTable } from './backups-table.tsx';
import { agoText } from './proof-words.ts';

const BackupNowDialog = lazy(() => import('./backup-now-dialog.tsx'));

/** Tasks that make backups of guests, guests of backups, and try that. */
const backupTasks = /^(vzdump|qmrestore|vzrestore|backuptest)$/;

export default function GuestBackupsTab() {
  const guest = useGuest();
  const [chosen, setChosen] = createSignal('');
  const [backingUp, setBackingUp] = createSignal(false);
  /** Those of the guest's node that hold backups; what works comes first. */
  const places = createMemo(() =>
    storages()
      .filter(
        (one) =>
          one.node === guest.place().node && (one.content ?? '').split(',').includes('backup') && one.storage,
      )
      .map(({ storage = '', status }) => ({ storage, works: status === 'available' }))
      .sort((a, b) => Number(b.works) - Number(a.works) || a.storage.localeCompare(b.storage)),
  );
  const storage = () =>
    places().find((one) => one.storage === chosen())?.storage ?? places()[0]?.storage ?? '';
  const where = () => (
    <select
      class="control max-w-52 rounded-md border border-line bg-surface px-2 text-sm"
      aria-label={t('backup.storage')}
      onChange={(event) => setChosen(event.currentTarget.value)}
    >
      <For each={places()}>
        {(one) => (
          <option value={one.storage} selected={one.storage === storage()}>
            {one.works ? one.storage : t('backup.storageDown', { storage: one.storage })}
          </option>
        )}
      </For>
    </select>
  );
  const now = () => (
    <Button
      look="primary"
      icon={<Archive size={15} />}
      reason={heldText(guest.item())}
      onClick={() => setBackingUp(true)}
    >
      {t('backup.now')}
    </Button>
  );
  return (
    <div class="flex max-w-6xl flex-col gap-4">
      <Panel
        title={t('content.backup')}
        flush
        actions={
          <Show when={storage()}>
            {where()}
            {now()}
          </Show>
        }
      >
        <GuestWork types={backupTasks} newest />
        <LastProof />
        <Show
          when={storage()}
          keyed
          fallback={
            <Show when={live.loaded}>
              <div class="border-t border-line">
                <EmptyState
                  icon={<Archive size={26} />}
                  title={t('backup.noStorage')}
                  text={t('backup.noStorageHint')}
                >
                  <A class="text-sm text-accent hover:underline" href="/storages">
                    {t('tab.storages')}
                  </A>
                </EmptyState>
              </div>
            </Show>
          }
        >
          {(name) => (
            <div class="border-t border-line">
              <BackupsTable
                node={guest.place().node}
                storage={name}
                vmid={guest.place().vmid}
                emptyText={t('backup.noneHint', { storage: name })}
              />
            </div>
          )}
        </Show>
      </Panel>
      <Show when={backingUp()}>
        <Suspense>
          <BackupNowDialog storage={storage()} onClose={() => setBackingUp(false)} />
        </Suspense>
      </Show>
    </div>
  );
}

/** When a restore of this guest last went well, and whether the newest try failed. */
function LastProof() {
  const guest = useGuest();
  const item = () => guest.item();
  const proven = () => {
    const { provenAt } = item();
    return provenAt === undefined
      ? t('proof.neverProven')
      : t('proof.lastProven', { when: agoText(provenAt) });
  };
  return (
    <Show when={item().provenAt !== undefined || item().proofAlert}>
      <div class="px-4 pt-1.5 pb-3 text-sm">
        <Show when={item().proofAlert} fallback={<p class="text-muted">{proven()}</p>}>
          <Notice tone="bad" icon={<TriangleAlert size={16} />}>
            <p class="font-medium">{t('guests.proofFailed')}</p>
            <Show when={item().proofProblem}>
              {(problem) => <p class="break-words">{asSentence(problem())}</p>}
            </Show>
            <p>{proven()}</p>
          </Notice>
        </Show>
      </div>
    </Show>
  );
}
