// The fields of a container's network card, in the create dialog and in its own.
import { Show } from 'solid-js';
import { CheckField, SelectField, TextField } from '../../components/field.tsx';
import type { Ip4Mode, Ip6Mode, NicForm, NicProblem, NicProblems } from '../../forms/ct-net.ts';
import { t } from '../../i18n/index.ts';
import { problemText } from '../guest/problem-text.ts';

interface NicFieldsProps {
  form: NicForm;
  set: (part: Partial<NicForm>) => void;
  problems: NicProblems;
  bridges: readonly { iface: string; comments: string }[] | undefined;
}

const modes4: readonly Ip4Mode[] = ['dhcp', 'static', 'manual', 'none'];
const modes6: readonly Ip6Mode[] = ['auto', 'dhcp', 'static', 'manual', 'none'];

/** Bridge and addresses; for a routed card the addresses alone. */
export function NicAddressFields(props: NicFieldsProps) {
  const problem = (field: keyof NicForm) => problemText(props.problems[field] as NicProblem | undefined);
  const routed = () => props.form.connection === 'routed';
  return (
    <>
      <Show when={!routed()}>
        <SelectField
          label={t('ct.nic.bridge')}
          class="sm:col-span-6"
          value={props.form.bridge}
          onValue={(bridge) => props.set({ bridge })}
          choices={(props.bridges ?? []).map((one) => ({
            value: one.iface,
            label: one.comments === '' ? one.iface : `${one.iface} – ${one.comments}`,
          }))}
          error={problem('bridge')}
          hint={props.bridges?.length === 0 ? t('ct.nic.noBridges') : undefined}
        />
        <SelectField
          label={t('ct.nic.ip4')}
          class="sm:col-span-2"
          value={props.form.ip4}
          onValue={(mode) => props.set({ ip4: modes4.find((one) => one === mode) ?? 'none' })}
          choices={modes4.map((mode) => ({ value: mode, label: t(`ct.nic.mode.${mode}`) }))}
        />
      </Show>
      <Show
        when={routed() || props.form.ip4 === 'static'}
        fallback={<div class="max-sm:hidden sm:col-span-4" />}
      >
        <TextField
          label={t('ct.nic.address4')}
          class={routed() ? 'sm:col-span-3' : 'sm:col-span-2'}
          value={props.form.address4}
          onValue={(address4) => props.set({ address4 })}
          error={problem('address4')}
          placeholder={routed() ? '10.0.0.5' : '192.0.2.5/24'}
          hint={
            routed() || problem('address4') ? undefined : t('ct.nic.addressHint', { example: '192.0.2.5/24' })
          }
        />
        <Show when={!routed()}>
          <TextField
            label={t('ct.nic.gateway4')}
            class="sm:col-span-2"
            value={props.form.gateway4}
            onValue={(gateway4) => props.set({ gateway4 })}
            error={problem('gateway4')}
            hint={t('ct.nic.optional')}
          />
        </Show>
      </Show>
      <Show when={!routed()}>
        <SelectField
          label={t('ct.nic.ip6')}
          class="sm:col-span-2"
          value={props.form.ip6}
          onValue={(mode) => props.set({ ip6: modes6.find((one) => one === mode) ?? 'none' })}
          choices={modes6.map((mode) => ({ value: mode, label: t(`ct.nic.mode.${mode}`) }))}
        />
      </Show>
      <Show
        when={routed() || props.form.ip6 === 'static'}
        fallback={<div class="max-sm:hidden sm:col-span-4" />}
      >
        <TextField
          label={t('ct.nic.address6')}
          class={routed() ? 'sm:col-span-3' : 'sm:col-span-2'}
          value={props.form.address6}
          onValue={(address6) => props.set({ address6 })}
          error={problem('address6')}
          placeholder={routed() ? '2001:db8::5' : '2001:db8::5/64'}
          hint={
            routed()
              ? t('ct.nic.optional')
              : problem('address6')
                ? undefined
                : t('ct.nic.addressHint', { example: '2001:db8::5/64' })
          }
        />
        <Show when={!routed()}>
          <TextField
            label={t('ct.nic.gateway6')}
            class="sm:col-span-2"
            value={props.form.gateway6}
            onValue={(gateway6) => props.set({ gateway6 })}
            error={problem('gateway6')}
            hint={t('ct.nic.optional')}
          />
        </Show>
      </Show>
    </>
  );
}

/** Hardware address, VLANs, limits and switches. */
export function NicMoreFields(props: Omit<NicFieldsProps, 'bridges'>) {
  const problem = (field: keyof NicForm) => problemText(props.problems[field] as NicProblem | undefined);
  const routed = () => props.form.connection === 'routed';
  return (
    <>
      <TextField
        label={t('ct.nic.mac')}
        class="sm:col-span-3"
        value={props.form.mac}
        onValue={(mac) => props.set({ mac })}
        error={problem('mac')}
        hint={t('ct.nic.macHint')}
        mono
      />
      <TextField
        label={t('ct.nic.mtu')}
        class="sm:col-span-3"
        inputmode="numeric"
        value={props.form.mtu}
        onValue={(mtu) => props.set({ mtu })}
        error={problem('mtu')}
        hint={t('ct.nic.optional')}
      />
      <Show when={!routed()}>
        <TextField
          label={t('ct.nic.tag')}
          class="sm:col-span-3"
          inputmode="numeric"
          value={props.form.tag}
          onValue={(tag) => props.set({ tag })}
          error={problem('tag')}
          hint={t('ct.nic.tagHint')}
        />
        <TextField
          label={t('ct.nic.trunks')}
          class="sm:col-span-3"
          value={props.form.trunks}
          onValue={(trunks) => props.set({ trunks })}
          error={problem('trunks')}
          hint={t('ct.nic.trunksHint')}
        />
      </Show>
      <TextField
        label={t('ct.nic.rate')}
        class="sm:col-span-3"
        suffix={t('ct.nic.rateUnit')}
        inputmode="decimal"
        value={props.form.rate}
        onValue={(rate) => props.set({ rate })}
        error={problem('rate')}
        hint={t('ct.nic.optional')}
      />
      <div class="sm:col-span-6">
        <CheckField
          label={t('ct.nic.firewall')}
          checked={props.form.firewall}
          onValue={(firewall) => props.set({ firewall })}
        />
        <CheckField
          label={t('ct.nic.unplugged')}
          checked={props.form.unplugged}
          onValue={(unplugged) => props.set({ unplugged })}
        />
        <CheckField
          label={t('ct.nic.hostManaged')}
          hint={t('ct.nic.hostManagedHint')}
          checked={props.form.hostManaged}
          onValue={(hostManaged) => props.set({ hostManaged })}
        />
        <Show when={problem('hostManaged')}>
          {(text) => (
            <p class="text-sm text-bad" role="alert">
              {text()}
            </p>
          )}
        </Show>
      </div>
    </>
  );
}
