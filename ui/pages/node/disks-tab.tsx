// The disks of a node with their partitions: what they are, how they are doing, what they are used for.
import ChevronDown from 'lucide-solid/icons/chevron-down';
import ChevronRight from 'lucide-solid/icons/chevron-right';
import HardDrive from 'lucide-solid/icons/hard-drive';
import TriangleAlert from 'lucide-solid/icons/triangle-alert';
import { createSignal, For, Show } from 'solid-js';
import type { DiskItem } from '../../../server/contract/node-disks.ts';
import { api } from '../../api/client.ts';
import { Button, IconButton } from '../../components/button.tsx';
import { Badge, EmptyState, Notice } from '../../components/panel.tsx';
import { bytes, percent } from '../../format/show.ts';
import { t } from '../../i18n/index.ts';
import { DiskHealth } from './disk-health.tsx';
import { type DiskBranch, diskName, diskTree, healthTone, wearTone } from './disk-tree.ts';
import { createNodeQuery } from './node-query.ts';
import { SmartDialog } from './smart-dialog.tsx';
import { EdgeTable, ReadPanel, rowClass } from './tab-parts.tsx';

export default function DisksTab(props: { node: string }) {
  const [chosen, setChosen] = createSignal<DiskItem>();
  const query = createNodeQuery({
    node: () => props.node,
    read: async (node) =>
      diskTree(await api('GET /nodes/{node}/disks/list', { node, 'include-partitions': true })),
  });
  const disks = () => (query.data() ?? []).map(({ disk }) => disk);
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
        {(tree) => (
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
              <For each={tree()}>{(branch) => <DiskRows branch={branch} onDetails={setChosen} />}</For>
            </EdgeTable>
          </Show>
        )}
      </ReadPanel>
      <Show when={chosen()} keyed>
        {(disk) => <SmartDialog node={props.node} disk={disk} onClose={() => setChosen(undefined)} />}
      </Show>
    </div>
  );
}

/** What it is used for: a file system's name, or a word of the daemon's own. */
function useOf({ used }: DiskItem): string {
  if (used === undefined) return t('nodeDisks.unused');
  if (used === 'partitions') return t('nodeDisks.partitions');
  return used === 'mounted' ? t('nodeDisks.mounted') : used;
}

const lifeText = ({ wearout }: DiskItem) => percent(Number(wearout) / 100);

/** On a phone all of a disk stands in one cell. */
function DiskRows(props: { branch: DiskBranch; onDetails: (disk: DiskItem) => void }) {
  const [open, setOpen] = createSignal(true);
  const disk = () => props.branch.disk;
  const details = () => (
    <Button
      look="ghost"
      aria-label={t('nodeDisks.smartOf', { disk: disk().devpath })}
      onClick={() => props.onDetails(disk())}
    >
      {t('nodeDisks.smart')}
    </Button>
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
              <div class="-ms-3 -mb-2 sm:hidden">{details()}</div>
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
        <td class="text-end max-sm:hidden">{details()}</td>
      </tr>
      <Show when={open()}>
        <For each={props.branch.parts}>
          {(part) => (
            <tr class={rowClass}>
              <td>
                <div class="ms-9 flex justify-between gap-3 border-s border-line ps-3 pointer-coarse:ms-12">
                  <span class="font-mono text-xs [overflow-wrap:anywhere]">{part.devpath}</span>
                  <span class="num shrink-0 text-xs text-muted sm:hidden">
                    {bytes(part.size)} · {useOf(part)}
                  </span>
                </div>
              </td>
              <td class="num whitespace-nowrap max-sm:hidden">{bytes(part.size)}</td>
              <td class="max-sm:hidden" />
              <td class="max-lg:hidden" />
              <td class="max-sm:hidden">
                <Use item={part} />{' '}
                <Show when={part.mounted === 1}>
                  <Badge tone="accent">{t('nodeDisks.mounted')}</Badge>
                </Show>
              </td>
              <td class="max-sm:hidden" />
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
