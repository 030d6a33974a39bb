// One disk: what it is, what is on it as a bar and in words, and whether it can be chosen.
import CircleAlert from 'lucide-solid/icons/circle-alert';
import { createMemo, For, Show } from 'solid-js';
import { cardLook } from '../../components/choice-card.tsx';
import { asSentence, diskSize } from '../../format/show.ts';
import { diskParts } from '../../forms/disk-picture.ts';
import type { DiskItem } from '../../forms/install.ts';
import { t, tOr } from '../../i18n/index.ts';

interface DiskCardProps {
  disk: DiskItem;
  chosen: boolean;
  /** Why it cannot be chosen. */
  reason: string | undefined;
  onToggle: () => void;
}

/** Neighbours that differ; colours of states would say something here that is not meant. */
const tones = ['bg-accent', 'bg-idle', 'bg-accent/45', 'bg-idle/50'] as const;

export function DiskCard(props: DiskCardProps) {
  const parts = createMemo(() => diskParts(props.disk));
  const tone = (i: number) =>
    parts()[i]?.what === '' && parts()[i]?.name === '' ? 'bg-line' : (tones[i % tones.length] ?? 'bg-idle');
  const kind = () =>
    [
      tOr(`transport.${props.disk.transport}`, props.disk.transport.toUpperCase()),
      props.disk.transport === 'virtio'
        ? ''
        : t(props.disk.rotational ? 'install.disk.rotating' : 'install.disk.flash'),
      props.disk.serial === '' ? '' : t('install.disk.serial', { serial: props.disk.serial }),
    ]
      .filter((one) => one !== '')
      .join(' · ');
  const locked = () => props.reason !== undefined && !props.chosen;
  return (
    <label
      class={`${cardLook} ${locked() ? 'cursor-not-allowed border-line bg-canvas' : props.chosen ? 'cursor-pointer border-accent bg-accent-soft' : 'cursor-pointer border-line hover:bg-hover'}`}
    >
      <input
        type="checkbox"
        class="mt-1 size-4 shrink-0 accent-accent outline-none pointer-coarse:size-5"
        checked={props.chosen}
        disabled={locked()}
        onChange={() => props.onToggle()}
      />
      <span class="flex min-w-0 flex-1 flex-col gap-2">
        <span class="flex flex-wrap items-baseline gap-x-3 gap-y-0.5">
          <span class={`font-mono text-base font-semibold ${locked() ? 'text-muted' : ''}`}>
            {props.disk.name}
          </span>
          <span class={`min-w-0 flex-1 basis-32 font-medium break-words ${locked() ? 'text-muted' : ''}`}>
            {props.disk.model || t('install.disk.noModel')}
          </span>
          <span class="num font-medium">{diskSize(props.disk.sizeBytes)}</span>
          <span class="w-full text-xs break-all text-muted">{kind()}</span>
        </span>
        <Show when={parts().length > 0}>
          <span class="flex h-2 w-full gap-px overflow-hidden rounded-full bg-line" aria-hidden="true">
            <For each={parts()}>
              {(part, i) => (
                <span class={`h-full min-w-0.5 ${tone(i())}`} style={{ width: `${part.share * 100}%` }} />
              )}
            </For>
          </span>
        </Show>
        <span class="flex flex-wrap gap-x-4 gap-y-1 text-xs">
          <Show
            when={props.disk.contents.length > 0}
            fallback={<span class="text-muted">{t('install.disk.empty')}</span>}
          >
            <For each={parts()}>
              {(part, i) => (
                <span class="inline-flex min-w-0 items-baseline gap-1.5">
                  <span class={`size-2 shrink-0 rounded-xs ${tone(i())}`} aria-hidden="true" />
                  <span class="min-w-0 break-words">
                    {part.name === ''
                      ? t('install.disk.unused')
                      : asSentence(part.what) || t('install.disk.unknown')}{' '}
                    <span class="num text-muted">{diskSize(part.sizeBytes)}</span>
                  </span>
                </span>
              )}
            </For>
          </Show>
        </span>
        <Show when={props.disk.croft}>
          {(croft) => (
            <span class="flex flex-wrap items-center gap-x-2 gap-y-1">
              <span class="font-medium text-accent">
                {t('install.croft.found', {
                  hostname: croft().hostname ?? t('install.croft.noName'),
                  version: croft().version ?? t('install.croft.noVersion'),
                })}
              </span>
              <Show when={!croft().keepable && croft().reason}>
                <span class="text-xs text-muted">
                  {t('install.croft.notKeepable', { reason: croft().reason ?? '' })}
                </span>
              </Show>
            </span>
          )}
        </Show>
        <Show when={locked() && props.reason}>
          <span
            class={`inline-flex items-start gap-1.5 text-sm ${props.disk.problem === undefined ? 'text-muted' : 'text-warn'}`}
          >
            <CircleAlert size={15} class="mt-0.5 shrink-0" aria-hidden="true" />
            {asSentence(props.reason ?? '')}
          </span>
        </Show>
      </span>
    </label>
  );
}
