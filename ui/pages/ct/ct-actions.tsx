// What can be done with a container: the actions of every guest; and what goes when it is deleted.
import { For, Show } from 'solid-js';
import { api } from '../../api/client.ts';
import { createQuery } from '../../api/query.ts';
import { configSize } from '../../format/show.ts';
import { ctDevicesOf } from '../../forms/ct-config.ts';
import { sourceOf } from '../../forms/ct-mount.ts';
import { t } from '../../i18n/index.ts';
import { GuestActions } from '../guest/guest-actions.tsx';
import { useGuest } from '../guest/guest-context.ts';

export function CtActions() {
  return <GuestActions deleteText={<WhatGoes />} />;
}

/** By name: volumes with their sizes, snapshots, and the folders that stay. */
function WhatGoes() {
  const ct = useGuest();
  const devices = () =>
    ctDevicesOf(ct.config.data() ?? []).map((one) => ({ ...one, value: (one.wanted ?? one.current)! }));
  const volumes = () => devices().filter((one) => ['root', 'mount', 'unused'].includes(one.kind));
  const folders = () => devices().filter((one) => one.kind === 'bind');
  const snapshots = createQuery(ct.place, (place) => api('GET /nodes/{node}/lxc/{vmid}/snapshot', place));
  return (
    <div class="flex flex-col gap-2.5">
      <p>{t('ct.delete.gone')}</p>
      <ul class="flex flex-col gap-1 text-sm">
        <For each={volumes()}>
          {(one) => (
            <li class="flex flex-wrap justify-between gap-x-3">
              <span class="font-mono break-all">{sourceOf(one.value)}</span>
              <span class="num text-muted">
                {[
                  one.value.options.get('mp') ?? (one.kind === 'root' ? '/' : ''),
                  configSize(one.value.options.get('size') ?? ''),
                ]
                  .filter(Boolean)
                  .join(' · ')}
              </span>
            </li>
          )}
        </For>
      </ul>
      <Show when={(snapshots.data()?.length ?? 0) > 1}>
        <p>{t('ct.delete.snapshots')}</p>
      </Show>
      <Show when={folders().length > 0}>
        <p>{t('ct.delete.kept')}</p>
        <ul class="font-mono text-sm">
          <For each={folders()}>{(one) => <li class="break-all">{sourceOf(one.value)}</li>}</For>
        </ul>
      </Show>
      <p class="text-muted">{t('ct.delete.backups')}</p>
    </div>
  );
}
