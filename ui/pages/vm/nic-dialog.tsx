// Changes a VM's network card; without one, adds one.
import {
  BoundCheck,
  type BoundForm,
  BoundNumber,
  BoundSelect,
  BoundText,
  refusing,
} from '../../components/bound-field.tsx';
import type { Choice } from '../../components/field.tsx';
import { parseProperties } from '../../forms/property-string.ts';
import { freeKey, type VmDevice } from '../../forms/vm-config.ts';
import {
  checkVmNic,
  newVmNic,
  rareNetModels,
  readVmNic,
  usualNetModels,
  type VmNicForm,
  vmNicString,
} from '../../forms/vm-net.ts';
import { t } from '../../i18n/index.ts';
import { createCardBridges } from '../guest/card-bridges.ts';
import { createCheckedForm } from '../guest/checked-form.ts';
import { EditDialog } from '../guest/edit-dialog.tsx';
import { bridgeChoice, Columns, MoreSettings, withOwn } from '../guest/form-group.tsx';
import { useGuest } from '../guest/guest-context.ts';

export function NicDialog(props: { device?: VmDevice; onClose: () => void }) {
  const vm = useGuest();
  const before = props.device?.wanted ?? props.device?.current;
  const checked = createCheckedForm<VmNicForm>(before ? readVmNic(before) : newVmNic(), checkVmNic);
  const own = checked.form.model;
  const bridges = createCardBridges(() => vm.place().node, checked, before === undefined);
  const key = () => props.device?.key ?? freeKey('net', vm.config.data() ?? []);
  return (
    <EditDialog
      wide
      title={props.device ? t('options.editOne', { what: props.device.key }) : t('hardware.addNetwork')}
      field={key() ?? ''}
      reason={key() === undefined ? t('vmDevice.allTaken') : undefined}
      onClose={props.onClose}
      check={checked.check}
      change={() => ({ [key() ?? '']: vmNicString(checked.form, before ?? parseProperties('')) })}
    >
      {(error) => {
        const of = refusing(checked, (name) => (name === 'bridge' ? error() : undefined));
        return (
          <>
            <Columns>
              <BoundSelect
                of={of}
                name="bridge"
                label={t('create.bridge')}
                span={3}
                none={t('ct.nic.nothing')}
                choices={(bridges() ?? []).map(bridgeChoice)}
              />
              <BoundNumber of={of} name="tag" label={t('ct.nic.tag')} span={3} hint={t('ct.nic.tagHint')} />
              <BoundSelect
                of={of}
                name="model"
                label={t('hardware.netModel')}
                span={6}
                choices={modelChoices(own)}
              />
            </Columns>
            <div>
              <BoundCheck of={of} name="firewall" label={t('ct.nic.firewall')} />
              <BoundCheck
                of={of}
                name="unplugged"
                label={t('hardware.unplugged')}
                hint={t('vmNic.unpluggedHint')}
              />
            </div>
            <More of={of} />
          </>
        );
      }}
    </EditDialog>
  );
}

function modelChoices(own: string): Choice[] {
  const usual = usualNetModels.map((one) => ({ value: one, label: t(`vmNic.model.${one}`) }));
  const rare = rareNetModels.map((one) => ({ value: one, label: one, group: t('vmNic.oldModels') }));
  return withOwn([...usual, ...rare], own);
}

/** Hardware address, other VLANs, limits. */
function More(props: { of: BoundForm<VmNicForm> }) {
  const form = () => props.of.form;
  const virtio = () => form().model === 'virtio';
  const virtioHint = (hint: string) => (virtio() ? hint : t('vmNic.virtioOnly'));
  const open = () => form().trunks !== '' || form().rate !== '' || form().mtu !== '' || form().queues !== '';
  return (
    <MoreSettings open={open()}>
      <Columns>
        <BoundText
          of={props.of}
          name="mac"
          label={t('hardware.mac')}
          span={3}
          hint={t('hardware.macHint')}
          mono
        />
        <BoundText
          of={props.of}
          name="rate"
          label={t('ct.nic.rate')}
          span={3}
          suffix={t('ct.nic.rateUnit')}
          inputmode="decimal"
          hint={t('vmNic.rateHint')}
        />
        <BoundText
          of={props.of}
          name="trunks"
          label={t('ct.nic.trunks')}
          span={6}
          hint={t('ct.nic.trunksHint')}
        />
        <BoundNumber
          of={props.of}
          name="mtu"
          label={t('ct.nic.mtu')}
          span={3}
          disabled={!virtio()}
          hint={virtioHint(t('vmNic.mtuHint'))}
        />
        <BoundNumber
          of={props.of}
          name="queues"
          label={t('vmNic.queues')}
          span={3}
          disabled={!virtio()}
          hint={virtioHint(t('vmNic.queuesHint'))}
        />
      </Columns>
    </MoreSettings>
  );
}
