// The dialogs that add or change a VM's small devices: serial port, random numbers, watchdog, sound.
import { BoundNumber, BoundSelect } from '../../components/bound-field.tsx';
import { type PropertyString, parseProperties } from '../../forms/property-string.ts';
import { freeKey, type VmDevice } from '../../forms/vm-config.ts';
import {
  audioDevices,
  audioString,
  checkRng,
  readAudio,
  readRng,
  readWatchdog,
  rngSources,
  rngString,
  watchdogActions,
  watchdogModels,
  watchdogString,
} from '../../forms/vm-small-devices.ts';
import { t } from '../../i18n/index.ts';
import { createCheckedForm } from '../guest/checked-form.ts';
import { EditDialog } from '../guest/edit-dialog.tsx';
import { useGuest } from '../guest/guest-context.ts';

interface SmallProps {
  device?: VmDevice;
  onClose: () => void;
}

const before = (props: SmallProps): PropertyString =>
  props.device?.wanted ?? props.device?.current ?? parseProperties('');

export function SerialDialog(props: { onClose: () => void }) {
  const vm = useGuest();
  const key = () => freeKey('serial', vm.config.data() ?? []);
  return (
    <EditDialog
      title={t('vmDevice.addSerial')}
      action={t('vmDevice.add')}
      field=""
      reason={key() === undefined ? t('vmDevice.allTaken') : undefined}
      onClose={props.onClose}
      change={() => ({ [key() ?? 'serial0']: 'socket' })}
    >
      {() => <p class="text-sm">{t('vmDevice.serialText')}</p>}
    </EditDialog>
  );
}

export function RngDialog(props: SmallProps) {
  const checked = createCheckedForm(readRng(before(props)), checkRng);
  return (
    <EditDialog
      title={t('device.rng')}
      field=""
      onClose={props.onClose}
      check={checked.check}
      change={() => ({ rng0: rngString(checked.form) })}
    >
      {() => (
        <>
          <p class="text-sm text-muted">{t('vmDevice.rngText')}</p>
          <BoundSelect
            of={checked}
            name="source"
            label={t('vmDevice.rngSource')}
            choices={rngSources.map((one) => ({
              value: one,
              label: t(`vmDevice.rng.${one.slice(5) as RngWord}`),
            }))}
          />
          <div class="grid items-start gap-x-4 gap-y-3 sm:grid-cols-2">
            <BoundNumber
              of={checked}
              name="bytes"
              label={t('vmDevice.rngBytes')}
              suffix={t('vmDevice.bytes')}
              hint={t('vmDevice.rngBytesHint')}
            />
            <BoundNumber of={checked} name="period" label={t('vmDevice.rngPeriod')} suffix="ms" />
          </div>
        </>
      )}
    </EditDialog>
  );
}
type RngWord = 'urandom' | 'random' | 'hwrng';

export function WatchdogDialog(props: SmallProps) {
  const checked = createCheckedForm(readWatchdog(before(props)), () => ({}));
  return (
    <EditDialog
      title={t('device.watchdog')}
      field=""
      onClose={props.onClose}
      change={() => ({ watchdog: watchdogString(checked.form) })}
    >
      {() => (
        <>
          <p class="text-sm text-muted">{t('vmDevice.watchdogText')}</p>
          <BoundSelect
            of={checked}
            name="action"
            label={t('vmDevice.watchdogAction')}
            choices={watchdogActions.map((one) => ({ value: one, label: t(`vmDevice.watchdog.${one}`) }))}
          />
          <BoundSelect
            of={checked}
            name="model"
            label={t('hardware.netModel')}
            choices={watchdogModels.map((one) => ({ value: one, label: t(`vmDevice.model.${one}`) }))}
          />
        </>
      )}
    </EditDialog>
  );
}

export function AudioDialog(props: SmallProps) {
  const checked = createCheckedForm(readAudio(before(props)), () => ({}));
  return (
    <EditDialog
      title={t('device.audio')}
      field=""
      onClose={props.onClose}
      change={() => ({ audio0: audioString(checked.form, before(props)) })}
    >
      {() => (
        <>
          <p class="text-sm text-muted">{t('vmDevice.audioText')}</p>
          <BoundSelect
            of={checked}
            name="device"
            label={t('hardware.netModel')}
            choices={audioDevices.map((one) => ({ value: one, label: t(`vmDevice.audio.${one}`) }))}
          />
        </>
      )}
    </EditDialog>
  );
}
