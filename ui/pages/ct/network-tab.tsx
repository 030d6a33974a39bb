// A container's network cards: a table of all, with what waits for a restart.
import NetworkIcon from 'lucide-solid/icons/network';
import Plus from 'lucide-solid/icons/plus';
import { createMemo, createSignal, For, Show } from 'solid-js';
import { changeConfig } from '../../api/guests.ts';
import { Button } from '../../components/button.tsx';
import { ConfirmDialog } from '../../components/confirm-dialog.tsx';
import { ErrorNote } from '../../components/error-note.tsx';
import { EmptyState, Panel, Skeleton } from '../../components/panel.tsx';
import { TableHead } from '../../components/table-head.tsx';
import { ctNicsOf } from '../../forms/ct-config.ts';
import { readNic } from '../../forms/ct-net.ts';
import type { Device } from '../../forms/guest-config.ts';
import { t } from '../../i18n/index.ts';
import { EditButton } from '../guest/device-row.tsx';
import { useGuest } from '../guest/guest-context.ts';
import { WaitingChange } from '../guest/waiting-change.tsx';
import { NicDialog } from './nic-dialog.tsx';
import { Addresses, ConnectionText } from './nic-text.tsx';

type Open = { readonly what: 'add' } | { readonly what: 'edit' | 'remove'; readonly device: Device };

export default function NetworkTab() {
  const ct = useGuest();
  const [open, setOpen] = createSignal<Open>();
  const close = () => setOpen(undefined);
  const nics = createMemo(() => ctNicsOf(ct.config.data() ?? []));
  return (
    <div class="flex max-w-6xl flex-col gap-4">
      <ErrorNote error={ct.config.error()} retry={ct.config.reload} />
      <Panel
        title={t('ct.nics')}
        flush
        actions={
          <Button
            icon={<Plus size={15} />}
            reason={ct.config.data() ? undefined : t('common.wait')}
            onClick={() => setOpen({ what: 'add' })}
          >
            {t('ct.addNic')}
          </Button>
        }
      >
        <Show
          when={ct.config.data()}
          fallback={<div class="p-4">{ct.config.error() ? null : <Skeleton lines={3} />}</div>}
        >
          <Show
            when={nics().length > 0}
            fallback={
              <div class="border-t border-line">
                <EmptyState icon={<NetworkIcon size={26} />} title={t('ct.noNics')} />
              </div>
            }
          >
            <table class="w-full text-sm" aria-label={t('ct.nics')}>
              <TableHead>
                <th>{t('ct.nic.key')}</th>
                <th class="max-sm:hidden">{t('ct.nic.connection')}</th>
                <th>{t('ct.addresses')}</th>
                <th class="max-lg:hidden">{t('ct.nic.mac')}</th>
              </TableHead>
              <tbody>
                <For each={nics()}>
                  {(nic) => (
                    <NicRow
                      nic={nic}
                      onEdit={() => setOpen({ what: 'edit', device: nic })}
                      onRemove={() => setOpen({ what: 'remove', device: nic })}
                    />
                  )}
                </For>
              </tbody>
            </table>
          </Show>
        </Show>
      </Panel>
      <Show when={open()} keyed>
        {(which) => {
          if (which.what === 'add') return <NicDialog onClose={close} />;
          if (which.what === 'edit') return <NicDialog device={which.device} onClose={close} />;
          return (
            <ConfirmDialog
              open
              onClose={close}
              title={t('hardware.removeTitle', { what: which.device.key })}
              action={t('hardware.remove')}
              onConfirm={async () => {
                await ct.change(() => changeConfig(ct.kind, ct.place(), { [which.device.key]: undefined }));
              }}
            >
              {t('ct.nic.removeText')}
            </ConfirmDialog>
          );
        }}
      </Show>
    </div>
  );
}

function NicRow(props: { nic: Device; onEdit: () => void; onRemove: () => void }) {
  const now = () => (props.nic.current ? readNic(props.nic.current) : undefined);
  const later = () => (props.nic.pending && props.nic.wanted ? readNic(props.nic.wanted) : undefined);
  return (
    <>
      <tr class="border-b border-line align-top [&>td]:px-3 [&>td]:py-2.5 [&>td:first-child]:ps-4">
        <td>
          <p class="font-medium">{(now() ?? later())?.name}</p>
          <p class="font-mono text-xs text-muted">{props.nic.key}</p>
        </td>
        <Show
          when={now()}
          fallback={
            <td class="text-muted" colspan="3">
              {t('hardware.notYet')}
            </td>
          }
        >
          {(nic) => (
            <>
              <td class="max-sm:hidden">
                <ConnectionText nic={nic()} />
              </td>
              <td class="num">
                <p class="sm:hidden">
                  <ConnectionText nic={nic()} />
                </p>
                <Addresses nic={nic()} />
              </td>
              <td class="font-mono text-xs whitespace-nowrap max-lg:hidden">{nic().mac}</td>
            </>
          )}
        </Show>
        <td class="py-1! text-end">
          <div class="inline-flex items-center max-sm:flex-col max-sm:items-end">
            <EditButton what={props.nic.key} onClick={props.onEdit} />
            <Button
              look="ghost"
              aria-label={t('hardware.removeOne', { what: props.nic.key })}
              onClick={props.onRemove}
            >
              {t('hardware.remove')}
            </Button>
          </div>
        </td>
      </tr>
      <Show when={props.nic.pending}>
        <tr class="border-b border-line">
          <td colspan="5" class="px-4 pb-2">
            <WaitingChange what={props.nic.key} keys={[props.nic.key]}>
              <Show when={later()} fallback={t('hardware.willBeRemoved')}>
                {(nic) => (
                  <>
                    <ConnectionText nic={nic()} />
                    <span class="text-muted">·</span>
                    <Addresses nic={nic()} inline />
                  </>
                )}
              </Show>
            </WaitingChange>
          </td>
        </tr>
      </Show>
    </>
  );
}
