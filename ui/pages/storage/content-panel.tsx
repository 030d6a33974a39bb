// The volumes of one kind in a storage: list, upload, download from a URL, remove.
import Download from 'lucide-solid/icons/download';
import File from 'lucide-solid/icons/file';
import Upload from 'lucide-solid/icons/upload';
import { createMemo, createSignal, lazy, Show, Suspense } from 'solid-js';
import { api } from '../../api/client.ts';
import { createQuery } from '../../api/query.ts';
import { Button } from '../../components/button.tsx';
import { DataTable } from '../../components/data-table.tsx';
import { EmptyState } from '../../components/panel.tsx';
import { wordFilter } from '../../components/table-filter.ts';
import { t } from '../../i18n/index.ts';
import { live, revision } from '../../live/store.ts';
import { kindName, volumeName } from './content-kinds.ts';
import { DownloadDialog } from './download-dialog.tsx';
import { RemoveVolumeDialog } from './remove-volume-dialog.tsx';
import { UploadDialog } from './upload-dialog.tsx';
import { UploadsList } from './uploads-list.tsx';
import { type ListedVolume, volumeColumns } from './volume-columns.tsx';
import type { VolumeWish } from './volume-menu.tsx';

const ImportDialog = lazy(() => import('../create-vm/import-dialog.tsx'));
const VolumeNotesDialog = lazy(() => import('./volume-notes-dialog.tsx'));
const CopyVolumeDialog = lazy(() => import('./copy-volume-dialog.tsx'));

const uploadable = ['iso', 'vztmpl', 'import'] as const;
/** Guests name such volumes in their configuration. */
const usable: ReadonlySet<string> = new Set(['iso', 'images', 'rootdir']);

const filter = wordFilter(({ volid, format, vmid, notes }: ListedVolume) => [
  volumeName(volid),
  format,
  vmid === undefined ? undefined : String(vmid),
  notes,
]);

export function ContentPanel(props: { node: string; storage: string; kind: string }) {
  const [dialog, setDialog] = createSignal<'upload' | 'download'>();
  const [removing, setRemoving] = createSignal<ListedVolume>();
  const [wished, setWished] = createSignal<{ readonly wish: VolumeWish; readonly volume: ListedVolume }>();
  const [importing, setImporting] = createSignal<ListedVolume>();
  const kind = () => uploadable.find((one) => one === props.kind);
  const query = createQuery(
    () =>
      live.loaded && {
        node: props.node,
        storage: props.storage,
        content: props.kind,
        revision: revision(`/storage/${props.storage}`, props.node),
      },
    ({ node, storage, content }) =>
      api('GET /nodes/{node}/storage/{storage}/content', { node, storage, content }),
  );
  const place = () => `/nodes/${props.node}/storage/${props.storage}/${props.kind}`;
  const ofGuests = () => props.kind === 'images' || props.kind === 'rootdir';
  const columns = createMemo(() =>
    volumeColumns({
      ofGuests: ofGuests(),
      onRemove: setRemoving,
      onWish: (wish, volume) => setWished({ wish, volume }),
      onImport: props.kind === 'import' ? setImporting : undefined,
    }),
  );
  const Buttons = () => (
    <>
      <Button icon={<Download size={15} />} onClick={() => setDialog('download')}>
        {t('download.open')}
      </Button>
      <Button look="primary" icon={<Upload size={15} />} onClick={() => setDialog('upload')}>
        {t('upload.open')}
      </Button>
    </>
  );

  return (
    <div class="flex min-h-0 flex-1 flex-col gap-4">
      <UploadsList place={place()} />
      <section
        aria-label={kindName(props.kind)}
        class="flex min-h-0 flex-1 flex-col bg-surface lg:rounded-lg lg:border lg:border-line"
      >
        <DataTable
          name={`volumes.${ofGuests() ? 'guests' : 'files'}`}
          label={kindName(props.kind)}
          rows={query.data()}
          columns={columns()}
          sort={{ key: 'name', down: false }}
          rowKey={({ volid }) => volid}
          rowLabel={({ volid }) => volumeName(volid)}
          filter={filter}
          filterLabel={t('content.filter')}
          tools={
            <Show when={kind()}>
              <Buttons />
            </Show>
          }
          error={query.error()}
          retry={query.reload}
          empty={
            <EmptyState
              icon={<File size={26} />}
              title={t('content.none')}
              text={kind() ? t('content.noneHint') : ''}
            />
          }
        />
      </section>
      <Show when={kind()}>
        {(one) => (
          <>
            <UploadDialog
              open={dialog() === 'upload'}
              onClose={() => setDialog(undefined)}
              node={props.node}
              storage={props.storage}
              kind={one()}
              place={place()}
            />
            <DownloadDialog
              open={dialog() === 'download'}
              onClose={() => setDialog(undefined)}
              node={props.node}
              storage={props.storage}
              kind={one()}
            />
          </>
        )}
      </Show>
      <Show when={importing()} keyed>
        {({ volid }) => (
          // Of its own: the table stays while the dialog is fetched.
          <Suspense>
            <ImportDialog node={props.node} volid={volid} onClose={() => setImporting(undefined)} />
          </Suspense>
        )}
      </Show>
      <Show when={wished()} keyed>
        {({ wish, volume }) => (
          <Suspense>
            <Show
              when={wish === 'notes'}
              fallback={
                <CopyVolumeDialog
                  node={props.node}
                  volume={volume}
                  remove={wish === 'move'}
                  onClose={() => setWished(undefined)}
                />
              }
            >
              <VolumeNotesDialog
                node={props.node}
                storage={props.storage}
                volume={volume}
                onClose={() => setWished(undefined)}
                onSaved={query.reload}
              />
            </Show>
          </Suspense>
        )}
      </Show>
      <Show when={removing()} keyed>
        {(volume) => (
          <RemoveVolumeDialog
            node={props.node}
            storage={props.storage}
            volume={volume}
            volumes={query.data() ?? []}
            usable={usable.has(props.kind)}
            onClose={() => setRemoving(undefined)}
            onRemoved={query.reload}
          />
        )}
      </Show>
    </div>
  );
}
