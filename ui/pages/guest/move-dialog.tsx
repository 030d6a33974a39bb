// Moving a volume of a guest to another storage; a disk of a VM also to another format.
import { createEffect, createMemo, createSignal, Show } from 'solid-js';
import type { StorageChoice } from '../../api/choices.ts';
import { api } from '../../api/client.ts';
import { createStorageChoices } from '../../api/node-choices.ts';
import { CheckField, type Choice, SelectField } from '../../components/field.tsx';
import { Notice } from '../../components/panel.tsx';
import { formatsOf, type ImageFormat } from '../../forms/clone-guest.ts';
import type { Device } from '../../forms/guest-config.ts';
import { t } from '../../i18n/index.ts';
import { watchTask } from '../../live/watched.ts';
import { EditDialog } from './edit-dialog.tsx';
import { storageChoice } from './form-group.tsx';
import { type GuestContext, useGuest } from './guest-context.ts';

/** `source`: its volume id. */
export function MoveDialog(props: { device: Device; source: string; onClose: () => void }) {
  const guest = useGuest();
  const isDisk = guest.kind === 'qemu';
  const [chosen, setChosen] = createSignal('');
  const [format, setFormat] = createSignal<ImageFormat | ''>('');
  const [remove, setRemove] = createSignal(true);
  const here = props.source.split(':')[0] ?? '';
  const storages = createStorageChoices(() => guest.place().node);
  /** A disk can stay where it is and only become of another format. */
  const targets = createMemo(() => {
    const all = storages.holding(isDisk ? 'images' : 'rootdir');
    const others = all?.filter((one) => one.storage !== here);
    return isDisk && all && others ? [...others, ...all.filter((one) => one.storage === here)] : others;
  });
  const storage = () => chosen() || (targets()?.[0]?.storage ?? '');
  const formats = createMemo(() => formatsOf(targets()?.find((one) => one.storage === storage())?.formats));
  createEffect(() => {
    const now = format();
    if (now !== '' && !formats().includes(now)) setFormat('');
  });
  const nowhere = () => (targets()?.length === 0 ? t('move.nowhere') : undefined);
  const nothing = () => (storage() === here && format() === '' ? t('move.nothing') : undefined);
  const choice = (one: StorageChoice): Choice =>
    one.storage === here ? { value: here, label: t('move.here', { storage: here }) } : storageChoice(one);
  return (
    <EditDialog
      title={t(isDisk ? 'move.titleVm' : 'move.title', { what: props.device.key })}
      action={t('move.action')}
      field="storage"
      fields={['format']}
      onClose={props.onClose}
      reason={nowhere() ?? nothing()}
      change={() => ({})}
      save={async () =>
        watchTask(
          await moveVolume(guest, {
            key: props.device.key,
            storage: storage(),
            format: format(),
            remove: remove(),
          }),
        )
      }
    >
      {(error) => (
        <>
          <p class="font-mono text-sm break-all text-muted">{props.source}</p>
          <Show when={nowhere() === undefined} fallback={<Notice tone="warn">{nowhere()}</Notice>}>
            <SelectField
              label={t('move.to')}
              value={storage()}
              onValue={setChosen}
              choices={(targets() ?? []).map(choice)}
              error={error()}
            />
            <Show when={isDisk}>
              <SelectField
                label={t('move.format')}
                value={format()}
                onValue={(value) => setFormat(formats().find((one) => one === value) ?? '')}
                none={t('move.sameFormat')}
                choices={formats().map((one) => ({ value: one, label: one }))}
                error={error('format')}
              />
            </Show>
            <CheckField
              label={t('move.delete')}
              hint={t(isDisk ? 'move.deleteHintVm' : 'move.deleteHint')}
              checked={remove()}
              onValue={setRemove}
            />
          </Show>
        </>
      )}
    </EditDialog>
  );
}

/** Answers the UPID. */
function moveVolume(
  guest: GuestContext,
  wish: {
    readonly key: string;
    readonly storage: string;
    readonly format: ImageFormat | '';
    readonly remove: boolean;
  },
): Promise<string> {
  const common = { ...guest.place(), storage: wish.storage, delete: wish.remove };
  if (guest.kind === 'lxc')
    return api('POST /nodes/{node}/lxc/{vmid}/move_volume', { ...common, volume: wish.key as 'rootfs' });
  return api('POST /nodes/{node}/qemu/{vmid}/move_disk', {
    ...common,
    disk: wish.key as 'scsi0',
    ...(wish.format === '' ? {} : { format: wish.format }),
  });
}
