// The volumes of one kind in a storage: list, upload, download from a URL, remove.
import { A } from '@solidjs/router';
import Download from 'lucide-solid/icons/download';
import File from 'lucide-solid/icons/file';
import Trash from 'lucide-solid/icons/trash';
import Upload from 'lucide-solid/icons/upload';
import { createMemo, createSignal, For, Show } from 'solid-js';
import { api } from '../../api/client.ts';
import { createQuery } from '../../api/query.ts';
import { Button, IconButton } from '../../components/button.tsx';
import { ConfirmDialog } from '../../components/confirm-dialog.tsx';
import { ErrorNote } from '../../components/error-note.tsx';
import { ProgressBar } from '../../components/meter.tsx';
import { EmptyState, Panel, Skeleton } from '../../components/panel.tsx';
import { TableHead } from '../../components/table-head.tsx';
import { bytes, moment, percent } from '../../format/show.ts';
import { t } from '../../i18n/index.ts';
import { guestOf, live, revision } from '../../live/store.ts';
import { cancelUpload, dismissUpload, uploadsAt } from '../../live/uploads.ts';
import { watchTask } from '../../live/watched.ts';
import { hrefOf } from '../../shell/tree-model.ts';
import { kindName } from './content-kinds.ts';
import { DownloadDialog } from './download-dialog.tsx';
import { UploadDialog } from './upload-dialog.tsx';

const uploadable = ['iso', 'vztmpl', 'import'] as const;

/** A volume's name for people: the part behind the storage and the folder. */
function volumeName(volid: string): string {
  const name = volid.slice(volid.indexOf(':') + 1);
  return name.slice(name.lastIndexOf('/') + 1);
}

export function ContentPanel(props: { node: string; storage: string; kind: string }) {
  const [filter, setFilter] = createSignal('');
  const [dialog, setDialog] = createSignal<'upload' | 'download'>();
  const [removing, setRemoving] = createSignal<{ volid: string; vmid?: number | undefined }>();
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
  const volumes = createMemo(() =>
    (query.data() ?? [])
      .filter((one) => volumeName(one.volid).toLowerCase().includes(filter().trim().toLowerCase()))
      .sort((a, b) => volumeName(a.volid).localeCompare(volumeName(b.volid), undefined, { numeric: true })),
  );
  const place = () => `/nodes/${props.node}/storage/${props.storage}/${props.kind}`;
  const here = createMemo(() => uploadsAt(place()));
  const users = (vmid: number) => guestOf(vmid);
  const ofGuests = () => props.kind === 'images' || props.kind === 'rootdir';

  async function remove(volid: string): Promise<void> {
    const upid = await api('DELETE /nodes/{node}/storage/{storage}/content/{volume}', {
      node: props.node,
      storage: props.storage,
      volume: volid,
    });
    if (upid !== null) watchTask(upid);
    query.reload();
  }

  return (
    <div class="flex max-w-6xl flex-col gap-4">
      <For each={here()}>
        {(one) => (
          <Panel>
            <div class="flex flex-wrap items-center gap-x-4 gap-y-2" role="status">
              <div class="flex min-w-48 flex-1 flex-col gap-1.5">
                <div class="flex justify-between gap-3 text-sm">
                  <span class="truncate font-medium">{one.name}</span>
                  <span class="num shrink-0 text-muted">
                    {one.state === 'sending'
                      ? t('upload.progress', {
                          share: percent(one.size > 0 ? one.sent / one.size : 1),
                          speed: bytes(one.speed),
                        })
                      : one.state === 'cancelled'
                        ? t('upload.cancelled')
                        : ''}
                  </span>
                </div>
                <Show when={one.state === 'sending'}>
                  <ProgressBar
                    label={t('upload.progressOf', { name: one.name })}
                    share={one.size > 0 ? one.sent / one.size : undefined}
                  />
                </Show>
                <ErrorNote error={one.error} />
              </div>
              <Show
                when={one.state === 'sending'}
                fallback={<Button onClick={() => dismissUpload(one.id)}>{t('common.close')}</Button>}
              >
                <Button onClick={() => cancelUpload(one.id)}>{t('upload.cancel')}</Button>
              </Show>
            </div>
          </Panel>
        )}
      </For>
      <Panel flush>
        <div class="flex flex-wrap items-center justify-between gap-3 px-4 py-2.5">
          <input
            type="search"
            class="control field-box max-w-xs text-sm"
            placeholder={t('content.filter')}
            aria-label={t('content.filter')}
            value={filter()}
            onInput={(event) => setFilter(event.currentTarget.value)}
          />
          <Show when={kind()}>
            <div class="flex gap-2">
              <Button icon={<Download size={15} />} onClick={() => setDialog('download')}>
                {t('download.open')}
              </Button>
              <Button look="primary" icon={<Upload size={15} />} onClick={() => setDialog('upload')}>
                {t('upload.open')}
              </Button>
            </div>
          </Show>
        </div>
        <ErrorNote error={query.error()} retry={query.reload} />
        <Show
          when={query.data()}
          fallback={
            <Show when={!query.error()}>
              <div class="px-4 pb-4">
                <Skeleton lines={5} />
              </div>
            </Show>
          }
        >
          <table class="w-full text-sm" aria-label={kindName(props.kind)}>
            <TableHead>
              <th class="w-full">{t('content.name')}</th>
              <th class="text-end!">{t('content.size')}</th>
              <th class="max-sm:hidden">{t('content.format')}</th>
              <Show when={ofGuests()}>
                <th>{t('content.guest')}</th>
              </Show>
              <th class="max-md:hidden">{t('content.date')}</th>
            </TableHead>
            <tbody>
              <For each={volumes()}>
                {(volume) => (
                  <tr class="h-10 border-b border-line last:border-b-0 hover:bg-hover [&>td]:px-3 [&>td]:whitespace-nowrap [&>td:first-child]:ps-4">
                    <td class="max-w-0 truncate" title={volume.volid}>
                      {volumeName(volume.volid)}
                    </td>
                    <td class="num text-end">{bytes(volume.size)}</td>
                    <td class="text-muted max-sm:hidden">{volume.format}</td>
                    <Show when={ofGuests()}>
                      <td>
                        <Show when={volume.vmid}>
                          {(vmid) => (
                            <A
                              href={hrefOf(
                                users(vmid()) ?? { id: '', type: 'qemu', node: '', status: '', vmid: vmid() },
                              )}
                              class="text-accent hover:underline"
                            >
                              {vmid()} {users(vmid())?.name}
                            </A>
                          )}
                        </Show>
                      </td>
                    </Show>
                    <td class="num text-muted max-md:hidden">{moment(volume.ctime)}</td>
                    <td>
                      <IconButton
                        small
                        label={t('content.removeOne', { name: volumeName(volume.volid) })}
                        onClick={() => setRemoving({ volid: volume.volid, vmid: volume.vmid })}
                      >
                        <Trash size={15} />
                      </IconButton>
                    </td>
                  </tr>
                )}
              </For>
            </tbody>
          </table>
          <Show when={volumes().length === 0}>
            <EmptyState
              icon={<File size={26} />}
              title={filter() === '' ? t('content.none') : t('content.noMatch')}
              text={kind() && filter() === '' ? t('content.noneHint') : ''}
            />
          </Show>
        </Show>
      </Panel>
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
      <ConfirmDialog
        open={removing() !== undefined}
        onClose={() => setRemoving(undefined)}
        title={t('content.removeTitle')}
        action={t('content.remove')}
        {...(removing()?.vmid !== undefined ? { typed: volumeName(removing()?.volid ?? '') } : {})}
        onConfirm={() => remove(removing()?.volid ?? '')}
      >
        <p class="break-all font-mono text-sm">{removing()?.volid}</p>
        <p class="mt-2 text-muted">
          {removing()?.vmid === undefined
            ? t('content.removeText')
            : t('content.removeDisk', { vmid: removing()?.vmid ?? 0 })}
        </p>
      </ConfirmDialog>
    </div>
  );
}
