// The dialogs that change a VM's memory, processor, disks, disc and network cards.
import { createMemo, createSignal, Show } from 'solid-js';
import { bridgeChoices, discChoices, storageChoices } from '../../api/choices.ts';
import { api } from '../../api/client.ts';
import { changeDevices } from '../../api/guests.ts';
import { createQuery } from '../../api/query.ts';
import { CheckField, SelectField, TextField } from '../../components/field.tsx';
import { Notice } from '../../components/panel.tsx';
import { bytes } from '../../format/show.ts';
import { settingOf } from '../../forms/guest-config.ts';
import { parseProperties, renderProperties, withOptions } from '../../forms/property-string.ts';
import { freeKey, networkOf, type VmDevice } from '../../forms/vm-config.ts';
import { t } from '../../i18n/index.ts';
import { watchTask } from '../../live/watched.ts';
import { EditDialog } from '../guest/edit-dialog.tsx';
import { storageChoice } from '../guest/form-group.tsx';
import { GrowField } from '../guest/grow-field.tsx';
import { useGuest } from '../guest/guest-context.ts';

export function MemoryDialog(props: { onClose: () => void }) {
  const vm = useGuest();
  const [memory, setMemory] = createSignal(settingOf(vm.config.data() ?? [], 'memory').wanted ?? '512');
  return (
    <EditDialog
      title={t('create.memory')}
      field="memory"
      onClose={props.onClose}
      change={() => ({ memory: memory().trim() })}
    >
      {(error) => (
        <TextField
          label={t('create.memory')}
          suffix="MiB"
          inputmode="numeric"
          value={memory()}
          onValue={setMemory}
          error={error()}
          hint={/^\d+$/.test(memory().trim()) ? bytes(Number(memory()) * 1024 ** 2) : undefined}
          autofocus
        />
      )}
    </EditDialog>
  );
}

export function ProcessorDialog(props: { onClose: () => void }) {
  const vm = useGuest();
  const wanted = (key: string) => settingOf(vm.config.data() ?? [], key).wanted ?? '1';
  const [cores, setCores] = createSignal(wanted('cores'));
  const [sockets, setSockets] = createSignal(wanted('sockets'));
  return (
    <EditDialog
      title={t('hardware.processor')}
      field="cores"
      onClose={props.onClose}
      change={() => ({ cores: cores().trim(), sockets: sockets().trim() })}
    >
      {(error) => (
        <div class="grid grid-cols-2 gap-4">
          <TextField
            label={t('hardware.coresPerSocket')}
            inputmode="numeric"
            value={cores()}
            onValue={setCores}
            error={error()}
            autofocus
          />
          <TextField
            label={t('hardware.sockets')}
            inputmode="numeric"
            value={sockets()}
            onValue={setSockets}
          />
        </div>
      )}
    </EditDialog>
  );
}

const buses = ['scsi', 'virtio', 'sata', 'ide'] as const;

export function AddDiskDialog(props: { onClose: () => void }) {
  const vm = useGuest();
  const [chosen, setChosen] = createSignal('');
  const [size, setSize] = createSignal('32');
  const [bus, setBus] = createSignal<(typeof buses)[number]>('scsi');
  const storages = createQuery(
    () => ({ node: vm.place().node }),
    ({ node }) => storageChoices(node),
  );
  const fitting = createMemo(() => (storages.data() ?? []).filter((one) => one.content.includes('images')));
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

export function ResizeDialog(props: { device: VmDevice; onClose: () => void }) {
  const vm = useGuest();
  const [by, setBy] = createSignal('10');
  return (
    <EditDialog
      title={t('hardware.resizeTitle', { what: props.device.key })}
      field="size"
      onClose={props.onClose}
      change={() => ({})}
      save={async () => {
        watchTask(
          await api('PUT /nodes/{node}/qemu/{vmid}/resize', {
            ...vm.place(),
            disk: props.device.key as 'scsi0',
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

/** Puts a disc in or takes it out; without a device, adds a drive. */
export function DiscDialog(props: { device?: VmDevice; onClose: () => void }) {
  const vm = useGuest();
  const before = (props.device?.wanted ?? props.device?.current)?.lead ?? 'none';
  const [disc, setDisc] = createSignal(before === 'none' ? '' : before);
  const discs = createQuery(
    () => ({ node: vm.place().node }),
    ({ node }) => discChoices(node),
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
      title={t('device.cdrom')}
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
  const bridges = createQuery(
    () => ({ node: vm.place().node }),
    ({ node }) => bridgeChoices(node),
  );
  const bridge = () => chosen() || (bridges.data()?.[0]?.iface ?? '');
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
      title={props.device ? t('device.network') : t('hardware.addNetwork')}
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
              choices={(bridges.data() ?? []).map((one) => ({ value: one.iface, label: one.iface }))}
              error={error()}
            />
            <SelectField
              label={t('create.netModel')}
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
