// Where a VM's disk is and whose it is: the buttons that change either, and their dialogs.
import { createMemo, createSignal, type JSX, Show } from 'solid-js';
import { api } from '../../api/client.ts';
import { createQuery } from '../../api/query.ts';
import { SelectField } from '../../components/field.tsx';
import { Notice } from '../../components/panel.tsx';
import { placesFor } from '../../forms/give-disk.ts';
import type { VmDevice } from '../../forms/vm-config.ts';
import { t } from '../../i18n/index.ts';
import { createCalm } from '../../live/calm.ts';
import { guests } from '../../live/store.ts';
import { watchTask } from '../../live/watched.ts';
import { labelOf } from '../../shell/tree-model.ts';
import { DeviceButton } from '../guest/device-row.tsx';
import { EditDialog } from '../guest/edit-dialog.tsx';
import { useGuest } from '../guest/guest-context.ts';
import { MoveDialog } from '../guest/move-dialog.tsx';

/** Guests change all the time, and a list that is open is made anew with each look: not more often than this. */
const restMs = 1000;
const volumeKey = /^((ide|sata|scsi|virtio|unused)\d+|efidisk0|tpmstate0)$/;
const sourceOf = (device: VmDevice) => (device.current ?? device.wanted)?.lead ?? '';

/** Is it a volume of the VM's own? Not a disc, nor what is generated for cloud-init, nor a disk of the node. */
function isOwnVolume(device: VmDevice): boolean {
  const value = device.current ?? device.wanted;
  return (
    volumeKey.test(device.key) &&
    value?.options.get('media') !== 'cdrom' &&
    /^[^/:]+:.+/.test(sourceOf(device)) &&
    !sourceOf(device).includes('cloudinit')
  );
}

interface DiskPlaces {
  /** What stands at a disk. */
  readonly buttons: (device: VmDevice) => JSX.Element;
  /** To be put on the page once. */
  readonly dialogs: () => JSX.Element;
}

export function createDiskPlaces(): DiskPlaces {
  const vm = useGuest();
  const [open, setOpen] = createSignal<{ readonly what: 'move' | 'give'; readonly device: VmDevice }>();
  const close = () => setOpen(undefined);
  return {
    buttons: (device) => (
      <Show when={isOwnVolume(device) && device.current && vm.item().template !== 1}>
        <DeviceButton
          label={t('move.action')}
          name={t('move.what', { what: device.key })}
          onClick={() => setOpen({ what: 'move', device })}
        />
        <DeviceButton
          label={t('give.action')}
          name={t('give.what', { what: device.key })}
          onClick={() => setOpen({ what: 'give', device })}
        />
      </Show>
    ),
    dialogs: () => (
      <Show when={open()} keyed>
        {({ what, device }) => (
          <Show when={what === 'move'} fallback={<GiveDiskDialog device={device} onClose={close} />}>
            <MoveDialog device={device} source={sourceOf(device)} onClose={close} />
          </Show>
        )}
      </Show>
    ),
  };
}

/** Nothing is copied: the volume gets another owner on its storage. */
function GiveDiskDialog(props: { device: VmDevice; onClose: () => void }) {
  const vm = useGuest();
  const { key } = props.device;
  const [to, setTo] = createSignal('');
  const [chosen, setChosen] = createSignal('');
  const running = () => (vm.item().status === 'stopped' ? undefined : t('refusal.still-running'));
  const others = createCalm(
    () =>
      guests()
        .filter(
          (one) =>
            one.type === 'qemu' &&
            one.node === vm.place().node &&
            one.vmid !== vm.place().vmid &&
            one.status === 'stopped' &&
            one.template !== 1 &&
            !one.lock,
        )
        .sort((a, b) => (a.vmid ?? 0) - (b.vmid ?? 0)),
    () => vm.place().node,
    restMs,
  );
  const target = createQuery(
    () => to() !== '' && { node: vm.place().node, vmid: Number(to()) },
    (place) => api('GET /nodes/{node}/qemu/{vmid}/pending', place),
  );
  const places = createMemo(() => (target.data() ? placesFor(key, target.data() ?? []) : []));
  const place = () => (places().includes(chosen()) ? chosen() : (places()[0] ?? ''));
  const reason = () =>
    running() ??
    (others().length === 0 ? t('give.nobody') : place() === '' ? t('give.chooseFirst') : undefined);
  return (
    <EditDialog
      title={t('give.what', { what: key })}
      action={t('give.action')}
      field="target-vmid"
      fields={['target-disk']}
      reason={reason()}
      onClose={props.onClose}
      change={() => ({})}
      save={async () => {
        watchTask(
          await api('POST /nodes/{node}/qemu/{vmid}/move_disk', {
            ...vm.place(),
            disk: key as 'scsi0',
            'target-vmid': Number(to()),
            'target-disk': place() as 'scsi0',
          }),
        );
      }}
    >
      {(error) => (
        <>
          <p class="font-mono text-sm break-all text-muted">{sourceOf(props.device)}</p>
          <p class="text-sm text-muted">{t('give.text')}</p>
          <Show
            when={running() === undefined && others().length > 0}
            fallback={<Notice tone="warn">{running() ?? t('give.nobody')}</Notice>}
          >
            <SelectField
              label={t('give.to')}
              value={to()}
              onValue={setTo}
              none={t('give.choose')}
              choices={others().map((one) => ({
                value: String(one.vmid),
                label: `${one.vmid} ${labelOf(one)}`,
              }))}
              error={error() ?? target.error()?.message}
            />
            <Show when={places().length > 0}>
              <SelectField
                label={t('give.as')}
                value={place()}
                onValue={setChosen}
                choices={places().map((one) => ({ value: one, label: one }))}
                error={error('target-disk')}
              />
            </Show>
          </Show>
        </>
      )}
    </EditDialog>
  );
}
