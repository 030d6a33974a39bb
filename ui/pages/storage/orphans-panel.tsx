// Disks of a storage that nobody names: what they are and why, given to their guest or removed.
import Trash from 'lucide-solid/icons/trash';
import Unlink from 'lucide-solid/icons/unlink';
import { createSignal, Show } from 'solid-js';
import { api } from '../../api/client.ts';
import { createQuery } from '../../api/query.ts';
import { runBulk } from '../../components/bulk-run.ts';
import { Button } from '../../components/button.tsx';
import { ConfirmDialog } from '../../components/confirm-dialog.tsx';
import { DataTable } from '../../components/data-table.tsx';
import { EmptyState } from '../../components/panel.tsx';
import { wordFilter } from '../../components/table-filter.ts';
import { toastError } from '../../components/toasts.tsx';
import { bytes } from '../../format/show.ts';
import { t, tn } from '../../i18n/index.ts';
import { live, revision } from '../../live/store.ts';
import { watchTask } from '../../live/watched.ts';
import { volumeName } from './content-kinds.ts';
import { type Orphan, orphanColumns, reasonText } from './orphan-columns.tsx';

const atOnce = 4;
const filter = wordFilter((orphan: Orphan) => [volumeName(orphan.volid), reasonText(orphan), orphan.notes]);

export default function OrphansPanel(props: { node: string; storage: string }) {
  const [removing, setRemoving] = createSignal<readonly Orphan[]>();
  const query = createQuery(
    () =>
      live.loaded && {
        node: props.node,
        storage: props.storage,
        revision: revision(`/storage/${props.storage}`, props.node),
      },
    ({ node, storage }) => api('GET /nodes/{node}/storage/{storage}/orphans', { node, storage }),
  );
  const columns = orphanColumns((orphan) => void adopt(orphan));
  const place = () => ({ node: props.node, storage: props.storage });

  async function adopt({ volid, vmid = 0 }: Orphan): Promise<void> {
    try {
      watchTask(
        await api('POST /nodes/{node}/storage/{storage}/adopt-volume', { ...place(), volume: volid }),
      );
    } catch (thrown) {
      toastError(t('orphans.adopt', { vmid }), thrown);
    }
  }

  return (
    <div class="flex min-h-0 flex-1 flex-col gap-3">
      <p class="px-4 pt-3 text-sm text-muted lg:px-0 lg:pt-0">{t('orphans.intro')}</p>
      <section
        aria-label={t('orphans.tab')}
        class="flex min-h-0 flex-1 flex-col bg-surface lg:rounded-lg lg:border lg:border-line"
      >
        <DataTable
          name="volumes.orphans"
          label={t('orphans.tab')}
          rows={query.data()}
          columns={columns}
          sort={{ key: 'size', down: true }}
          rowKey={({ volid }) => volid}
          rowLabel={({ volid }) => volumeName(volid)}
          filter={filter}
          filterLabel={t('content.filter')}
          bulk={(rows) => (
            <Button icon={<Trash size={15} />} onClick={() => setRemoving(rows())}>
              {t('orphans.removeSelected')}
            </Button>
          )}
          error={query.error()}
          retry={query.reload}
          empty={
            <EmptyState icon={<Unlink size={26} />} title={t('orphans.none')} text={t('orphans.noneHint')} />
          }
        />
      </section>
      <Show when={removing()} keyed>
        {(orphans) => (
          <RemoveOrphans
            {...place()}
            orphans={orphans}
            onClose={() => setRemoving(undefined)}
            onRemoved={query.reload}
          />
        )}
      </Show>
    </div>
  );
}

function RemoveOrphans(props: {
  node: string;
  storage: string;
  orphans: readonly Orphan[];
  onClose: () => void;
  onRemoved: () => void;
}) {
  const able = props.orphans.filter((one) => one.protected !== 1);
  const kept = props.orphans.length - able.length;
  const size = bytes(able.reduce((sum, one) => sum + one.size, 0));

  async function remove(): Promise<void> {
    let refused: unknown;
    await runBulk(
      able,
      atOnce,
      async ({ volid }) =>
        await api('DELETE /nodes/{node}/storage/{storage}/content/{volume}', {
          node: props.node,
          storage: props.storage,
          volume: volid,
        }),
      (_place, outcome) => {
        if (outcome.state === 'asked' && outcome.reply !== null) watchTask(outcome.reply);
        if (outcome.state === 'refused') refused ??= outcome.error;
      },
    );
    props.onRemoved();
    if (refused !== undefined) throw refused;
  }

  return (
    <ConfirmDialog
      open
      onClose={props.onClose}
      title={t('orphans.removeTitle')}
      action={t('content.remove')}
      typed={props.storage}
      reason={able.length === 0 ? t('orphans.allProtected') : undefined}
      onConfirm={remove}
    >
      <div class="flex flex-col gap-3">
        <Show when={able.length > 0}>
          <p>{tn('orphans.removeText', able.length, { size })}</p>
        </Show>
        <Show when={kept > 0}>
          <p class="text-sm text-muted">{tn('orphans.skipped', kept)}</p>
        </Show>
        <ul class="max-h-48 overflow-y-auto font-mono text-xs break-all">
          {able.map(({ volid }) => (
            <li>{volid}</li>
          ))}
        </ul>
      </div>
    </ConfirmDialog>
  );
}
