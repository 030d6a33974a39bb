// What stands on a node's disks: directories, volume groups and thin pools, with how full they are.
import Plus from 'lucide-solid/icons/plus';
import { For, type JSX, Show } from 'solid-js';
import type { DiskDirectory, LvmGroup, ThinPool } from '../../../server/contract/node-disk-changes.ts';
import { api } from '../../api/client.ts';
import { Button } from '../../components/button.tsx';
import { Bar } from '../../components/meter.tsx';
import { Badge } from '../../components/panel.tsx';
import { RowMenu } from '../../components/row-menu.tsx';
import { bytes, share } from '../../format/show.ts';
import { t, tn } from '../../i18n/index.ts';
import type { DiskPlace } from './create-on-disk-dialog.tsx';
import { createNodeQuery } from './node-query.ts';
import type { PlaceToRemove } from './remove-place-dialog.tsx';
import { EdgeTable, ReadPanel, rowClass } from './tab-parts.tsx';

interface DiskPlacesProps {
  node: string;
  /** Why nothing can be made. */
  reason: string | undefined;
  onCreate: (place: DiskPlace) => void;
  onRemove: (place: PlaceToRemove) => void;
}

export function DiskPlaces(props: DiskPlacesProps) {
  const node = () => props.node;
  const tasksOn = node;
  const directories = createNodeQuery({
    ...{ node, tasksOn },
    read: (at) => api('GET /nodes/{node}/disks/directory', { node: at }),
  });
  const groups = createNodeQuery({
    ...{ node, tasksOn },
    read: async (at) => (await api('GET /nodes/{node}/disks/lvm', { node: at })).children,
  });
  const pools = createNodeQuery({
    ...{ node, tasksOn },
    read: (at) => api('GET /nodes/{node}/disks/lvmthin', { node: at }),
  });
  const create = (place: DiskPlace) => (
    <Button icon={<Plus size={15} />} reason={props.reason} onClick={() => props.onCreate(place)}>
      {t(`nodeDisks.create.${place}`)}
    </Button>
  );
  return (
    <>
      <ReadPanel
        title={t('nodeDisks.directories')}
        query={directories}
        lines={2}
        actions={create('directory')}
      >
        {(list) => (
          <Places label={t('nodeDisks.directories')} none={t('nodeDisks.noDirectories')} rows={list()}>
            {(one) => <DirectoryRow directory={one} onRemove={props.onRemove} />}
          </Places>
        )}
      </ReadPanel>
      <ReadPanel title={t('nodeDisks.groups')} query={groups} lines={2} actions={create('lvm')}>
        {(list) => (
          <Places label={t('nodeDisks.groups')} none={t('nodeDisks.noGroups')} rows={list()}>
            {(one) => <GroupRow group={one} onRemove={props.onRemove} />}
          </Places>
        )}
      </ReadPanel>
      <ReadPanel title={t('nodeDisks.pools')} query={pools} lines={2} actions={create('lvmthin')}>
        {(list) => (
          <Places label={t('nodeDisks.pools')} none={t('nodeDisks.noPools')} rows={list()}>
            {(one) => <PoolRow pool={one} onRemove={props.onRemove} />}
          </Places>
        )}
      </ReadPanel>
    </>
  );
}

function Places<T>(props: {
  label: string;
  none: string;
  rows: readonly T[];
  children: (row: T) => JSX.Element;
}) {
  return (
    <Show when={props.rows.length > 0} fallback={<p class="px-4 pb-4 text-sm text-muted">{props.none}</p>}>
      <EdgeTable
        label={props.label}
        head={
          <>
            <th>{t('nodeDisks.name')}</th>
            <th class="max-md:hidden">{t('nodeDisks.on')}</th>
            <th class="w-2/5 max-sm:hidden">{t('storages.used')}</th>
            <th class="w-10">
              <span class="sr-only">{t('common.actions')}</span>
            </th>
          </>
        }
      >
        <For each={props.rows}>{(row) => props.children(row)}</For>
      </EdgeTable>
    </Show>
  );
}

interface RowProps {
  name: string;
  /** Below the name. */
  detail: JSX.Element;
  on: string;
  used: number;
  total: number;
  /** That it is full is no trouble. */
  calm?: boolean;
  removed: PlaceToRemove;
  onRemove: (place: PlaceToRemove) => void;
}

function PlaceRow(props: RowProps) {
  const fill = () => (
    <Show when={props.total > 0} fallback={<span class="text-muted">–</span>}>
      <div class="flex flex-col gap-1">
        <span class="num">{t('common.of', { used: bytes(props.used), total: bytes(props.total) })}</span>
        <Bar label={props.name} share={share(props.used, props.total)} calm={props.calm ?? false} />
      </div>
    </Show>
  );
  return (
    <tr class={rowClass}>
      <td>
        <p class="font-medium [overflow-wrap:anywhere]">{props.name}</p>
        <div class="text-xs text-muted [overflow-wrap:anywhere]">{props.detail}</div>
        <p class="font-mono text-xs text-muted [overflow-wrap:anywhere] md:hidden">{props.on}</p>
        <Show when={props.total > 0}>
          <div class="pt-1 sm:hidden">{fill()}</div>
        </Show>
      </td>
      <td class="font-mono text-xs [overflow-wrap:anywhere] max-md:hidden">{props.on}</td>
      <td class="max-sm:hidden">{fill()}</td>
      <td class="text-end">
        <RowMenu
          label={t('nodeDisks.actionsOf', { disk: props.name })}
          actions={[
            {
              label: t(`nodeDisks.remove.${props.removed.place}`, { name: props.removed.name }),
              harsh: true,
              onSelect: () => props.onRemove(props.removed),
            },
          ]}
        />
      </td>
    </tr>
  );
}

interface Removing {
  onRemove: (place: PlaceToRemove) => void;
}

const storagesText = (storages: readonly string[]) =>
  storages.length > 0 ? ` · ${t('nodeDisks.storagesOn', { names: storages.join(', ') })}` : '';

function DirectoryRow(props: Removing & { directory: DiskDirectory }) {
  const one = () => props.directory;
  const size = () => one().size ?? 0;
  return (
    <PlaceRow
      name={one().name}
      detail={
        <>
          <span class="font-mono">{one().path}</span> · {one().type}
          {storagesText(one().storages)}{' '}
          <Show when={one().mounted === 0}>
            <Badge tone="bad" title={one().problem}>
              {t('nodeDisks.notMounted')}
            </Badge>
          </Show>
        </>
      }
      on={one().device}
      used={size() - (one().avail ?? 0)}
      total={size()}
      removed={{ place: 'directory', name: one().name, storages: one().storages, volumes: [] }}
      onRemove={props.onRemove}
    />
  );
}

function GroupRow(props: Removing & { group: LvmGroup }) {
  const one = () => props.group;
  /** A pool by itself is no loss. */
  const volumes = () => one().volumes.filter(({ type }) => type !== 'thin-pool');
  return (
    <PlaceRow
      name={one().name}
      detail={
        <>
          {tn('nodeDisks.volumes', volumes().length)}
          {storagesText(one().storages)}{' '}
          <Show when={one().partial === 1}>
            <Badge tone="bad">{t('nodeDisks.partial')}</Badge>
          </Show>
        </>
      }
      on={(one().children ?? []).map(({ name }) => name).join(', ')}
      used={one().size - one().free}
      total={one().size}
      calm
      removed={{
        ...{ place: 'lvm', name: one().name, storages: one().storages },
        volumes: volumes().map(({ name }) => name),
      }}
      onRemove={props.onRemove}
    />
  );
}

function PoolRow(props: Removing & { pool: ThinPool }) {
  const one = () => props.pool;
  const metadata = () =>
    t('nodeDisks.metadata', {
      used: bytes(one().metadata_used),
      total: bytes(one().metadata_size),
    });
  return (
    <PlaceRow
      name={`${one().vg}/${one().lv}`}
      detail={
        <>
          {tn('nodeDisks.volumes', one().volumes.length)} · {metadata()}
          {storagesText(one().storages)}
        </>
      }
      on={one().vg}
      used={one().used}
      total={one().lv_size}
      removed={{
        ...{ place: 'lvmthin', name: one().lv, group: one().vg },
        ...{ storages: one().storages, volumes: one().volumes },
      }}
      onRemove={props.onRemove}
    />
  );
}
