// The dialogs that grow, move, detach or remove what a container has mounted.
import { createMemo, createSignal, Show } from 'solid-js';
import { storageChoices } from '../../api/choices.ts';
import { api } from '../../api/client.ts';
import { changeDevices } from '../../api/guests.ts';
import { createQuery } from '../../api/query.ts';
import { ConfirmDialog } from '../../components/confirm-dialog.tsx';
import { CheckField, SelectField } from '../../components/field.tsx';
import { Notice } from '../../components/panel.tsx';
import { type CtDevice, devicePath } from '../../forms/ct-config.ts';
import { sourceOf } from '../../forms/ct-mount.ts';
import { parseProperties } from '../../forms/property-string.ts';
import { t } from '../../i18n/index.ts';
import { watchTask } from '../../live/watched.ts';
import { EditDialog } from '../guest/edit-dialog.tsx';
import { storageChoice } from '../guest/form-group.tsx';
import { GrowField } from '../guest/grow-field.tsx';
import { useGuest } from '../guest/guest-context.ts';

interface DialogProps {
  device: CtDevice;
  onClose: () => void;
}

const shownValue = (device: CtDevice) => device.current ?? device.wanted ?? parseProperties('');

export function ResizeCtDialog(props: DialogProps) {
  const ct = useGuest();
  const [by, setBy] = createSignal('4');
  return (
    <EditDialog
      title={t('hardware.resizeTitle', { what: props.device.key })}
      field="size"
      onClose={props.onClose}
      change={() => ({})}
      save={async () => {
        watchTask(
          await api('PUT /nodes/{node}/lxc/{vmid}/resize', {
            ...ct.place(),
            disk: props.device.key as 'rootfs',
            size: `+${by().trim()}G`,
          }),
        );
      }}
    >
      {(error) => (
        <GrowField
          value={by()}
          onValue={setBy}
          error={error()}
          size={props.device.current?.options.get('size')}
        />
      )}
    </EditDialog>
  );
}

export function MoveDialog(props: DialogProps) {
  const ct = useGuest();
  const [chosen, setChosen] = createSignal('');
  const [remove, setRemove] = createSignal(true);
  const source = sourceOf(shownValue(props.device));
  const storages = createQuery(
    () => ({ node: ct.place().node }),
    ({ node }) => storageChoices(node),
  );
  const others = createMemo(() =>
    (storages.data() ?? []).filter(
      (one) => one.content.includes('rootdir') && one.storage !== source.split(':')[0],
    ),
  );
  const storage = () => chosen() || (others()[0]?.storage ?? '');
  return (
    <EditDialog
      title={t('ct.moveTitle', { what: props.device.key })}
      action={t('ct.move')}
      field="storage"
      onClose={props.onClose}
      reason={storages.data() && others().length === 0 ? t('ct.moveNowhere') : undefined}
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
          <Show
            when={!storages.data() || others().length > 0}
            fallback={<Notice tone="warn">{t('ct.moveNowhere')}</Notice>}
          >
            <SelectField
              label={t('ct.moveTo')}
              value={storage()}
              onValue={setChosen}
              choices={others().map(storageChoice)}
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
  unused: 'hardware.removeDestroys',
} as const;

/** Detaches a volume, which stays unused; unmounts a folder; takes a device away; destroys an unused volume. */
export function RemoveCtDeviceDialog(props: DialogProps) {
  const ct = useGuest();
  const { key, kind } = props.device;
  const value = shownValue(props.device);
  return (
    <ConfirmDialog
      open
      onClose={props.onClose}
      title={t(kind === 'mount' ? 'hardware.detachTitle' : 'hardware.removeTitle', { what: key })}
      action={t(kind === 'mount' ? 'hardware.detach' : 'hardware.remove')}
      {...(kind === 'unused' ? { typed: key } : {})}
      onConfirm={async () => {
        await changeDevices(ct.kind, ct.place(), { [key]: undefined });
        ct.config.reload();
      }}
    >
      <p class="break-all font-mono text-sm">{kind === 'device' ? devicePath(value) : sourceOf(value)}</p>
      <p class="mt-2 text-muted">{kind === 'root' ? '' : t(texts[kind])}</p>
    </ConfirmDialog>
  );
}
