// A container's network cards: what each is plugged into, how it comes by addresses, and what waits for a restart.
import NetworkIcon from 'lucide-solid/icons/network';
import { createMemo, createSignal, For, Show } from 'solid-js';
import { changeConfig } from '../../api/guests.ts';
import { ConfirmDialog } from '../../components/confirm-dialog.tsx';
import { ErrorNote } from '../../components/error-note.tsx';
import { EmptyState } from '../../components/panel.tsx';
import { ctNicsOf } from '../../forms/ct-config.ts';
import { readNic } from '../../forms/ct-net.ts';
import type { Device } from '../../forms/guest-config.ts';
import { t } from '../../i18n/index.ts';
import { AddButton, DevicePanel } from '../guest/device-panel.tsx';
import { DeviceButton, DeviceRow, EditButton } from '../guest/device-row.tsx';
import { useGuest } from '../guest/guest-context.ts';
import { NicDialog } from './nic-dialog.tsx';
import { NicText } from './nic-text.tsx';

type Open = { readonly what: 'add' } | { readonly what: 'edit' | 'remove'; readonly device: Device };

/** What the system inside calls the card. */
const nameOf = (nic: Device) => {
  const value = nic.current ?? nic.wanted;
  return value === undefined ? '' : readNic(value).name;
};

export default function NetworkTab() {
  const ct = useGuest();
  const [open, setOpen] = createSignal<Open>();
  const close = () => setOpen(undefined);
  const nics = createMemo(() => ctNicsOf(ct.config.data() ?? []));
  return (
    <div class="flex max-w-5xl flex-col gap-4">
      <ErrorNote error={ct.config.error()} retry={ct.config.reload} />
      <DevicePanel
        title={t('ct.nics')}
        lines={3}
        actions={<AddButton label={t('ct.addNic')} onClick={() => setOpen({ what: 'add' })} />}
      >
        <For
          each={nics()}
          fallback={
            <li>
              <EmptyState icon={<NetworkIcon size={26} />} title={t('ct.noNics')} />
            </li>
          }
        >
          {(nic) => (
            <DeviceRow
              device={nic}
              icon={<NetworkIcon size={16} />}
              name={nameOf(nic)}
              told={(value, waiting) => <NicText nic={readNic(value)} inline={waiting} />}
            >
              <EditButton what={nic.key} onClick={() => setOpen({ what: 'edit', device: nic })} />
              <DeviceButton
                label={t('hardware.remove')}
                name={t('hardware.removeOne', { what: nic.key })}
                onClick={() => setOpen({ what: 'remove', device: nic })}
              />
            </DeviceRow>
          )}
        </For>
      </DevicePanel>
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
