// The catalogue of container templates of a node: what can be built or downloaded, and what is there already.
import Box from 'lucide-solid/icons/box';
import Download from 'lucide-solid/icons/download';
import Hammer from 'lucide-solid/icons/hammer';
import { createMemo, createSignal, For, Show } from 'solid-js';
import type { CatalogueEntry } from '../../../server/contract/aplinfo.ts';
import { api } from '../../api/client.ts';
import { createStorageChoices } from '../../api/node-choices.ts';
import { createQuery } from '../../api/query.ts';
import { type TemplateVolume, templateVolumes } from '../../api/templates.ts';
import { Button } from '../../components/button.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { ErrorNote } from '../../components/error-note.tsx';
import { SelectField } from '../../components/field.tsx';
import { Badge, EmptyState, Panel, Skeleton } from '../../components/panel.tsx';
import { createSubmission } from '../../components/submission.ts';
import { asSentence, bytes } from '../../format/show.ts';
import { t } from '../../i18n/index.ts';
import { isActive } from '../../live/state.ts';
import { live, nodeOf, revision } from '../../live/store.ts';
import { makeTemplate, makingTask } from '../../live/templates.ts';
import { setCreating } from '../../shell/create-state.ts';
import { storageChoice } from '../guest/form-group.tsx';
import { MakingProgress } from './make-template.tsx';

export default function TemplatesTab(props: { node: string }) {
  const [filter, setFilter] = createSignal('');
  const [making, setMaking] = createSignal<CatalogueEntry>();
  const online = () => nodeOf(props.node)?.status === 'online';
  const catalogue = createQuery(
    () => live.loaded && online() && { node: props.node },
    (from) => api('GET /nodes/{node}/aplinfo', from),
  );
  const volumes = createQuery(
    () => live.loaded && online() && { node: props.node, revision: revision('/storage', props.node) },
    ({ node }) => templateVolumes(node),
  );
  const shown = createMemo(() => {
    const words = filter().toLowerCase().split(/\s+/).filter(Boolean);
    return (catalogue.data() ?? [])
      .filter((one) => {
        const text = `${one.template} ${one.headline} ${one.os} ${one.description ?? ''}`.toLowerCase();
        return words.every((word) => text.includes(word));
      })
      .sort((a, b) => a.headline.localeCompare(b.headline, undefined, { numeric: true }));
  });
  const here = (entry: CatalogueEntry) =>
    (volumes.data() ?? []).filter((volume) => volume.name === entry.template);
  return (
    <div class="flex max-w-6xl flex-col gap-4">
      <ErrorNote error={catalogue.error()} retry={catalogue.reload} />
      <ErrorNote error={volumes.error()} retry={volumes.reload} />
      <Show when={catalogue.data() || !catalogue.error()}>
        <Panel title={t('templates.title')} flush>
          <div class="flex flex-wrap items-center justify-between gap-3 px-4 pb-3">
            <p class="max-w-2xl text-sm text-muted">{t('templates.intro')}</p>
            <input
              type="search"
              class="control field-box text-sm sm:max-w-xs"
              placeholder={t('templates.filter')}
              aria-label={t('templates.filter')}
              value={filter()}
              onInput={(event) => setFilter(event.currentTarget.value)}
            />
          </div>
          <Show
            when={catalogue.data()}
            fallback={
              <div class="px-4 pb-4">
                <Skeleton lines={6} />
              </div>
            }
          >
            <ul class="border-t border-line" aria-label={t('templates.title')}>
              <For each={shown()}>
                {(entry) => (
                  <Entry node={props.node} entry={entry} here={here(entry)} onMake={() => setMaking(entry)} />
                )}
              </For>
            </ul>
            <Show when={shown().length === 0}>
              <EmptyState
                icon={<Box size={26} />}
                title={filter() === '' ? t('templates.none') : t('templates.noMatch')}
              />
            </Show>
          </Show>
        </Panel>
      </Show>
      <Show when={making()} keyed>
        {(entry) => <MakeDialog node={props.node} entry={entry} onClose={() => setMaking(undefined)} />}
      </Show>
    </div>
  );
}

function Entry(props: {
  node: string;
  entry: CatalogueEntry;
  here: readonly TemplateVolume[];
  onMake: () => void;
}) {
  const entry = () => props.entry;
  /** What is read aloud begins with what is seen. */
  const verb = () => {
    const name = entry().headline;
    if (props.here.length > 0) return { seen: t('templates.again'), read: t('templates.againOne', { name }) };
    return entry().build
      ? { seen: t('templates.build'), read: t('templates.buildOne', { name }) }
      : { seen: t('templates.download'), read: t('templates.downloadOne', { name }) };
  };
  const going = () => {
    const task = makingTask(props.node, entry().template);
    return task !== undefined && isActive(task);
  };
  return (
    <li class="flex flex-wrap items-center gap-x-4 gap-y-2 border-b border-line px-4 py-3 last:border-b-0">
      <div class="min-w-56 flex-1 text-sm max-sm:basis-full">
        <p class="flex flex-wrap items-center gap-x-2 gap-y-1">
          <span class="font-medium">{entry().headline}</span>
          <For each={props.here}>
            {(volume) => (
              <Badge tone="ok" title={volume.volid}>
                {t('templates.inStorage', { storage: volume.storage })} · {bytes(volume.size)}
              </Badge>
            )}
          </For>
        </p>
        <Show when={entry().description}>{(text) => <p class="text-muted">{text()}</p>}</Show>
        <p class="font-mono text-xs break-all text-muted">{entry().template}</p>
        <Show when={entry().available === 0}>
          <p class="text-warn">{asSentence(entry().problem ?? '')}</p>
        </Show>
        <div class="max-w-md pt-1 empty:hidden">
          <MakingProgress node={props.node} template={entry().template} />
        </div>
      </div>
      <div class="flex flex-wrap items-center gap-2">
        <Show when={props.here[0]}>
          {(volume) => (
            <Button
              look="primary"
              aria-label={t('templates.useOne', { name: entry().headline })}
              onClick={() => setCreating({ kind: 'lxc', node: props.node, template: volume().volid })}
            >
              {t('templates.use')}
            </Button>
          )}
        </Show>
        <Button
          icon={entry().build ? <Hammer size={15} /> : <Download size={15} />}
          aria-label={verb().read}
          reason={going() ? t('common.wait') : entry().available === 0 ? (entry().problem ?? '') : undefined}
          onClick={props.onMake}
        >
          {verb().seen}
        </Button>
      </div>
    </li>
  );
}

function MakeDialog(props: { node: string; entry: CatalogueEntry; onClose: () => void }) {
  const [chosen, setChosen] = createSignal('');
  const storages = createStorageChoices(() => props.node);
  const fitting = createMemo(() => storages.holding('vztmpl'));
  const storage = () => chosen() || (fitting()?.[0]?.storage ?? '');
  const { busy, error, submit } = createSubmission(() =>
    makeTemplate(props.node, storage(), props.entry.template),
  );
  async function make(event: Event): Promise<void> {
    event.preventDefault();
    if (storage() !== '' && (await submit())) props.onClose();
  }
  return (
    <Dialog
      open
      onClose={props.onClose}
      closable={!busy()}
      title={t(props.entry.build ? 'templates.buildOne' : 'templates.downloadOne', {
        name: props.entry.headline,
      })}
      footer={
        <>
          <Button onClick={props.onClose}>{t('common.cancel')}</Button>
          <Button
            look="primary"
            type="submit"
            form="make-template"
            busy={busy()}
            reason={fitting() && storage() === '' ? t('templates.noStorage') : undefined}
          >
            {t(props.entry.build ? 'templates.build' : 'templates.download')}
          </Button>
        </>
      }
    >
      <form id="make-template" class="flex flex-col gap-4" onSubmit={(event) => void make(event)}>
        <p class="font-mono text-sm break-all text-muted">{props.entry.template}</p>
        <SelectField
          label={t('templates.storage')}
          value={storage()}
          onValue={setChosen}
          choices={(fitting() ?? []).map(storageChoice)}
          error={fitting()?.length === 0 ? t('templates.noStorage') : undefined}
        />
        <ErrorNote error={error() ?? storages.error()} />
      </form>
    </Dialog>
  );
}
