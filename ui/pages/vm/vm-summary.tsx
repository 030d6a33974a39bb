// A VM at a glance: what it is, its disks and addresses, beside what every guest's summary has.
import { createMemo, For, Show } from 'solid-js';
import { api } from '../../api/client.ts';
import { createQuery } from '../../api/query.ts';
import { GuestLink } from '../../components/guest-link.tsx';
import { configSize } from '../../format/show.ts';
import { settingOf } from '../../forms/guest-config.ts';
import { agentEnabled, devicesOf } from '../../forms/vm-config.ts';
import { t } from '../../i18n/index.ts';
import { addressesOf } from '../guest/addresses.ts';
import { useGuest } from '../guest/guest-context.ts';
import { Addresses, GuestSummary } from '../guest/guest-summary.tsx';
import { osName } from './machine-choices.ts';
import { createStatusChecks } from './status-checks.tsx';

export function VmSummary() {
  const vm = useGuest();
  const lines = () => vm.config.data() ?? [];
  const setting = (key: string) => settingOf(lines(), key).current;
  const item = vm.item;
  const on = () => item().status !== 'stopped';
  /** It never runs. */
  const isTemplate = () => item().template === 1;
  const checks = createStatusChecks();
  const hasAgent = () => agentEnabled(setting('agent'));
  const interfaces = createQuery(
    () => item().status === 'running' && hasAgent() && vm.place(),
    (place) => api('GET /nodes/{node}/qemu/{vmid}/agent/network-get-interfaces', place),
  );
  const addresses = createMemo(() => addressesOf(interfaces.data()?.result));
  const clones = createQuery(
    () => isTemplate() && vm.place(),
    (place) => api('GET /nodes/{node}/qemu/{vmid}/linked-clones', place),
  );
  const disks = createMemo(() => devicesOf(lines()).filter((one) => one.kind === 'disk'));
  const noAddresses = () => {
    if (!on()) return '–';
    if (!hasAgent()) return t('vm.noAgent');
    return interfaces.loading() ? t('common.loading') : t('vm.agentSilent');
  };
  const acceleration = () => {
    const { accelerator } = item();
    return on() && accelerator !== undefined ? t(`node.${accelerator}`) : '–';
  };
  return (
    <GuestSummary
      factsTitle={t('vm.facts')}
      facts={[
        { name: t('create.ostype'), value: osName(setting('ostype') ?? 'other') },
        ...(item().os === undefined ? [] : [{ name: t('guests.os'), value: item().os }]),
        ...(isTemplate() ? [] : [{ name: t('node.acceleration'), value: acceleration() }]),
        ...checks(),
        {
          name: t('vm.disks'),
          value: (
            <Show when={disks().length > 0} fallback={t('create.noDisk')}>
              <ul>
                <For each={disks()}>
                  {(disk) => (
                    <li class="break-all">
                      {disk.key} · {configSize(disk.wanted?.options.get('size') ?? '–')}
                    </li>
                  )}
                </For>
              </ul>
            </Show>
          ),
        },
        ...(isTemplate()
          ? [
              {
                name: t('template.clones'),
                value: <LinkedClones of={clones.data()?.map((one) => one.vmid)} />,
              },
            ]
          : [{ name: t('vm.addresses'), value: <Addresses addresses={addresses()} none={noAddresses()} /> }]),
      ]}
    />
  );
}

/** They have to go before the template can. */
function LinkedClones(props: { of: readonly number[] | undefined }) {
  return (
    <Show when={props.of} fallback="–">
      {(vmids) => (
        <Show when={vmids().length > 0} fallback={t('template.noClones')}>
          <ul>
            <For each={vmids()}>
              {(vmid) => (
                <li class="break-all">
                  <GuestLink vmid={vmid} />
                </li>
              )}
            </For>
          </ul>
        </Show>
      )}
    </Show>
  );
}
