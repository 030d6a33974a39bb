// A guest's snapshots as the tree that they are: taking, going back, describing, removing.
import Camera from 'lucide-solid/icons/camera';
import { createMemo, createSignal, For, Show } from 'solid-js';
import { api } from '../../api/client.ts';
import { createQuery } from '../../api/query.ts';
import { Button } from '../../components/button.tsx';
import { ErrorNote } from '../../components/error-note.tsx';
import { heldText } from '../../components/guest-words.ts';
import { Badge, EmptyState, Panel, Skeleton } from '../../components/panel.tsx';
import { asSentence, moment } from '../../format/show.ts';
import { type SnapshotRow, snapshotRows } from '../../forms/snapshot-tree.ts';
import { t } from '../../i18n/index.ts';
import { revision } from '../../live/store.ts';
import { useGuest } from './guest-context.ts';
import { GuestWork } from './guest-work.tsx';
import {
  DescribeSnapshotDialog,
  RemoveSnapshotDialog,
  RollbackDialog,
  TakeSnapshotDialog,
} from './snapshot-dialogs.tsx';

/** Tasks that make, remove and go back to snapshots. */
const snapshotTasks = /^(vz|qm)(snapshot|delsnapshot|rollback)$/;

type Open =
  | { readonly what: 'take' }
  | { readonly what: 'rollback' | 'describe' | 'remove'; readonly snapshot: SnapshotRow };

export default function SnapshotsTab() {
  const guest = useGuest();
  const [open, setOpen] = createSignal<Open>();
  const close = () => setOpen(undefined);
  const here = () => ({
    ...guest.place(),
    status: guest.item().status,
    revision: revision(`/vms/${guest.place().vmid}`, `${guest.place().node}/${guest.place().vmid}`),
  });
  const list = createQuery(here, ({ node, vmid }) =>
    api(`GET /nodes/{node}/${guest.kind}/{vmid}/snapshot`, { node, vmid }),
  );
  const feature = createQuery(here, ({ node, vmid }) =>
    api(`GET /nodes/{node}/${guest.kind}/{vmid}/feature`, { node, vmid, feature: 'snapshot' }),
  );
  const rows = createMemo(() => snapshotRows(list.data() ?? []));
  const noTaking = () =>
    noChange() ??
    (feature.data()?.hasFeature === 0 ? (feature.data()?.reason ?? t('snapshot.cannot')) : undefined);
  const noChange = () => heldText(guest.item());
  const take = () => (
    <Button
      look="primary"
      icon={<Camera size={15} />}
      reason={noTaking()}
      onClick={() => setOpen({ what: 'take' })}
    >
      {t('snapshot.take')}
    </Button>
  );
  return (
    <div class="flex max-w-5xl flex-col gap-4">
      <ErrorNote error={list.error()} retry={list.reload} />
      <Show when={list.data() || !list.error()}>
        <Panel title={t('tab.snapshots')} flush actions={take()}>
          <Show when={noTaking()}>
            {(reason) => <p class="px-4 pb-3 text-sm text-muted">{asSentence(reason())}</p>}
          </Show>
          <GuestWork types={snapshotTasks} />
          <Show
            when={list.data()}
            fallback={
              <div class="px-4 pb-3">
                <Skeleton lines={4} />
              </div>
            }
          >
            <Show
              when={rows().length > 1}
              fallback={
                <div class="border-t border-line">
                  <EmptyState
                    icon={<Camera size={26} />}
                    title={t('snapshot.none')}
                    text={t(guest.kind === 'qemu' ? 'snapshot.noneHintVm' : 'snapshot.noneHint')}
                  />
                </div>
              }
            >
              <ul class="border-t border-line" aria-label={t('tab.snapshots')}>
                <For each={rows()}>
                  {(row) => (
                    <li
                      class="flex flex-wrap items-center gap-x-3 gap-y-1 border-b border-line py-2 ps-4 pe-2 last:border-b-0"
                      style={{ 'padding-inline-start': `${1 + Math.min(row.depth, 6) * 1.25}rem` }}
                    >
                      <span
                        aria-hidden="true"
                        class={`size-2.5 shrink-0 rounded-full ${row.isCurrent ? 'bg-accent' : 'border-2 border-line-strong'}`}
                      />
                      <div class="flex min-w-40 flex-1 flex-col gap-x-3 text-sm sm:flex-row sm:items-center">
                        <div class="min-w-0 flex-1">
                          <p class="flex flex-wrap items-center gap-x-2 font-medium [overflow-wrap:anywhere]">
                            {row.isCurrent ? t('snapshot.now') : row.name}
                            <Show when={row.vmstate}>
                              <Badge tone="accent">{t('snapshot.withMemory')}</Badge>
                            </Show>
                          </p>
                          <p class="line-clamp-3 [overflow-wrap:anywhere] whitespace-pre-wrap text-muted">
                            {row.isCurrent ? t('snapshot.nowText') : row.description}
                          </p>
                        </div>
                        <Show when={!row.isCurrent}>
                          <span class="num shrink-0 text-muted sm:w-32">{moment(row.snaptime)}</span>
                        </Show>
                      </div>
                      <Show when={!row.isCurrent}>
                        <div class="flex items-center gap-1 max-sm:ms-2">
                          <Button
                            look="ghost"
                            reason={noChange()}
                            aria-label={t('snapshot.rollbackOne', { name: row.name })}
                            onClick={() => setOpen({ what: 'rollback', snapshot: row })}
                          >
                            {t('snapshot.rollback')}
                          </Button>
                          <Button
                            look="ghost"
                            aria-label={t('snapshot.editOne', { name: row.name })}
                            onClick={() => setOpen({ what: 'describe', snapshot: row })}
                          >
                            {t('common.edit')}
                          </Button>
                          <Button
                            look="ghost"
                            reason={noChange()}
                            aria-label={t('snapshot.removeOne', { name: row.name })}
                            onClick={() => setOpen({ what: 'remove', snapshot: row })}
                          >
                            {t('hardware.remove')}
                          </Button>
                        </div>
                      </Show>
                    </li>
                  )}
                </For>
              </ul>
            </Show>
          </Show>
        </Panel>
      </Show>
      <Show when={open()} keyed>
        {(which) => {
          switch (which.what) {
            case 'take':
              return <TakeSnapshotDialog known={list.data() ?? []} onClose={close} />;
            case 'rollback':
              return <RollbackDialog snapshot={which.snapshot} alone={rows().length <= 2} onClose={close} />;
            case 'describe':
              return (
                <DescribeSnapshotDialog snapshot={which.snapshot} onSaved={list.reload} onClose={close} />
              );
            case 'remove':
              return <RemoveSnapshotDialog snapshot={which.snapshot} onClose={close} />;
          }
        }}
      </Show>
    </div>
  );
}
