// The configuration of the guest as it is inside of a backup: text, as it is there.
import { Show } from 'solid-js';
import { api } from '../../api/client.ts';
import { createQuery } from '../../api/query.ts';
import { Button } from '../../components/button.tsx';
import { CopyButton } from '../../components/copy-button.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { ErrorNote } from '../../components/error-note.tsx';
import { Skeleton } from '../../components/panel.tsx';
import { t } from '../../i18n/index.ts';
import type { Backup } from './backup-columns.tsx';

export default function BackupConfigDialog(props: { node: string; backup: Backup; onClose: () => void }) {
  const text = createQuery(
    () => ({ node: props.node, volume: props.backup.volid }),
    (from) => api('GET /nodes/{node}/vzdump/extractconfig', from),
  );
  return (
    <Dialog
      open
      wide
      onClose={props.onClose}
      title={t('backup.configTitle')}
      footer={
        <>
          <Show when={text.data()}>{(shown) => <CopyButton text={shown()} />}</Show>
          <Button onClick={props.onClose}>{t('common.close')}</Button>
        </>
      }
    >
      <div class="flex flex-col gap-3">
        <p class="font-mono text-sm break-all text-muted">{props.backup.volid}</p>
        <ErrorNote error={text.error()} retry={text.reload} />
        <Show when={text.error() === undefined}>
          <Show when={text.data() !== undefined} fallback={<Skeleton lines={8} />}>
            <section
              aria-label={t('backup.configTitle')}
              tabindex="0"
              class="overflow-x-auto rounded-md border border-line bg-canvas p-3"
            >
              <pre class="font-mono text-xs leading-5">{text.data()}</pre>
            </section>
          </Show>
        </Show>
      </div>
    </Dialog>
  );
}
