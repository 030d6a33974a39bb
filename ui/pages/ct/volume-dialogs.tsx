// The dialogs that move, detach or remove what a container has mounted.
import { createMemo, createSignal, Show } from 'solid-js';
import { api } from '../../api/client.ts';
import { createStorageChoices } from '../../api/node-choices.ts';
import { CheckField, SelectField } from '../../components/field.tsx';
import { Notice } from '../../components/panel.tsx';
import { type CtDevice, devicePath } from '../../forms/ct-config.ts';
import { sourceOf } from '../../forms/ct-mount.ts';
import { parseProperties } from '../../forms/property-string.ts';
import { t } from '../../i18n/index.ts';
import { watchTask } from '../../live/watched.ts';
import { EditDialog } from '../guest/edit-dialog.tsx';
import { storageChoice } from '../guest/form-group.tsx';
import { useGuest } from '../guest/guest-context.ts';
import { RemoveDeviceDialog } from '../guest/remove-device-dialog.tsx';

interface DialogProps {
  device: CtDevice;
  onClose: () => void;
}

const shownValue = (device: CtDevice) => device.current ?? device.wanted ?? parseProperties('');

export function MoveDialog(props: DialogProps) {
  const ct = useGuest();
  const [chosen, setChosen] = createSignal('');
  const [remove, setRemove] = createSignal(true);
  const source = sourceOf(shownValue(props.device));
  const storages = createStorageChoices(() => ct.place().node);
  const others = createMemo(() =>
    storages.holding('rootdir')?.filter((one) => one.storage !== source.split(':')[0]),
  );
  const storage = () => chosen() || (others()?.[0]?.storage ?? '');
  const nowhere = () => others()?.length === 0;
  return (
    <EditDialog
      title={t('ct.moveTitle', { what: props.device.key })}
      action={t('ct.move')}
      field="storage"
      onClose={props.onClose}
      reason={nowhere() ? t('ct.moveNowhere') : undefined}
      change={() => ({})}
      save={async () => {
        watchTask(
          await api('POST /nodes/{node}/lxc/{vmid}/move_volume', {
            ...ct.place(),
            volume: props.device.key as 'rootfs',
            storage: storage(),
            delete: remove(),
          }),
        );
      }}
    >
      {(error) => (
        <>
          <p class="font-mono text-sm break-all text-muted">{source}</p>
          <Show when={!nowhere()} fallback={<Notice tone="warn">{t('ct.moveNowhere')}</Notice>}>
            <SelectField
              label={t('ct.moveTo')}
              value={storage()}
              onValue={setChosen}
              choices={(others() ?? []).map(storageChoice)}
              error={error()}
            />
            <CheckField
              label={t('ct.moveDelete')}
              hint={t('ct.moveDeleteHint')}
              checked={remove()}
              onValue={setRemove}
            />
          </Show>
        </>
      )}
    </EditDialog>
  );
}

const texts = {
  mount: 'ct.detachText',
  bind: 'ct.unbindText',
  device: 'ct.undeviceText',
} as const;

/** Detaches a volume, which stays unused; unmounts a folder; takes a device away; destroys an unused volume. */
export function RemoveCtDeviceDialog(props: DialogProps) {
  const { key, kind } = props.device;
  const value = shownValue(props.device);
  return (
    <RemoveDeviceDialog
      deviceKey={key}
      does={kind === 'mount' ? 'detach' : kind === 'unused' ? 'destroy' : 'remove'}
      source={kind === 'device' ? devicePath(value) : sourceOf(value)}
      text={kind === 'root' || kind === 'unused' ? '' : t(texts[kind])}
      onClose={props.onClose}
    />
  );
}
