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
import { bytes } from '../../format/show.ts';
import { t } from '../../i18n/index.ts';
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
          <Notice tone="warn" icon={<TriangleAlert size={16} />}>
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
                  <th>{t('nodeDisks.disk')}</th>
                  <th>{t('nodeDisks.size')}</th>
                  <th>{t('nodeDisks.health')}</th>
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
            <Show when={props.branch.parts.length > 0} fallback={<span class="w-7 shrink-0" />}>
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
            <div class="min-w-0 pt-1">
              <p class="font-medium break-words">{diskName(disk()) || disk().devpath}</p>
              <p class="text-xs break-all text-muted">
                <span class="font-mono">{disk().devpath}</span> · {t(`nodeDisks.type.${disk().type}`)}
                {disk().rpm > 0 ? ` · ${t('nodeDisks.rpm', { rpm: disk().rpm })}` : ''}
              </p>
              <Show when={disk().serial}>
                {(serial) => (
                  <p class="text-xs break-all text-muted">{t('nodeDisks.serial', { serial: serial() })}</p>
                )}
              </Show>
              <p class="text-xs text-muted sm:hidden">{disk().used ?? t('nodeDisks.unused')}</p>
              <div class="-ms-3 sm:hidden">{details()}</div>
            </div>
          </div>
        </td>
        <td class="num whitespace-nowrap">{bytes(disk().size)}</td>
        <td>
          <Health disk={disk()} />
        </td>
        <td class="max-lg:hidden">
          <Life disk={disk()} />
        </td>
        <td class="max-sm:hidden">
          {disk().used ?? <span class="text-muted">{t('nodeDisks.unused')}</span>}
        </td>
        <td class="text-end max-sm:hidden">{details()}</td>
      </tr>
      <Show when={open()}>
        <For each={props.branch.parts}>
          {(part) => (
            <tr class={rowClass}>
              <td>
                <span class="ms-9 border-s border-line ps-3 font-mono text-xs break-all">{part.devpath}</span>
              </td>
              <td class="num whitespace-nowrap">{bytes(part.size)}</td>
              <td />
              <td class="max-lg:hidden" />
              <td class="max-sm:hidden">
                {part.used ?? <span class="text-muted">{t('nodeDisks.unused')}</span>}{' '}
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

function Health(props: { disk: DiskItem }) {
  const tone = () => healthTone(props.disk.health);
  const text = () => {
    if (tone() === 'plain') return t('nodeDisks.healthUnknown');
    return tone() === 'ok' ? t('nodeDisks.healthGood') : props.disk.health;
  };
  return (
    <Badge tone={tone()} title={props.disk.health}>
      {text()}
    </Badge>
  );
}

function Life(props: { disk: DiskItem }) {
  const left = () => props.disk.wearout;
  return (
    <Show when={left() !== 'N/A'} fallback={<span class="text-muted">–</span>}>
      <Badge tone={wearTone(Number(left()))}>{`${left()} %`}</Badge>
    </Show>
  );
}
