// One item of a comparison: what it is, whether it can be restored, and how it differs, field by field.
import TriangleAlert from 'lucide-solid/icons/triangle-alert';
import { createMemo, createUniqueId, For, Show } from 'solid-js';
import type { ConfigField } from '../../../server/contract/config-backups.ts';
import { Badge } from '../../components/panel.tsx';
import { asSentence } from '../../format/show.ts';
import { t } from '../../i18n/index.ts';
import type { ConfigItem } from './config-data.ts';

const tones = { changed: 'accent', missing: 'warn', new: 'plain', same: 'plain' } as const;

export function ComparedItem(props: {
  item: ConfigItem;
  chosen: boolean;
  /** It is chosen because another one needs it. */
  needed: boolean;
  onChosen: (on: boolean) => void;
}) {
  const id = createUniqueId();
  const state = () => (props.item.state === 'same' ? 'changed' : props.item.state);
  return (
    <li class="border-b border-line px-4 py-3 last:border-b-0">
      <div class="flex items-start gap-2.5">
        <input
          id={id}
          type="checkbox"
          class="mt-0.5 size-4 shrink-0 accent-accent pointer-coarse:size-5"
          checked={props.chosen}
          disabled={props.item.refused !== undefined || props.needed}
          aria-label={t('configBackup.restoreOne', { name: props.item.name })}
          aria-describedby={`${id}-said`}
          onChange={(event) => props.onChosen(event.currentTarget.checked)}
        />
        <div class="min-w-0 flex-1">
          <p class="flex flex-wrap items-center gap-x-2 gap-y-1">
            <label for={id} class="min-w-0 font-medium [overflow-wrap:anywhere]">
              {props.item.name}
            </label>
            <Show when={props.item.title}>
              <span class="min-w-0 text-muted [overflow-wrap:anywhere]">{props.item.title}</span>
            </Show>
            <Badge tone={tones[props.item.state]}>{t(`configBackup.state.${state()}`)}</Badge>
          </p>
          <div id={`${id}-said`} class="text-sm">
            <Show when={props.item.refused}>
              {(why) => (
                <p class="text-muted">
                  {t('configBackup.cannot')}: {why()}
                </p>
              )}
            </Show>
            <Show when={props.item.danger && props.item.refused === undefined}>
              <p class="flex items-start gap-1.5 text-warn">
                <TriangleAlert size={14} class="mt-0.5 shrink-0" />
                {asSentence(props.item.danger ?? '')}
              </p>
            </Show>
            <Show when={props.needed}>
              <p class="text-muted">{t('configBackup.alsoNeeds')}</p>
            </Show>
          </div>
          <Show when={props.item.fields.length > 0}>
            <Fields fields={props.item.fields} state={props.item.state} />
          </Show>
        </div>
      </div>
    </li>
  );
}

/** Of an item that is on one side only, that side. */
function Fields(props: { fields: readonly ConfigField[]; state: ConfigItem['state'] }) {
  const both = () => props.state === 'changed' || props.state === 'same';
  const columns = () =>
    both()
      ? 'sm:grid-cols-[minmax(6rem,10rem)_minmax(0,1fr)_minmax(0,1fr)]'
      : 'sm:grid-cols-[minmax(6rem,10rem)_minmax(0,1fr)]';
  return (
    <div class={`mt-2 grid grid-cols-1 gap-x-4 gap-y-1 text-sm ${columns()}`}>
      <Show when={both()}>
        <span class="text-xs text-muted max-sm:hidden" aria-hidden="true" />
        <span class="text-xs text-muted max-sm:hidden">{t('configBackup.inBackup')}</span>
        <span class="text-xs text-muted max-sm:hidden">{t('configBackup.nowIs')}</span>
      </Show>
      <For each={props.fields}>
        {(field) => (
          <>
            <span
              class={`min-w-0 font-mono text-xs leading-6 [overflow-wrap:anywhere] ${field.kept ? 'text-muted' : ''}`}
            >
              {field.name}
              <Show when={field.kept}>
                <span class="font-sans"> ({t('configBackup.keptField')})</span>
              </Show>
            </span>
            <Show
              when={!field.secret}
              fallback={
                <span class={`text-muted ${both() ? 'sm:col-span-2' : ''}`}>
                  {t('configBackup.secretField')}
                </span>
              }
            >
              <Show when={props.state !== 'new'}>
                <Value
                  of={field.backup}
                  beside={field.now}
                  label={t('configBackup.inBackup')}
                  tone="bg-ok-soft"
                />
              </Show>
              <Show when={props.state !== 'missing'}>
                <Value
                  of={field.now}
                  beside={field.backup}
                  label={t('configBackup.nowIs')}
                  tone="bg-warn-soft"
                />
              </Show>
            </Show>
          </>
        )}
      </For>
    </div>
  );
}

/** Of a text of several lines those are marked that the other one has not. */
function Value(props: { of: string | undefined; beside: string | undefined; label: string; tone: string }) {
  const lines = createMemo(() => (props.of ?? '').replace(/\n$/, '').split('\n'));
  const others = createMemo(() => new Set((props.beside ?? '').split('\n')));
  return (
    <div class="min-w-0">
      <span class="me-2 text-xs text-muted sm:sr-only">{props.label}</span>
      <Show
        when={props.of !== undefined}
        fallback={<span class="text-xs text-muted italic">{t('configBackup.absent')}</span>}
      >
        <span class="block max-h-72 overflow-auto font-mono text-xs leading-6">
          <For each={lines()}>
            {(line) => (
              <span
                class={`block whitespace-pre-wrap [overflow-wrap:anywhere] ${others().has(line) ? '' : `rounded-sm px-1 ${props.tone}`}`}
              >
                {line === '' ? '\u00a0' : line}
              </span>
            )}
          </For>
        </span>
      </Show>
    </div>
  );
}
