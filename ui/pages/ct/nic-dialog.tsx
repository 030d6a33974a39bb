// Changes a container's network card; without one, adds one.
import { BoundText, refusing } from '../../components/bound-field.tsx';
import { ChoiceCard } from '../../components/choice-card.tsx';
import { freeCtKey, freeNicName, nicNames } from '../../forms/ct-config.ts';
import { checkNic, type NicForm, newNic, nicString, readNic } from '../../forms/ct-net.ts';
import type { Device } from '../../forms/guest-config.ts';
import { t } from '../../i18n/index.ts';
import { createCardBridges } from '../guest/card-bridges.ts';
import { createCheckedForm } from '../guest/checked-form.ts';
import { EditDialog } from '../guest/edit-dialog.tsx';
import { Columns, MoreSettings } from '../guest/form-group.tsx';
import { useGuest } from '../guest/guest-context.ts';
import { NicAddressFields, NicMoreFields } from './nic-fields.tsx';

export function NicDialog(props: { device?: Device; onClose: () => void }) {
  const ct = useGuest();
  const lines = () => ct.config.data() ?? [];
  const before = props.device?.wanted ?? props.device?.current;
  const checked = createCheckedForm<NicForm>(
    before ? readNic(before) : newNic(freeNicName(lines())),
    (given) => checkNic(given, nicNames(lines(), props.device?.key)),
  );
  const { form, set } = checked;
  const bridges = createCardBridges(() => ct.place().node, checked, before === undefined);
  const key = () => props.device?.key ?? freeCtKey('net', lines());
  return (
    <EditDialog
      wide
      title={props.device ? t('options.editOne', { what: props.device.key }) : t('ct.addNic')}
      {...(props.device ? {} : { action: t('ct.addNic') })}
      field={key() ?? ''}
      reason={key() === undefined ? t('vmDevice.allTaken') : undefined}
      onClose={props.onClose}
      check={checked.check}
      change={() => ({ [key() ?? '']: nicString(form, before) })}
    >
      {(error) => (
        <>
          <Connection form={form} set={set} />
          <Columns>
            <NicAddressFields of={checked} bridges={bridges()} />
            <BoundText of={refusing(checked, () => error())} name="name" label={t('ct.nic.name')} span={6} />
          </Columns>
          <MoreSettings open={hasMore(form)}>
            <Columns>
              <NicMoreFields of={checked} />
            </Columns>
          </MoreSettings>
        </>
      )}
    </EditDialog>
  );
}

function hasMore(form: NicForm): boolean {
  return form.tag !== '' || form.rate !== '' || form.mtu !== '' || form.trunks !== '' || form.unplugged;
}

function Connection(props: { form: NicForm; set: (part: Partial<NicForm>) => void }) {
  return (
    <fieldset class="grid gap-2 sm:grid-cols-2" aria-label={t('ct.nic.connection')}>
      <ChoiceCard
        name="connection"
        chosen={props.form.connection === 'bridge'}
        onChoose={() => props.set({ connection: 'bridge' })}
        title={t('ct.nic.bridged')}
        text={t('ct.nic.bridgedText')}
      />
      <ChoiceCard
        name="connection"
        chosen={props.form.connection === 'routed'}
        onChoose={() => props.set({ connection: 'routed' })}
        title={t('ct.nic.routedTitle')}
        text={t('ct.nic.routedText')}
      />
    </fieldset>
  );
}
