// Removing a directory, or destroying a volume group or a thin pool: with its storages, with what is in it, with its disks.
import { createSignal, Show } from 'solid-js';
import { api } from '../../api/client.ts';
import { ConfirmDialog } from '../../components/confirm-dialog.tsx';
import { CheckField } from '../../components/field.tsx';
import { t } from '../../i18n/index.ts';
import { watchTask } from '../../live/watched.ts';
import type { DiskPlace } from './create-on-disk-dialog.tsx';

/** What there is to remove. */
export interface PlaceToRemove {
  readonly place: DiskPlace;
  readonly name: string;
  /** Of a thin pool. */
  readonly group?: string;
  readonly storages: readonly string[];
  /** What is in it; of a directory nobody has counted. */
  readonly volumes: readonly string[];
}

const shownVolumes = 8;

export function RemovePlaceDialog(props: { node: string; removed: PlaceToRemove; onClose: () => void }) {
  const [storages, setStorages] = createSignal(false);
  const [disks, setDisks] = createSignal(false);
  const [contents, setContents] = createSignal(false);
  const isDirectory = () => props.removed.place === 'directory';
  const hasContents = () => (isDirectory() ? disks() : props.removed.volumes.length > 0);
  /** Unmounting alone loses nothing. */
  const isCalm = () => isDirectory() && !disks();
  const reason = () => {
    if (props.removed.storages.length > 0 && !storages()) return t('nodeDisks.storagesFirst');
    return !isDirectory() && hasContents() && !contents() ? t('nodeDisks.volumesFirst') : undefined;
  };
  const volumesText = () => {
    const { volumes } = props.removed;
    const more = volumes.length - shownVolumes;
    return `${volumes.slice(0, shownVolumes).join(', ')}${more > 0 ? ` … (+${more})` : ''}`;
  };

  async function remove(): Promise<void> {
    const { place, name, group = '' } = props.removed;
    const given = {
      ...{ node: props.node, name, 'cleanup-config': storages(), 'cleanup-disks': disks() },
      'with-volumes': hasContents() && contents(),
    };
    const ask = {
      directory: () => api('DELETE /nodes/{node}/disks/directory/{name}', given),
      lvm: () => api('DELETE /nodes/{node}/disks/lvm/{name}', given),
      lvmthin: () => api('DELETE /nodes/{node}/disks/lvmthin/{name}', { ...given, 'volume-group': group }),
    };
    watchTask(await ask[place]());
  }

  return (
    <ConfirmDialog
      open
      onClose={props.onClose}
      title={t(`nodeDisks.remove.${props.removed.place}`, { name: props.removed.name })}
      action={t(isCalm() ? 'nodeDisks.unmount' : 'nodeDisks.destroy')}
      calm={isCalm()}
      {...(isCalm() ? {} : { typed: props.removed.name })}
      reason={reason()}
      onConfirm={remove}
    >
      <div class="flex flex-col gap-2">
        <p>{t(isCalm() ? 'nodeDisks.unmountText' : 'nodeDisks.destroyText')}</p>
        <Show when={props.removed.storages.length > 0}>
          <CheckField
            label={t('nodeDisks.withStorages', { names: props.removed.storages.join(', ') })}
            checked={storages()}
            onValue={setStorages}
          />
        </Show>
        <CheckField
          label={t('nodeDisks.withDisks')}
          hint={t('nodeDisks.withDisksHint')}
          checked={disks()}
          onValue={setDisks}
        />
        <Show when={hasContents()}>
          <CheckField
            label={t('nodeDisks.withVolumes')}
            hint={isDirectory() ? t('nodeDisks.withFilesHint') : volumesText()}
            checked={contents()}
            onValue={setContents}
          />
        </Show>
      </div>
    </ConfirmDialog>
  );
}
