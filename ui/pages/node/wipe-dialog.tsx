// Wiping a disk or partition, or writing an empty partition table: what is lost is shown, and the name is typed.
import { Show } from 'solid-js';
import type { DiskItem } from '../../../server/contract/node-disks.ts';
import { api } from '../../api/client.ts';
import { createQuery } from '../../api/query.ts';
import { ConfirmDialog } from '../../components/confirm-dialog.tsx';
import { ErrorNote } from '../../components/error-note.tsx';
import { Skeleton } from '../../components/panel.tsx';
import { t } from '../../i18n/index.ts';
import { watchTask } from '../../live/watched.ts';
import { DiskContentsNote } from './disk-contents.tsx';
import { shortName } from './disk-use.ts';

interface WipeDialogProps {
  node: string;
  disk: DiskItem;
  what: 'wipe' | 'init';
  onClose: () => void;
}

export function WipeDialog(props: WipeDialogProps) {
  const query = createQuery(
    () => ({ node: props.node, disk: props.disk.devpath }),
    (from) => api('GET /nodes/{node}/disks/contents', from),
  );
  const wipes = () => props.what === 'wipe';
  const reason = () => {
    const contents = query.data();
    if (!contents) return t('common.wait');
    if (contents.uses.length > 0) return t('nodeDisks.inUse');
    return wipes() || contents.losses.length === 0 ? undefined : t('nodeDisks.notEmpty');
  };
  return (
    <ConfirmDialog
      open
      onClose={props.onClose}
      title={t(wipes() ? 'nodeDisks.wipeTitle' : 'nodeDisks.initTitle', { disk: props.disk.devpath })}
      action={t(wipes() ? 'nodeDisks.wipe' : 'nodeDisks.init')}
      calm={!wipes()}
      {...(wipes() ? { typed: shortName(props.disk.devpath) } : {})}
      reason={reason()}
      onConfirm={async () => {
        const { node, disk } = props;
        // What was looked at, and no other disk that has this name by now.
        const given = { node, disk: disk.devpath, expected: query.data()?.identity };
        watchTask(
          wipes()
            ? await api('PUT /nodes/{node}/disks/wipedisk', given)
            : await api('POST /nodes/{node}/disks/initgpt', given),
        );
      }}
    >
      <div class="flex flex-col gap-3">
        <p>{t(wipes() ? 'nodeDisks.wipeText' : 'nodeDisks.initText')}</p>
        <ErrorNote error={query.error()} retry={query.reload} />
        <Show when={query.data()} fallback={query.error() ? null : <Skeleton lines={3} />}>
          {(contents) => <DiskContentsNote contents={contents()} />}
        </Show>
      </div>
    </ConfirmDialog>
  );
}
