// Before items of a configuration backup are brought back: which they are, and what may come of it.
import TriangleAlert from 'lucide-solid/icons/triangle-alert';
import { For, Show } from 'solid-js';
import { api } from '../../api/client.ts';
import { ConfirmDialog } from '../../components/confirm-dialog.tsx';
import { asSentence } from '../../format/show.ts';
import { t, tn } from '../../i18n/index.ts';
import { watchTask } from '../../live/watched.ts';
import { areaName, type ConfigItem } from './config-data.ts';

export function RestoreConfigDialog(props: {
  volume: string;
  passphrase: string | undefined;
  items: readonly ConfigItem[];
  onDone: () => void;
  onClose: () => void;
}) {
  const dangers = () => props.items.some(({ danger }) => danger !== undefined);
  return (
    <ConfirmDialog
      open
      calm={!dangers()}
      onClose={props.onClose}
      title={t('configBackup.restoreTitle')}
      action={tn('configBackup.restore', props.items.length)}
      onConfirm={async () => {
        const upid = await api('POST /cluster/config-backups/restore', {
          volume: props.volume,
          items: props.items.map(({ id, digest }) => `${id}@${digest}`),
          ...(props.passphrase === undefined ? {} : { passphrase: props.passphrase }),
        });
        watchTask(upid);
        props.onDone();
      }}
    >
      <div class="flex flex-col gap-3 text-sm">
        <ul class="flex flex-col gap-1.5">
          <For each={props.items}>
            {(item) => (
              <li class="min-w-0 [overflow-wrap:anywhere]">
                <span class="text-muted">{areaName(item.area)}:</span> {item.name}
                <Show when={item.danger}>
                  <span class="flex items-start gap-1.5 text-warn">
                    <TriangleAlert size={14} class="mt-0.5 shrink-0" />
                    {asSentence(item.danger ?? '')}
                  </span>
                </Show>
              </li>
            )}
          </For>
        </ul>
        <p>{t('configBackup.restoreText')}</p>
        <p class="text-muted">{t('configBackup.restoreKeeps')}</p>
      </div>
    </ConfirmDialog>
  );
}
