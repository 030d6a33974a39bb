// What can be done with one device of a VM, as the buttons at the end of its row.
import { type JSX, Show } from 'solid-js';
import type { VmDevice } from '../../forms/vm-config.ts';
import { t } from '../../i18n/index.ts';
import { DeviceButton, EditButton } from '../guest/device-row.tsx';

export type DeviceAction = 'edit' | 'resize' | 'disc' | 'attach' | 'remove';

const editable: ReadonlySet<VmDevice['kind']> = new Set(['disk', 'network', 'rng', 'watchdog', 'audio']);

/** `children`: what else can be done with it. Taking it away comes last. */
export function DeviceActions(props: {
  device: VmDevice;
  onAct: (action: DeviceAction) => void;
  children?: JSX.Element;
}) {
  const is = (kind: VmDevice['kind']) => props.device.kind === kind;
  const what = () => ({ what: props.device.key });
  return (
    <>
      <Show when={editable.has(props.device.kind)}>
        <EditButton what={props.device.key} onClick={() => props.onAct('edit')} />
      </Show>
      <Show when={is('disk') && props.device.current}>
        <DeviceButton
          label={t('hardware.resize')}
          name={t('hardware.resizeOne', what())}
          onClick={() => props.onAct('resize')}
        />
      </Show>
      <Show when={is('cdrom')}>
        <DeviceButton
          label={t('hardware.changeDisc')}
          name={t('hardware.changeDiscOne', what())}
          onClick={() => props.onAct('disc')}
        />
      </Show>
      <Show when={is('unused')}>
        <DeviceButton
          label={t('vmDisk.attach')}
          name={t('vmDisk.attachOne', what())}
          onClick={() => props.onAct('attach')}
        />
      </Show>
      {props.children}
      <DeviceButton
        label={t(is('disk') ? 'hardware.detach' : 'hardware.remove')}
        name={t(is('disk') ? 'hardware.detachOne' : 'hardware.removeOne', what())}
        onClick={() => props.onAct('remove')}
      />
    </>
  );
}
