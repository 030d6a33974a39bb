// The disks of a node with their partitions: what they are, how they are doing, what they are used for.
import ChevronDown from 'lucide-solid/icons/chevron-down';
import ChevronRight from 'lucide-solid/icons/chevron-right';
import HardDrive from 'lucide-solid/icons/hard-drive';
import TriangleAlert from 'lucide-solid/icons/triangle-alert';
import { createMemo, createSignal, For, Show } from 'solid-js';
import type { DiskItem } from '../../../server/contract/node-disks.ts';
import { api } from '../../api/client.ts';
import { sessionUser } from '../../api/session.ts';
import { Button, IconButton } from '../../components/button.tsx';
import { Badge, EmptyState, Notice } from '../../components/panel.tsx';
import { type RowAction, RowMenu } from '../../components/row-menu.tsx';
import { bytes, percent } from '../../format/show.ts';
import { t } from '../../i18n/index.ts';
import { CreateOnDiskDialog, type DiskPlace } from './create-on-disk-dialog.tsx';
import { DiskHealth } from './disk-health.tsx';
import { DiskPlaces } from './disk-places.tsx';
import { type DiskBranch, diskName, diskTree, healthTone, wearTone } from './disk-tree.ts';
import { freeDevices, groupText, isFree, isPlainPath } from './disk-use.ts';
import { createNodeQuery } from './node-query.ts';
import { type PlaceToRemove, RemovePlaceDialog } from './remove-place-dialog.tsx';
import { SmartDialog } from './smart-dialog.tsx';
import { EdgeTable, ReadPanel, rowClass } from './tab-parts.tsx';
import { WipeDialog } from './wipe-dialog.tsx';

/** The dialog that is open. */
type Open =
  | { readonly kind: 'smart' | 'wipe' | 'init'; readonly disk: DiskItem }
  | { readonly kind: 'create'; readonly place: DiskPlace; readonly device: string | undefined }
  | { readonly kind: 'remove'; readonly removed: PlaceToRemove };

export default function DisksTab(props: { node: string }) {
  const [open, setOpen] = createSignal<Open>();
  const close = () => setOpen(undefined);
  const query = createNodeQuery({
    node: () => props.node,
    tasksOn: () => props.node,
    read: (node) => api('GET /nodes/{node}/disks/list', { node, 'include-partitions': true }),
  });
  const tree = createMemo(() => diskTree(query.data() ?? []));
  const disks = () => tree().map(({ disk }) => disk);
  const free = () => freeDevices(query.data() ?? []);
  return (
    <div class="flex max-w-6xl flex-col gap-4">
      <For each={disks().filter((disk) => healthTone(disk.health) === 'bad')}>
        {(disk) => (
          <Notice tone="bad" icon={<TriangleAlert size={16} />}>
            {t('nodeDisks.failing', { disk: disk.devpath })}
          </Notice>
        )}
      </For>
      <For each={disks().filter((disk) => disk.wearout !== 'N/A' && wearTone(disk.wearout) === 'bad')}>
        {(disk) => (
          <Notice tone="bad" icon={<TriangleAlert size={16} />}>
            {t('nodeDisks.worn', { disk: disk.devpath, left: disk.wearout })}
          </Notice>
        )}
      </For>
      <ReadPanel title={t('nodeDisks.title')} query={query}>
        {() => (
          <Show
            when={tree().length > 0}
            fallback={<EmptyState icon={<HardDrive size={26} />} title={t('nodeDisks.none')} />}
          >
            <EdgeTable
              label={t('nodeDisks.title')}
              head={
                <>
                  <th class="sm:w-[45%]">{t('nodeDisks.disk')}</th>
                  <th class="max-sm:hidden">{t('nodeDisks.size')}</th>
                  <th class="max-sm:hidden">{t('nodeDisks.health')}</th>
                  <th class="max-lg:hidden">{t('nodeDisks.life')}</th>
                  <th class="max-sm:hidden">{t('nodeDisks.use')}</th>
                  <th class="max-sm:hidden">
                    <span class="sr-only">{t('common.actions')}</span>
                  </th>
                </>
              }
            >
              <For each={tree()}>{(branch) => <DiskRows branch={branch} onOpen={setOpen} />}</For>
            </EdgeTable>
          </Show>
        )}
      </ReadPanel>
      <DiskPlaces
        node={props.node}
        reason={query.data() && free().length === 0 ? t('nodeDisks.noneFree') : undefined}
        onCreate={(place) => setOpen({ kind: 'create', place, device: undefined })}
        onRemove={(removed) => setOpen({ kind: 'remove', removed })}
      />
      <Show when={open()} keyed>
        {(now) => <OpenDialog node={props.node} open={now} free={free()} onClose={close} />}
      </Show>
    </div>
  );
}

function OpenDialog(props: { node: string; open: Open; free: readonly DiskItem[]; onClose: () => void }) {
  const { node, open, onClose } = props;
  // Those that were free when it was opened: what is chosen stays while others come and go.
  const { free } = props;
  switch (open.kind) {
    case 'smart':
      return <SmartDialog node={node} disk={open.disk} onClose={onClose} />;
    case 'wipe':
    case 'init':
      return <WipeDialog node={node} disk={open.disk} what={open.kind} onClose={onClose} />;
    case 'create':
      return (
        <CreateOnDiskDialog {...{ node, place: open.place, device: open.device, onClose }} devices={free} />
      );
    case 'remove':
      return <RemovePlaceDialog node={node} removed={open.removed} onClose={onClose} />;
  }
}

/** What can be done with a disk or a partition. The daemon knows who uses it, and refuses in its own words. */
function actionsOf(item: DiskItem, onOpen: (open: Open) => void): RowAction[] {
  const isDisk = item.parent === undefined;
  const notFree = isFree(item) ? undefined : t('nodeDisks.notEmpty');
  const wipeReason = sessionUser() === 'root@pam' ? undefined : t('nodeDisks.rootOnly');
  const places: readonly DiskPlace[] = ['directory', 'lvm', 'lvmthin'];
  return [
    ...places.map((place) => ({
      label: t(`nodeDisks.create.${place}`),
      reason: notFree,
      onSelect: () => onOpen({ kind: 'create', place, device: item.devpath }),
    })),
    ...(isDisk && isPlainPath(item.devpath)
      ? [
          {
            label: t('nodeDisks.init'),
            reason: notFree,
            onSelect: () => onOpen({ kind: 'init', disk: item }),
          } as const,
        ]
      : []),
    ...(isPlainPath(item.devpath)
      ? [
          {
            label: t('nodeDisks.wipe'),
            harsh: true,
            reason: wipeReason,
            onSelect: () => onOpen({ kind: 'wipe', disk: item }),
          } as const,
        ]
      : []),
  ];
}

/** What it is used for: a file system's name, or a word of the daemon's own. */
function useOf(item: DiskItem): string {
  const { used } = item;
  const group = groupText(item);
  if (group !== undefined) return group;
  if (used === undefined) return t('nodeDisks.unused');
  if (used === 'partitions') return t('nodeDisks.partitions');
  return used === 'mounted' ? t('nodeDisks.mounted') : used;
}

/** And it is not said by what it is used for. */
const isMounted = ({ mounted, used }: DiskItem) => mounted === 1 && used !== 'mounted';

const lifeText = ({ wearout }: DiskItem) => percent(Number(wearout) / 100);

/** On a phone all of a disk stands in one cell. */
function DiskRows(props: { branch: DiskBranch; onOpen: (open: Open) => void }) {
  const [open, setOpen] = createSignal(true);
  const disk = () => props.branch.disk;
  const details = () => (
    <Button
      look="ghost"
      aria-label={t('nodeDisks.smartOf', { disk: disk().devpath })}
      onClick={() => props.onOpen({ kind: 'smart', disk: disk() })}
    >
      {t('nodeDisks.smart')}
    </Button>
  );
  const menu = (item: DiskItem) => (
    <RowMenu
      label={t('nodeDisks.actionsOf', { disk: item.devpath })}
      actions={actionsOf(item, props.onOpen)}
    />
  );
  return (
    <>
      <tr class={rowClass}>
        <td>
          <div class="flex items-start gap-1.5">
            <Show
              when={props.branch.parts.length > 0}
              fallback={<span class="w-7 shrink-0 pointer-coarse:w-10" />}
            >
              <IconButton
                small
                label={t(open() ? 'nodeDisks.hideParts' : 'nodeDisks.showParts', { disk: disk().devpath })}
                aria-expanded={open()}
                onClick={() => setOpen(!open())}
              >
                <Show when={open()} fallback={<ChevronRight size={15} />}>
                  <ChevronDown size={15} />
                </Show>
              </IconButton>
            </Show>
            <div class="min-w-0 flex-1 pt-1">
              <div class="flex items-start justify-between gap-3">
                <p class="font-medium break-words">{diskName(disk()) || disk().devpath}</p>
                <span class="shrink-0 sm:hidden">
                  <DiskHealth health={disk().health} />
                </span>
              </div>
              <p class="text-xs text-muted [overflow-wrap:anywhere]">
                <span class="font-mono">{disk().devpath}</span> · {t(`nodeDisks.type.${disk().type}`)}
                {disk().bus === undefined || disk().bus === disk().type
                  ? ''
                  : ` · ${disk().bus?.toUpperCase()}`}
                {disk().rpm > 0 ? ` · ${t('nodeDisks.rpm', { rpm: disk().rpm })}` : ''}
              </p>
              <Show when={disk().serial}>
                {(serial) => (
                  <p class="text-xs text-muted [overflow-wrap:anywhere]">
                    {t('nodeDisks.serial', { serial: serial() })}
                  </p>
                )}
              </Show>
              <p class="num text-xs text-muted sm:hidden">
                {[bytes(disk().size), useOf(disk())].join(' · ')}
                {disk().wearout === 'N/A' ? '' : ` · ${t('nodeDisks.life')} ${lifeText(disk())}`}
              </p>
              <div class="-ms-3 -mb-2 flex items-center justify-between sm:hidden">
                {details()}
                {menu(disk())}
              </div>
            </div>
          </div>
        </td>
        <td class="num whitespace-nowrap max-sm:hidden">{bytes(disk().size)}</td>
        <td class="max-sm:hidden">
          <DiskHealth health={disk().health} />
        </td>
        <td class="max-lg:hidden">
          <Life disk={disk()} />
        </td>
        <td class="max-sm:hidden">
          <Use item={disk()} />
        </td>
        <td class="max-sm:hidden">
          <div class="flex items-center justify-end gap-1">
            {details()}
            {menu(disk())}
          </div>
        </td>
      </tr>
      <Show when={open()}>
        <For each={props.branch.parts}>
          {(part) => (
            <tr class={rowClass}>
              <td>
                <div class="ms-9 flex items-center justify-between gap-3 border-s border-line ps-3 pointer-coarse:ms-12">
                  <div class="min-w-0">
                    <p class="font-mono text-xs [overflow-wrap:anywhere]">{part.devpath}</p>
                    <p class="num text-xs text-muted sm:hidden">
                      {[bytes(part.size), useOf(part), isMounted(part) ? t('nodeDisks.mounted') : '']
                        .filter((text) => text !== '')
                        .join(' · ')}
                    </p>
                  </div>
                  <span class="shrink-0 sm:hidden">{menu(part)}</span>
                </div>
              </td>
              <td class="num whitespace-nowrap max-sm:hidden">{bytes(part.size)}</td>
              <td class="max-sm:hidden" />
              <td class="max-lg:hidden" />
              <td class="max-sm:hidden">
                <Use item={part} />{' '}
                <Show when={isMounted(part)}>
                  <Badge tone="accent">{t('nodeDisks.mounted')}</Badge>
                </Show>
              </td>
              <td class="text-end max-sm:hidden">{menu(part)}</td>
            </tr>
          )}
        </For>
      </Show>
    </>
  );
}

function Use(props: { item: DiskItem }) {
  return <span class={props.item.used === undefined ? 'text-muted' : ''}>{useOf(props.item)}</span>;
}

function Life(props: { disk: DiskItem }) {
  const left = () => props.disk.wearout;
  return (
    <Show when={left() !== 'N/A'} fallback={<span class="text-muted">–</span>}>
      <Badge tone={wearTone(Number(left()))}>{lifeText(props.disk)}</Badge>
    </Show>
  );
}
