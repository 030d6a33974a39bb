// The uploads into one place: how far each is, what went wrong, cancelling.
import { createMemo, For, Show } from 'solid-js';
import { Button } from '../../components/button.tsx';
import { ErrorNote } from '../../components/error-note.tsx';
import { ProgressBar } from '../../components/meter.tsx';
import { Panel } from '../../components/panel.tsx';
import { bytes, percent } from '../../format/show.ts';
import { t } from '../../i18n/index.ts';
import { cancelUpload, dismissUpload, uploadsAt } from '../../live/uploads.ts';

export function UploadsList(props: { place: string }) {
  const here = createMemo(() => uploadsAt(props.place));
  return (
    <For each={here()}>
      {(one) => (
        <Panel>
          <div class="flex flex-wrap items-center gap-x-4 gap-y-2" role="status">
            <div class="flex min-w-48 flex-1 flex-col gap-1.5">
              <div class="flex justify-between gap-3 text-sm">
                <span class="truncate font-medium">{one.name}</span>
                <span class="num shrink-0 text-muted">
                  {one.state === 'sending'
                    ? t('upload.progress', {
                        share: percent(one.size > 0 ? one.sent / one.size : 1),
                        speed: bytes(one.speed),
                      })
                    : one.state === 'cancelled'
                      ? t('upload.cancelled')
                      : ''}
                </span>
              </div>
              <Show when={one.state === 'sending'}>
                <ProgressBar
                  label={t('upload.progressOf', { name: one.name })}
                  share={one.size > 0 ? one.sent / one.size : undefined}
                />
              </Show>
              <ErrorNote error={one.error} />
            </div>
            <Show
              when={one.state === 'sending'}
              fallback={<Button onClick={() => dismissUpload(one.id)}>{t('common.close')}</Button>}
            >
              <Button onClick={() => cancelUpload(one.id)}>{t('upload.cancel')}</Button>
            </Show>
          </div>
        </Panel>
      )}
    </For>
  );
}
