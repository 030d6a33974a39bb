// The options of a VM that few need: its clock, its identity, scripts, and how it starts.
import { createStorageChoices } from '../../api/node-choices.ts';
import { SelectField, TextArea } from '../../components/field.tsx';
import { Notice } from '../../components/panel.tsx';
import { hotPlugKinds, readHotPlug, readSmbios } from '../../forms/vm-options.ts';
import { t } from '../../i18n/index.ts';
import { storageChoice, withOwn } from '../guest/form-group.tsx';
import { useGuest } from '../guest/guest-context.ts';
import type { ControlProps, SettingSpec } from '../guest/setting-list.tsx';
import { hookscriptSetting } from '../guest/start-settings.tsx';
import { HotPlugDialog, SmbiosDialog } from './option-dialogs.tsx';

const onUnlessSaid = { read: (value: string) => (value === '0' ? '' : '1') } as const;

/** As the contract has them; what they are called is the same everywhere. */
const keyboards = [
  ...['de', 'de-ch', 'da', 'en-gb', 'en-us', 'es', 'fi', 'fr', 'fr-be', 'fr-ca', 'fr-ch', 'hu', 'is'],
  ...['it', 'ja', 'lt', 'mk', 'nl', 'no', 'pl', 'pt', 'pt-br', 'sv', 'sl', 'tr'],
];

export function rareSettings(): readonly SettingSpec[] {
  return [
    {
      key: 'hotplug',
      label: t('vmOption.hotplug'),
      control: 'text',
      show: hotPlugShown,
      dialog: HotPlugDialog,
    },
    {
      key: 'localtime',
      label: t('options.localtime'),
      hint: t('options.localtimeHint'),
      none: t('options.localtimeOwn'),
      control: [
        { value: '1', label: t('common.on') },
        { value: '0', label: t('common.off') },
      ],
    },
    {
      key: 'startdate',
      label: t('vmOption.startDate'),
      hint: t('vmOption.startDateHint'),
      control: 'text',
      show: (value) => (value === '' || value === 'now' ? t('vmOption.startDateNow') : value),
    },
    {
      key: 'keyboard',
      label: t('vmOption.keyboard'),
      hint: t('vmOption.keyboardHint'),
      none: t('vmOption.keyboardOwn'),
      control: keyboards.map((one) => ({ value: one, label: one })),
    },
    { key: 'freeze', label: t('vmOption.freeze'), hint: t('vmOption.freezeHint'), control: 'switch' },
    {
      key: 'reboot',
      label: t('vmOption.reboot'),
      hint: t('vmOption.rebootHint'),
      control: 'switch',
      ...onUnlessSaid,
    },
    { key: 'tdf', label: t('vmOption.driftFix'), hint: t('vmOption.driftFixHint'), control: 'switch' },
    {
      key: 'smbios1',
      label: t('vmOption.smbios'),
      control: 'text',
      show: smbiosShown,
      dialog: SmbiosDialog,
    },
    {
      key: 'vmgenid',
      label: t('vmOption.generation'),
      hint: t('vmOption.generationHint'),
      none: t('vmOption.generationNone'),
      control: [
        { value: '1', label: t('vmOption.generationNew') },
        { value: '0', label: t('vmOption.generationNone') },
      ],
    },
    {
      key: 'vmstatestorage',
      label: t('vmOption.stateStorage'),
      control: StateStorage,
      show: (value) => value || t('vmOption.stateStorageOwn'),
      write: (text) => (text === '' ? undefined : text),
    },
    {
      key: 'migrate_downtime',
      label: t('vmOption.downtime'),
      hint: t('vmOption.downtimeHint'),
      control: 'text',
      show: (value) => t('vmOption.downtimeText', { seconds: value || '0.1' }),
    },
    {
      key: 'migrate_speed',
      label: t('vmOption.moveSpeed'),
      hint: t('vmOption.moveSpeedHint'),
      control: 'text',
      show: (value) => (value === '' || value === '0' ? t('vmOption.moveSpeedNone') : `${value} MB/s`),
    },
    hookscriptSetting(),
    {
      key: 'acpi',
      label: 'ACPI',
      hint: t('vmOption.acpiHint'),
      control: 'switch',
      ...onUnlessSaid,
    },
    {
      key: 'kvm',
      label: t('vmOption.kvm'),
      hint: t('vmOption.kvmHint'),
      control: 'switch',
      ...onUnlessSaid,
    },
  ];
}

export function argsSetting(): SettingSpec {
  return { key: 'args', label: t('vmOption.args'), control: Args };
}

function hotPlugShown(value: string): string {
  const kinds = readHotPlug(value);
  const names = hotPlugKinds.filter((kind) => kinds.includes(kind));
  return names.map((kind) => t(`vmOption.hotplug.${kind}`)).join(', ') || t('vmOption.hotplugNone');
}

function smbiosShown(value: string): string {
  const { uuid, manufacturer, product, serial } = readSmbios(value);
  return [manufacturer, product, serial, uuid].filter(Boolean).join(' · ') || '–';
}

/** Where snapshots keep what the memory holds. */
function StateStorage(props: ControlProps) {
  const guest = useGuest();
  const before = props.value;
  const storages = createStorageChoices(() => guest.place().node);
  return (
    <SelectField
      label={t('vmOption.stateStorage')}
      value={props.value}
      onValue={props.onValue}
      none={t('vmOption.stateStorageOwn')}
      choices={withOwn((storages.holding('images') ?? []).map(storageChoice), before)}
      hint={t('vmOption.stateStorageHint')}
      error={props.error}
    />
  );
}

function Args(props: ControlProps) {
  return (
    <>
      <Notice tone="warn">{t('vmOption.argsWarning')}</Notice>
      <TextArea
        label={t('vmOption.args')}
        value={props.value}
        onValue={props.onValue}
        error={props.error}
        rows={4}
        mono
      />
    </>
  );
}
