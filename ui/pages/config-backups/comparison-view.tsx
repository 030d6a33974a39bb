// What differs between a configuration backup and now, to choose from what is to be restored.
import { A } from '@solidjs/router';
import ArrowLeft from 'lucide-solid/icons/arrow-left';
import CircleCheck from 'lucide-solid/icons/circle-check';
import KeyRound from 'lucide-solid/icons/key-round';
import { createMemo, createSignal, For, Show } from 'solid-js';
import { api } from '../../api/client.ts';
import { Button } from '../../components/button.tsx';
import { ErrorNote } from '../../components/error-note.tsx';
import { EmptyState, Notice, Panel, Skeleton } from '../../components/panel.tsx';
import { moment } from '../../format/show.ts';
import { t, tn } from '../../i18n/index.ts';
import { createOwnRights } from '../access/access-data.ts';
import { ComparedItem } from './compared-item.tsx';
import {
  areaName,
  byArea,
  type ConfigArea,
  type ConfigComparison,
  createComparison,
  withNeeds,
} from './config-data.ts';
import { UnlockDialog } from './passphrase-dialog.tsx';
import { RestoreConfigDialog } from './restore-config-dialog.tsx';

const needed = [
  'Sys.Modify',
  'Permissions.Modify',
  'User.Modify',
  'VM.Allocate',
  'Datastore.Allocate',
] as const;

export function ComparisonView(props: { volume: string }) {
  const [passphrase, setPassphrase] = createSignal<string>();
  const [opened, setOpened] = createSignal(0);
  const [picked, setPicked] = createSignal<ReadonlySet<string>>(new Set<string>());
  const [open, setOpen] = createSignal<'unlock' | 'restore'>();
  const comparison = createComparison(() => props.volume, passphrase, opened);
  const rights = createOwnRights();
  const reason = () => needed.map((one) => rights.lacking('/', one)).find((one) => one !== undefined);
  const items = createMemo(() => comparison.data()?.items ?? []);
  /** What was restored meanwhile is not chosen any more. */
  const chosen = createMemo(() => {
    const there = new Set(items().flatMap(({ id, refused }) => (refused === undefined ? [id] : [])));
    return withNeeds(items(), new Set([...picked()].filter((id) => there.has(id))));
  });
  const pick = (ids: readonly string[], on: boolean) =>
    setPicked((before) => {
      const after = new Set(before);
      for (const id of ids)
        if (on) after.add(id);
        else after.delete(id);
      return after;
    });
  const chosenItems = () => items().filter(({ id }) => chosen().has(id));

  return (
    <>
      <p>
        <A
          class="inline-flex items-center gap-1.5 text-sm text-accent hover:underline pointer-coarse:py-2.5"
          href="/config-backups"
        >
          <ArrowLeft size={15} />
          {t('configBackup.back')}
        </A>
      </p>
      <Panel title={t('configBackup.compareTitle')}>
        <ErrorNote error={comparison.error()} retry={comparison.reload} />
        <Show
          when={comparison.data()}
          fallback={
            <Show when={!comparison.error()}>
              <Skeleton lines={8} />
            </Show>
          }
        >
          {(known) => <Head known={known()} reason={reason()} onUnlock={() => setOpen('unlock')} />}
        </Show>
      </Panel>
      <Show when={comparison.data()}>
        <Show
          when={items().length > 0}
          fallback={
            <Panel>
              <EmptyState icon={<CircleCheck size={26} />} title={t('configBackup.allSame')} />
            </Panel>
          }
        >
          <For each={byArea(items())}>
            {(group) => (
              <Group
                area={group.area}
                items={group.items}
                chosen={chosen()}
                picked={picked()}
                onPick={pick}
              />
            )}
          </For>
          <div class="sticky -bottom-4 z-10 lg:-bottom-6 -mx-1 flex flex-wrap items-center gap-3 border-t border-line bg-canvas px-1 py-3">
            <Button
              look="primary"
              reason={reason() ?? (chosen().size === 0 ? t('configBackup.choose') : undefined)}
              onClick={() => setOpen('restore')}
            >
              {tn('configBackup.restore', chosen().size)}
            </Button>
            <Show when={chosen().size === 0}>
              <span class="text-sm text-muted">{t('configBackup.choose')}</span>
            </Show>
          </div>
        </Show>
      </Show>
      <Show when={open() === 'unlock'}>
        <UnlockDialog
          onClose={() => setOpen(undefined)}
          onOpen={async (given) => {
            // Tried first: a wrong one is told at its field.
            await api('POST /cluster/config-backups/compare', { volume: props.volume, passphrase: given });
            setPassphrase(given);
            setOpened((times) => times + 1);
          }}
        />
      </Show>
      <Show when={open() === 'restore'}>
        <RestoreConfigDialog
          volume={props.volume}
          passphrase={passphrase()}
          items={chosenItems()}
          onDone={() => setPicked(new Set<string>())}
          onClose={() => setOpen(undefined)}
        />
      </Show>
    </>
  );
}

function Head(props: { known: ConfigComparison; reason: string | undefined; onUnlock: () => void }) {
  return (
    <div class="flex flex-col gap-3 text-sm">
      <p>
        {t('configBackup.comparedWith', { node: props.known.node, when: moment(props.known.time) })}
        <span class="text-muted"> · {tn('configBackup.same', props.known.same)}</span>
      </p>
      <Notice tone={props.known.secrets === 'open' ? 'ok' : 'accent'} icon={<KeyRound size={16} />}>
        <div class="flex flex-wrap items-center justify-between gap-2">
          <span>
            {t(
              props.known.secrets === 'none'
                ? 'configBackup.noSecrets'
                : props.known.secrets === 'open'
                  ? 'configBackup.open'
                  : 'configBackup.sealed',
            )}
          </span>
          <Show when={props.known.secrets === 'sealed'}>
            <Button reason={props.reason} onClick={props.onUnlock}>
              {t('configBackup.unlock')}
            </Button>
          </Show>
        </div>
      </Notice>
    </div>
  );
}

function Group(props: {
  area: ConfigArea;
  items: ConfigComparison['items'];
  chosen: ReadonlySet<string>;
  picked: ReadonlySet<string>;
  onPick: (ids: readonly string[], on: boolean) => void;
}) {
  const free = () => props.items.flatMap(({ id, refused }) => (refused === undefined ? [id] : []));
  const all = () => free().length > 0 && free().every((id) => props.chosen.has(id));
  return (
    <Panel
      flush
      title={areaName(props.area)}
      actions={
        <Show when={free().length > 1}>
          <input
            type="checkbox"
            class="size-4 accent-accent pointer-coarse:size-5"
            aria-label={t('configBackup.chooseAll', { what: areaName(props.area) })}
            title={t('configBackup.chooseAll', { what: areaName(props.area) })}
            checked={all()}
            onChange={(event) => props.onPick(free(), event.currentTarget.checked)}
          />
        </Show>
      }
    >
      <ul class="border-t border-line">
        <For each={props.items}>
          {(item) => (
            <ComparedItem
              item={item}
              chosen={props.chosen.has(item.id)}
              needed={props.chosen.has(item.id) && !props.picked.has(item.id)}
              onChosen={(on) => props.onPick([item.id], on)}
            />
          )}
        </For>
      </ul>
    </Panel>
  );
}
