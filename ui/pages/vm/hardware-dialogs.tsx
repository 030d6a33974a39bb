// The dialogs that add a disk to a VM, change its disc and its network cards, and take a device away.
import { createMemo, createSignal, Show } from 'solid-js';
import { fileChoices } from '../../api/choices.ts';
import { changeDevices } from '../../api/guests.ts';
import { createBridgeChoices, createStorageChoices } from '../../api/node-choices.ts';
import { createQuery } from '../../api/query.ts';
import { CheckField, SelectField, TextField } from '../../components/field.tsx';
import { Notice } from '../../components/panel.tsx';
import { bytes } from '../../format/show.ts';
import { parseProperties, renderProperties, withOptions } from '../../forms/property-string.ts';
import { freeKey, networkOf, type VmDevice } from '../../forms/vm-config.ts';
import { t } from '../../i18n/index.ts';
import { EditDialog } from '../guest/edit-dialog.tsx';
import { storageChoice } from '../guest/form-group.tsx';
import { useGuest } from '../guest/guest-context.ts';
import { RemoveDeviceDialog } from '../guest/remove-device-dialog.tsx';

const buses = ['scsi', 'virtio', 'sata', 'ide'] as const;

export function AddDiskDialog(props: { onClose: () => void }) {
  const vm = useGuest();
  const [chosen, setChosen] = createSignal('');
  const [size, setSize] = createSignal('32');
  const [bus, setBus] = createSignal<(typeof buses)[number]>('scsi');
  const storages = createStorageChoices(() => vm.place().node);
  const fitting = createMemo(() => storages.holding('images') ?? []);
  const storage = () => chosen() || (fitting()[0]?.storage ?? '');
  const key = () => freeKey(bus(), vm.config.data() ?? []);
  return (
    <EditDialog
      title={t('hardware.addDisk')}
      field={key() ?? ''}
      onClose={props.onClose}
      change={() => ({ [key() ?? `${bus()}0`]: `${storage()}:${size().trim()}` })}
      save={(change) => changeDevices(vm.kind, vm.place(), change)}
    >
      {(error) => (
        <>
          <SelectField
            label={t('create.diskStorage')}
            value={storage()}
            onValue={setChosen}
            choices={fitting().map(storageChoice)}
          />
          <div class="grid grid-cols-2 gap-4">
            <TextField
              label={t('create.diskSize')}
              suffix="GiB"
              inputmode="numeric"
              value={size()}
              onValue={setSize}
              error={error()}
            />
            <SelectField
              label={t('create.bus')}
              value={bus()}
              onValue={(value) => setBus(buses.find((one) => one === value) ?? 'scsi')}
              choices={buses.map((one) => ({ value: one, label: t(`bus.${one}`) }))}
              hint={key()}
            />
          </div>
          <Show when={key() === undefined}>
            <Notice tone="warn">{t('hardware.busFull')}</Notice>
          </Show>
        </>
      )}
    </EditDialog>
  );
}

/** Puts a disc in or takes it out; without a device, adds a drive. */
export function DiscDialog(props: { device?: VmDevice; onClose: () => void }) {
  const vm = useGuest();
  const before = (props.device?.wanted ?? props.device?.current)?.lead ?? 'none';
  const [disc, setDisc] = createSignal(before === 'none' ? '' : before);
  const discs = createQuery(
    () => ({ node: vm.place().node }),
    ({ node }) => fileChoices(node, 'iso'),
  );
  const key = () => {
    const lines = vm.config.data() ?? [];
    return (
      props.device?.key ??
      (lines.some((one) => one.key === 'ide2') ? freeKey('sata', lines) : 'ide2') ??
      'ide2'
    );
  };
  const choices = createMemo(() => {
    const list = (discs.data() ?? []).map((one) => ({
      value: one.volid,
      label: `${one.volid} (${bytes(one.size)})`,
    }));
    if (disc() !== '' && !list.some((one) => one.value === disc()))
      list.unshift({ value: disc(), label: disc() });
    return list;
  });
  return (
    <EditDialog
      title={props.device ? `${t('device.cdrom')} ${key()}` : t('hardware.addDisc')}
      field={key()}
      onClose={props.onClose}
      change={() => ({ [key()]: `${disc() === '' ? 'none' : disc()},media=cdrom` })}
    >
      {(error) => (
        <SelectField
          label={t('create.iso')}
          value={disc()}
          onValue={setDisc}
          none={t('hardware.noDisc')}
          choices={choices()}
          error={error()}
        />
      )}
    </EditDialog>
  );
}

const netModels = ['virtio', 'e1000', 'e1000e', 'rtl8139', 'vmxnet3'];

/** Changes a network card; without a device, adds one. */
export function NetworkDialog(props: { device?: VmDevice; onClose: () => void }) {
  const vm = useGuest();
  const before = props.device?.wanted ?? props.device?.current ?? parseProperties('virtio');
  const facts = networkOf(before);
  const [model, setModel] = createSignal(facts.model);
  const [chosen, setChosen] = createSignal(facts.bridge);
  const [mac, setMac] = createSignal(facts.mac);
  const [unplugged, setUnplugged] = createSignal(before.options.get('link_down') === '1');
  const bridges = createBridgeChoices(() => vm.place().node);
  const bridge = () => chosen() || (bridges()?.[0]?.iface ?? '');
  const key = () => props.device?.key ?? freeKey('net', vm.config.data() ?? []) ?? 'net0';

  /** Everything that the dialog does not show (firewall, rate, VLAN) stays as it was. */
  function change() {
    const names = [facts.model, 'model', 'macaddr'].filter((name) => name !== '');
    const rest = withOptions(before, Object.fromEntries(names.map((name) => [name, undefined])));
    const options = withOptions(
      { lead: '', options: rest.options },
      { bridge: bridge() || undefined, link_down: unplugged() ? '1' : undefined },
    );
    const lead = mac().trim() === '' ? model() : `${model()}=${mac().trim()}`;
    return { [key()]: renderProperties({ lead, options: options.options }) };
  }

  return (
    <EditDialog
      title={props.device ? `${t('device.network')} ${key()}` : t('hardware.addNetwork')}
      field={key()}
      onClose={props.onClose}
      change={change}
    >
      {(error) => (
        <>
          <div class="grid gap-4 sm:grid-cols-2">
            <SelectField
              label={t('create.bridge')}
              value={bridge()}
              onValue={setChosen}
              choices={(bridges() ?? []).map((one) => ({ value: one.iface, label: one.iface }))}
              error={error()}
            />
            <SelectField
              label={t('hardware.netModel')}
              value={model()}
              onValue={setModel}
              choices={[...new Set([...netModels, model()])].map((one) => ({ value: one, label: one }))}
            />
          </div>
          <TextField
            label={t('hardware.mac')}
            value={mac()}
            onValue={setMac}
            hint={t('hardware.macHint')}
            mono
          />
          <CheckField label={t('hardware.unplugged')} checked={unplugged()} onValue={setUnplugged} />
        </>
      )}
    </EditDialog>
  );
}

/** Detaches a disk, which stays unused; destroys what nothing uses any more; removes all else. */
export function RemoveVmDeviceDialog(props: { device: VmDevice; onClose: () => void }) {
  const { key, kind, current, wanted } = props.device;
  return (
    <RemoveDeviceDialog
      deviceKey={key}
      does={kind === 'disk' ? 'detach' : kind === 'unused' || kind === 'efi' ? 'destroy' : 'remove'}
      source={(current ?? wanted)?.lead ?? ''}
      text={t(kind === 'disk' ? 'hardware.detachText' : 'hardware.removeText')}
      onClose={props.onClose}
    />
  );
}
