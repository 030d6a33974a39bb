// The storages of the datacenter: how each is configured and how it is, and adding, changing, disabling, removing them.
import { A } from '@solidjs/router';
import Database from 'lucide-solid/icons/database';
import Plus from 'lucide-solid/icons/plus';
import { createSignal, For, lazy, Show, Suspense } from 'solid-js';
import type { ResourceItem } from '../../../server/contract/resources.ts';
import { api } from '../../api/client.ts';
import { Button } from '../../components/button.tsx';
import { ErrorNote } from '../../components/error-note.tsx';
import { Bar } from '../../components/meter.tsx';
import { Badge, EmptyState, Panel, Skeleton } from '../../components/panel.tsx';
import { StateDot, StateLabel } from '../../components/state-dot.tsx';
import { toastError } from '../../components/toasts.tsx';
import { asSentence, bytes, percent, share } from '../../format/show.ts';
import type { StorageConfig } from '../../forms/storage-form.ts';
import { t } from '../../i18n/index.ts';
import { storages } from '../../live/store.ts';
import { hrefOf } from '../../shell/tree-model.ts';
import { createOwnRights } from '../access/access-data.ts';
import { kindName } from '../storage/content-kinds.ts';
import { RemoveStorageDialog } from './remove-storage-dialog.tsx';
import { typeName } from './storage-words.ts';
import { createStorageConfigs } from './storages-data.ts';

const AddStorageDialog = lazy(() => import('./add-storage-dialog.tsx'));
const EditStorageDialog = lazy(() => import('./edit-storage-dialog.tsx'));

type Open = { readonly what: 'add' } | { readonly what: 'edit' | 'remove'; readonly config: StorageConfig };

const isDisabled = (config: StorageConfig) => config['disable'] === 1;

export default function StoragesTab() {
  const configs = createStorageConfigs();
  const rights = createOwnRights();
  const reason = () => rights.lacking('/storage', 'Datastore.Allocate');
  const [open, setOpen] = createSignal<Open>();
  const [busy, setBusy] = createSignal<string>();
  const close = () => setOpen(undefined);
  async function toggle(config: StorageConfig): Promise<void> {
    if (busy() !== undefined) return;
    setBusy(config.storage);
    try {
      await api('PUT /storage/{storage}', { storage: config.storage, disable: !isDisabled(config) });
      configs.reload();
    } catch (thrown) {
      toastError(t('storageList.notChanged', { name: config.storage }), thrown);
    } finally {
      setBusy(undefined);
    }
  }
  const list = () => configs.data();
  return (
    <div class="flex max-w-6xl flex-col gap-4">
      <Panel
        flush
        title={t('storages.title')}
        actions={
          <Button
            look="primary"
            icon={<Plus size={15} />}
            reason={reason()}
            onClick={() => setOpen({ what: 'add' })}
          >
            {t('storageAdd.title')}
          </Button>
        }
      >
        <Show when={configs.error()}>
          <div class="px-4 pb-4">
            <ErrorNote error={configs.error()} retry={configs.reload} />
          </div>
        </Show>
        <Show
          when={list()}
          fallback={
            <Show when={!configs.error()}>
              <div class="px-4 pb-4">
                <Skeleton lines={6} />
              </div>
            </Show>
          }
        >
          <ul class="border-t border-line">
            <For
              each={list()}
              fallback={
                <li>
                  <EmptyState
                    icon={<Database size={26} />}
                    title={t('storages.none')}
                    text={t('storageList.noneHint')}
                  />
                </li>
              }
            >
              {(config) => (
                <StorageRow
                  config={config}
                  reason={reason()}
                  busy={busy() === config.storage}
                  onEdit={() => setOpen({ what: 'edit', config })}
                  onToggle={() => void toggle(config)}
                  onRemove={() => setOpen({ what: 'remove', config })}
                />
              )}
            </For>
          </ul>
        </Show>
      </Panel>
      <Suspense>
        <Show when={open()} keyed>
          {(which) => {
            if (which.what === 'add')
              return (
                <AddStorageDialog
                  taken={(list() ?? []).map((one) => one.storage)}
                  onDone={configs.reload}
                  onClose={close}
                />
              );
            const shared = { config: which.config, onDone: configs.reload, onClose: close };
            return which.what === 'edit' ? (
              <EditStorageDialog {...shared} />
            ) : (
              <RemoveStorageDialog {...shared} />
            );
          }}
        </Show>
      </Suspense>
    </div>
  );
}

function StorageRow(props: {
  config: StorageConfig;
  reason: string | undefined;
  busy: boolean;
  onEdit: () => void;
  onToggle: () => void;
  onRemove: () => void;
}) {
  const name = () => props.config.storage;
  /** As each node sees it. */
  const seen = () =>
    storages()
      .filter((one) => one.storage === name())
      .sort((a, b) => a.node.localeCompare(b.node));
  const kinds = () =>
    String(props.config['content'] ?? '')
      .split(',')
      .filter((kind) => kind !== '' && kind !== 'none')
      .map(kindName)
      .join(', ');
  const nodes = () => String(props.config['nodes'] ?? '').replaceAll(',', ', ') || t('storageList.allNodes');
  const off = () => isDisabled(props.config);
  return (
    <li class="flex flex-wrap items-start gap-x-4 gap-y-2 border-b border-line px-4 py-3 last:border-b-0">
      <div class="min-w-52 flex-1 text-sm max-sm:basis-full">
        <span class="flex flex-wrap items-center gap-x-2">
          <Show when={seen()[0]} fallback={<span class="font-medium">{name()}</span>}>
            {(first) => (
              <A href={hrefOf(first())} class="font-medium hover:underline">
                {name()}
              </A>
            )}
          </Show>
          <Badge>{typeName(props.config.type)}</Badge>
        </span>
        <p class="text-muted [overflow-wrap:anywhere]">{placeOf(props.config)}</p>
        <p class="text-xs text-muted">{kinds() || t('storageEdit.noContent')}</p>
        <p class="text-xs text-muted">{nodes()}</p>
      </div>
      <div class="flex min-w-52 flex-1 flex-col gap-2 max-sm:basis-full">
        <Show
          when={!off()}
          fallback={
            <span class="inline-flex items-center gap-1.5 text-sm text-muted">
              <StateDot status="stopped" />
              {t('storageList.disabled')}
            </span>
          }
        >
          <For each={seen()}>{(item) => <SeenBy item={item} named={seen().length > 1} />}</For>
        </Show>
      </div>
      <div class="flex flex-wrap items-center gap-1 max-sm:-ms-3 sm:-my-1.5">
        <Button
          look="ghost"
          reason={props.reason}
          aria-label={t('options.editOne', { what: name() })}
          onClick={props.onEdit}
        >
          {t('common.edit')}
        </Button>
        <Button
          look="ghost"
          reason={props.reason}
          busy={props.busy}
          aria-label={t(off() ? 'storageList.enableOne' : 'storageList.disableOne', { name: name() })}
          onClick={props.onToggle}
        >
          {t(off() ? 'storageList.enable' : 'storageList.disable')}
        </Button>
        <Button
          look="ghost"
          reason={props.reason}
          aria-label={t('storageRemove.named', { name: name() })}
          onClick={props.onRemove}
        >
          {t('storageRemove.action')}
        </Button>
      </div>
    </li>
  );
}

/** How a node sees it: its state, what is wrong, how full it is. */
function SeenBy(props: { item: ResourceItem; named: boolean }) {
  const filled = () => share(props.item.disk, props.item.maxdisk);
  return (
    <div class="flex min-w-0 flex-col gap-1 text-sm">
      <span class="flex flex-wrap items-center gap-x-2">
        <StateLabel status={props.item.status} />
        <Show when={props.named}>
          <span class="text-muted">{props.item.node}</span>
        </Show>
      </span>
      <Show when={props.item.problem}>
        {(problem) => <p class="text-xs break-words text-bad">{asSentence(problem())}</p>}
      </Show>
      <For each={props.item.warnings ?? []}>
        {(warning) => <p class="text-xs break-words text-warn">{asSentence(warning)}</p>}
      </For>
      <Show when={props.item.maxdisk}>
        <span class="num flex justify-between gap-3 text-muted">
          <span>{t('common.of', { used: bytes(props.item.disk), total: bytes(props.item.maxdisk) })}</span>
          <span>{percent(filled())}</span>
        </span>
        <Bar
          label={t('storageList.fullness', { name: props.item.storage ?? '', node: props.item.node })}
          share={filled()}
        />
      </Show>
    </div>
  );
}

/** Where it is, in a word: `nas.example:/srv`, `/mnt/data`, `pve/data`. */
function placeOf(config: StorageConfig): string {
  const text = (name: string) => (typeof config[name] === 'string' ? String(config[name]) : '');
  const server = text('server') || text('portal');
  const inside = text('export') || text('share') || text('volume') || text('target');
  if (server !== '') return inside === '' ? server : `${server}: ${inside}`;
  const group = [text('vgname'), text('thinpool')].filter(Boolean).join('/');
  return text('path') || group || text('base') || text('resource');
}
