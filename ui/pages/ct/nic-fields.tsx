// The fields of a container's network card, in the create dialog and in its own.
import { type JSX, Show } from 'solid-js';
import {
  BoundCheck,
  type BoundForm,
  BoundNumber,
  BoundSelect,
  BoundText,
} from '../../components/bound-field.tsx';
import type { NicForm } from '../../forms/ct-net.ts';
import type { Ip4Mode, Ip6Mode, IpSettings } from '../../forms/ip-settings.ts';
import { t } from '../../i18n/index.ts';
import { bridgeChoice } from '../guest/form-group.tsx';

interface NicFieldsProps {
  of: BoundForm<NicForm>;
}

const modes4: readonly Ip4Mode[] = ['dhcp', 'static', 'manual', 'none'];
const modes6: readonly Ip6Mode[] = ['auto', 'dhcp', 'static', 'manual', 'none'];
const isByHand = (mode: string) => mode === 'manual';

/** Bridge and addresses; for a routed card the addresses alone. */
export function NicAddressFields(
  props: NicFieldsProps & { bridges: readonly { iface: string; comments: string }[] | undefined },
) {
  const routed = () => props.of.form.connection === 'routed';
  return (
    <>
      <Show when={!routed()}>
        <BoundSelect
          of={props.of}
          name="bridge"
          label={t('ct.nic.bridge')}
          span={6}
          choices={(props.bridges ?? []).map(bridgeChoice)}
          hint={props.bridges?.length === 0 ? t('ct.nic.noBridges') : undefined}
        />
      </Show>
      <IpFields of={props.of} routed={routed()} byHand />
    </>
  );
}

/**
 * How it comes by its addresses, of both versions. `routed`: it has no choice of that. `byHand`: addresses may be set up inside, with
 * this card left alone.
 */
export function IpFields(props: { of: BoundForm<IpSettings>; routed?: boolean; byHand?: boolean }) {
  const offered = <M extends string>(modes: readonly M[]) =>
    modes
      .filter((mode) => props.byHand || !isByHand(mode))
      .map((mode) => ({ value: mode, label: t(`ct.nic.mode.${mode as Ip6Mode}`) }));
  return (
    <>
      <Addresses
        of={props.of}
        version={4}
        routed={props.routed ?? false}
        routedExample="10.0.0.5"
        example="192.0.2.5/24"
      >
        <BoundSelect of={props.of} name="ip4" label={t('ct.nic.ip4')} span={2} choices={offered(modes4)} />
      </Addresses>
      <Addresses
        of={props.of}
        version={6}
        routed={props.routed ?? false}
        routedExample="2001:db8::5"
        routedHint={t('ct.nic.optional')}
        example="2001:db8::5/64"
      >
        <BoundSelect of={props.of} name="ip6" label={t('ct.nic.ip6')} span={2} choices={offered(modes6)} />
      </Addresses>
    </>
  );
}

/** The addresses of one version of IP. `children`: how it comes by one; a routed card has no choice of that. */
function Addresses(props: {
  of: BoundForm<IpSettings>;
  version: 4 | 6;
  routed: boolean;
  example: string;
  routedExample: string;
  routedHint?: string;
  children: JSX.Element;
}) {
  const address = `address${props.version}` as const;
  const hint = () => {
    if (props.routed) return props.routedHint;
    return props.of.error(address) ? undefined : t('ct.nic.addressHint', { example: props.example });
  };
  return (
    <>
      <Show when={!props.routed}>{props.children}</Show>
      <Show
        when={props.routed || props.of.form[`ip${props.version}`] === 'static'}
        fallback={<div class="max-sm:hidden sm:col-span-4" />}
      >
        <BoundText
          of={props.of}
          name={address}
          label={t(`ct.nic.${address}`)}
          span={props.routed ? 3 : 2}
          placeholder={props.routed ? props.routedExample : props.example}
          hint={hint()}
        />
        <Show when={!props.routed}>
          <BoundText
            of={props.of}
            name={`gateway${props.version}`}
            label={t(`ct.nic.gateway${props.version}`)}
            span={2}
            hint={t('ct.nic.optional')}
          />
        </Show>
      </Show>
    </>
  );
}

/** Hardware address, VLANs, limits and switches. */
export function NicMoreFields(props: NicFieldsProps) {
  return (
    <>
      <BoundText of={props.of} name="mac" label={t('ct.nic.mac')} span={3} hint={t('ct.nic.macHint')} mono />
      <BoundNumber of={props.of} name="mtu" label={t('ct.nic.mtu')} span={3} hint={t('ct.nic.mtuHint')} />
      <Show when={props.of.form.connection !== 'routed'}>
        <BoundNumber of={props.of} name="tag" label={t('ct.nic.tag')} span={3} hint={t('ct.nic.tagHint')} />
        <BoundText
          of={props.of}
          name="trunks"
          label={t('ct.nic.trunks')}
          span={3}
          hint={t('ct.nic.trunksHint')}
        />
      </Show>
      <BoundText
        of={props.of}
        name="rate"
        label={t('ct.nic.rate')}
        span={3}
        suffix={t('ct.nic.rateUnit')}
        inputmode="decimal"
        hint={t('ct.nic.optional')}
      />
      <div class="sm:col-span-6">
        <BoundCheck of={props.of} name="firewall" label={t('ct.nic.firewall')} />
        <BoundCheck of={props.of} name="unplugged" label={t('ct.nic.unplugged')} />
        <BoundCheck
          of={props.of}
          name="hostManaged"
          label={t('ct.nic.hostManaged')}
          hint={t('ct.nic.hostManagedHint')}
        />
      </div>
    </>
  );
}
