// Choosing the network card and how the machine gets its address.
import Cable from 'lucide-solid/icons/cable';
import EthernetPort from 'lucide-solid/icons/ethernet-port';
import Unplug from 'lucide-solid/icons/unplug';
import { createMemo, For, Show } from 'solid-js';
import { ChoiceCard } from '../../components/choice-card.tsx';
import { TextField } from '../../components/field.tsx';
import { EmptyState, Notice, Panel } from '../../components/panel.tsx';
import type { NicItem } from '../../forms/install.ts';
import { firstAddress } from '../../forms/install-start.ts';
import { t } from '../../i18n/index.ts';
import type { InstallDraft } from './draft.ts';
import { Kept, SectionProblems } from './section-problems.tsx';

export function NetworkSection(props: { draft: InstallDraft }) {
  const { form, facts, set, touch } = props.draft;
  const nic = createMemo(() => facts().nics.find((one) => one.mac === form.nic));

  function choose(one: NicItem): void {
    const before = firstAddress(nic());
    // An address that was only proposed goes with its card.
    set({ nic: one.mac, ...(form.address === before ? { address: firstAddress(one) } : {}) });
  }

  return (
    <>
      <SectionProblems draft={props.draft} step="network" />
      <Show when={!form.keepGuests} fallback={<Kept text={t('install.kept.network')} />}>
        <Panel title={t('install.nic.title')}>
          <Show
            when={facts().nics.length > 0}
            fallback={
              <EmptyState
                icon={<EthernetPort size={28} />}
                title={t('install.nic.none')}
                text={t('install.nic.noneHint')}
              />
            }
          >
            <div
              class="grid gap-3 sm:grid-cols-2"
              role="radiogroup"
              aria-label={t('install.nic.title')}
              aria-invalid={props.draft.problem('nic') ? 'true' : undefined}
            >
              <For each={facts().nics}>
                {(one) => (
                  <ChoiceCard
                    name="nic"
                    chosen={form.nic === one.mac}
                    onChoose={() => choose(one)}
                    title={<span class="font-mono">{one.name}</span>}
                    text={<span class="font-mono text-xs">{one.mac}</span>}
                  >
                    <span class="mt-1 flex flex-col gap-0.5 text-xs">
                      <span
                        class={`inline-flex items-center gap-1.5 ${one.link ? 'font-medium text-ok' : 'text-muted'}`}
                      >
                        <Show when={one.link} fallback={<Unplug size={14} aria-hidden="true" />}>
                          <Cable size={14} aria-hidden="true" />
                        </Show>
                        {linkText(one)}
                      </span>
                      <Show when={shownAddresses(one)}>
                        {(addresses) => (
                          <span class="break-all">{t('install.nic.now', { addresses: addresses() })}</span>
                        )}
                      </Show>
                      <Show when={one.driver}>
                        <span class="text-muted">
                          {t('install.nic.driver', { driver: one.driver ?? '' })}
                        </span>
                      </Show>
                    </span>
                  </ChoiceCard>
                )}
              </For>
            </div>
            <Show when={props.draft.problem('nic')}>
              {(text) => (
                <p role="alert" class="mt-2 text-sm text-bad">
                  {text()}
                </p>
              )}
            </Show>
            <Show when={nic()?.link === false}>
              <div class="mt-3">
                <Notice tone="warn" icon={<Unplug size={16} />}>
                  {t('install.nic.noLinkWarning')}
                </Notice>
              </div>
            </Show>
          </Show>
        </Panel>
        <Panel title={t('install.address.title')}>
          <div class="grid gap-3 sm:grid-cols-2" role="radiogroup" aria-label={t('install.address.title')}>
            <ChoiceCard
              name="mode"
              chosen={form.mode === 'dhcp'}
              onChoose={() => set({ mode: 'dhcp' })}
              title={t('install.address.dhcp')}
              text={t('install.address.dhcpHint')}
            />
            <ChoiceCard
              name="mode"
              chosen={form.mode === 'static'}
              onChoose={() => set({ mode: 'static' })}
              title={t('install.address.static')}
              text={t('install.address.staticHint')}
            />
          </div>
          <Show when={form.mode === 'static'}>
            <div class="mt-4 grid items-start gap-4 sm:grid-cols-2">
              <TextField
                label={t('install.address.cidr')}
                hint={t('install.address.cidrHint')}
                value={form.address}
                onValue={(address) => set({ address })}
                onBlur={() => touch('address')}
                error={props.draft.problem('address')}
                mono
              />
              <TextField
                label={t('install.address.gateway')}
                hint={t('install.address.gatewayHint')}
                value={form.gateway}
                onValue={(gateway) => set({ gateway })}
                onBlur={() => touch('gateway')}
                error={props.draft.problem('gateway')}
                mono
              />
              <TextField
                class="sm:col-span-2"
                label={t('install.address.dns')}
                hint={t('install.address.dnsHint')}
                value={form.dns}
                onValue={(dns) => set({ dns })}
                onBlur={() => touch('dns')}
                error={props.draft.problem('dns')}
                mono
              />
            </div>
          </Show>
        </Panel>
      </Show>
    </>
  );
}

/** Addresses that others can use; link-local ones say nothing to people. */
function shownAddresses(nic: NicItem): string {
  return nic.addresses.filter((one) => !/^(fe80:|169\.254\.)/i.test(one)).join(', ');
}

function linkText(nic: NicItem): string {
  if (!nic.link) return t('install.nic.noLink');
  const speed = nic.speedMbit;
  if (speed === undefined || speed <= 0) return t('install.nic.link');
  return speed >= 1000
    ? t('install.nic.linkGbit', { speed: speed / 1000 })
    : t('install.nic.linkMbit', { speed });
}
