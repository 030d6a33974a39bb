// What can be done with a container: the actions of every guest, cloning, converting; and what goes when it is deleted.
import { createSignal, For, lazy, Show, Suspense } from 'solid-js';
import { api } from '../../api/client.ts';
import { createQuery } from '../../api/query.ts';
import { ConfirmDialog } from '../../components/confirm-dialog.tsx';
import { configSize } from '../../format/show.ts';
import { ctDevicesOf } from '../../forms/ct-config.ts';
import { sourceOf } from '../../forms/ct-mount.ts';
import { t } from '../../i18n/index.ts';
import { labelOf } from '../../shell/tree-model.ts';
import { GuestActions } from '../guest/guest-actions.tsx';
import { useGuest } from '../guest/guest-context.ts';

const CloneDialog = lazy(() => import('./clone-dialog.tsx'));

export function CtActions() {
  const ct = useGuest();
  const [open, setOpen] = createSignal<'clone' | 'template'>();
  const close = () => setOpen(undefined);
  const locked = () => (ct.item().lock ? t('refusal.is-locked') : undefined);
  const isTemplate = () => ct.item().template === 1;
  const noTemplate = () =>
    isTemplate() ? t('ct.isTemplate') : ct.item().status === 'stopped' ? locked() : t('ct.stopFirst');
  return (
    <>
      <GuestActions
        deleteText={<WhatGoes />}
        more={[
          { label: t('ct.clone'), reason: locked(), onSelect: () => setOpen('clone') },
          { label: t('ct.makeTemplate'), reason: noTemplate(), onSelect: () => setOpen('template') },
        ]}
      />
      <Show when={open() === 'clone'}>
        <Suspense>
          <CloneDialog onClose={close} />
        </Suspense>
      </Show>
      <ConfirmDialog
        open={open() === 'template'}
        onClose={close}
        title={t('ct.template.title', { name: labelOf(ct.item()) })}
        action={t('ct.template.submit')}
        onConfirm={async () => {
          await api('POST /nodes/{node}/lxc/{vmid}/template', { ...ct.place() });
          ct.config.reload();
        }}
      >
        {t('ct.template.text')}
      </ConfirmDialog>
    </>
  );
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
