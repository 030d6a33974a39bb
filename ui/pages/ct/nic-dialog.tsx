// Changes a container's network card; without one, adds one.
import { createEffect, createMemo, createSignal, on } from 'solid-js';
import { createStore } from 'solid-js/store';
import { bridgeChoices } from '../../api/choices.ts';
import { createQuery } from '../../api/query.ts';
import { ChoiceCard } from '../../components/choice-card.tsx';
import { TextField } from '../../components/field.tsx';
import { freeCtKey, freeNicName, nicNames } from '../../forms/ct-config.ts';
import { checkNic, type NicForm, newNic, nicString, readNic } from '../../forms/ct-net.ts';
import type { Device } from '../../forms/guest-config.ts';
import { t } from '../../i18n/index.ts';
import { EditDialog } from '../guest/edit-dialog.tsx';
import { useGuest } from '../guest/guest-context.ts';
import { problemText } from '../guest/problem-text.ts';
import { NicAddressFields, NicMoreFields } from './nic-fields.tsx';

export function NicDialog(props: { device?: Device; onClose: () => void }) {
  const ct = useGuest();
  const lines = () => ct.config.data() ?? [];
  const before = props.device?.wanted ?? props.device?.current;
  const [form, setForm] = createStore<NicForm>(before ? readNic(before) : newNic(freeNicName(lines())));
  const [tried, setTried] = createSignal(false);
  const bridges = createQuery(
    () => ({ node: ct.place().node }),
    ({ node }) => bridgeChoices(node),
  );
  createEffect(
    on(bridges.data, (list) => {
      // A card without a bridge and without an address is plugged into nothing: that is not ours to change.
      if (!before && form.bridge === '') setForm({ bridge: list?.[0]?.iface ?? '' });
    }),
  );
  const key = () => props.device?.key ?? freeCtKey('net', lines()) ?? 'net0';
  const problems = createMemo(() => checkNic(form, nicNames(lines(), props.device?.key)));
  const shown = () => (tried() ? problems() : {});
  const choices = () => {
    const list = bridges.data();
    // One that the node does not have (any more) stays to be seen.
    return form.bridge === '' || list?.some((one) => one.iface === form.bridge)
      ? list
      : [...(list ?? []), { iface: form.bridge, comments: '' }];
  };
  return (
    <EditDialog
      wide
      title={props.device ? t('options.editOne', { what: props.device.key }) : t('ct.addNic')}
      {...(props.device ? {} : { action: t('ct.addNic') })}
      field={key()}
      onClose={props.onClose}
      check={() => {
        setTried(true);
        return Object.keys(problems()).length === 0;
      }}
      change={() => ({ [key()]: nicString(form, before) })}
    >
      {(error) => (
        <>
          <Connection form={form} set={setForm} />
          <div class="grid items-start gap-x-4 gap-y-3 sm:grid-cols-6">
            <NicAddressFields form={form} set={setForm} problems={shown()} bridges={choices()} />
            <TextField
              label={t('ct.nic.name')}
              class="sm:col-span-6"
              value={form.name}
              onValue={(name) => setForm({ name })}
              error={problemText(shown().name) ?? error()}
            />
          </div>
          <details open={hasMore(form)}>
            <summary class="py-1 text-sm font-medium">{t('ct.nic.more')}</summary>
            <div class="grid items-start gap-x-4 gap-y-3 pt-2 sm:grid-cols-6">
              <NicMoreFields form={form} set={setForm} problems={shown()} />
            </div>
          </details>
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
