// A container's options: how it starts, what it may do, how its console and time are.
import { For } from 'solid-js';
import type { CtOsType } from '../../../server/contract/lxc-options.ts';
import { CheckField, TextField } from '../../components/field.tsx';
import { type Features, featureFlags, featuresString, readFeatures } from '../../forms/ct-config.ts';
import { words } from '../../forms/plain-rules.ts';
import { offeredZones } from '../../forms/time-zones.ts';
import { t } from '../../i18n/index.ts';
import { type ControlProps, SettingList, type SettingSpec, tagsSetting } from '../guest/setting-list.tsx';
import { hookscriptSetting, startupSetting } from '../guest/start-settings.tsx';

const osTypes = [
  ...['debian', 'devuan', 'ubuntu', 'centos', 'fedora', 'opensuse'],
  ...['archlinux', 'alpine', 'gentoo', 'nixos', 'unmanaged'],
] as readonly CtOsType[];
const consoleModes = ['tty', 'console', 'shell'] as const;
const ttyCounts = ['0', '1', '2', '3', '4', '5', '6'];

export default function OptionsTab() {
  const zones = offeredZones(Intl.supportedValuesOf('timeZone'), 'UTC').map((zone) => ({
    value: zone,
    label: zone.replaceAll('_', ' '),
  }));
  const settings: readonly SettingSpec[] = [
    { key: 'description', label: t('options.description'), control: 'area' },
    { key: 'tags', label: t('options.tags'), hint: t('options.tagsHint'), control: 'text', ...tagsSetting },
    { key: 'onboot', label: t('options.onboot'), hint: t('ct.opt.onbootHint'), control: 'switch' },
    startupSetting(),
    {
      key: 'ostype',
      label: t('ct.opt.ostype'),
      hint: t('ct.opt.ostypeHint'),
      control: osTypes.map((one) => ({ value: one, label: t(`ctOs.${one}`) })),
    },
    {
      key: 'features',
      label: t('ct.opt.features'),
      control: FeatureFields,
      show: featuresText,
      write: (text) => featuresString(readFeatures(text)),
    },
    {
      key: 'protection',
      label: t('options.protection'),
      hint: t('ct.opt.protectionHint'),
      control: 'switch',
    },
    {
      key: 'unprivileged',
      label: t('ct.unprivileged'),
      control: 'switch',
      fixed: t('ct.opt.unprivilegedFixed'),
    },
    {
      key: 'timezone',
      label: t('ct.opt.timezone'),
      none: t('ct.opt.timezoneOwn'),
      control: [{ value: 'host', label: t('ct.opt.timezoneHost') }, ...zones],
    },
    {
      key: 'console',
      label: t('ct.opt.console'),
      hint: t('ct.opt.consoleHint'),
      control: 'switch',
      // On unless it is said.
      read: (value) => (value === '0' ? '' : '1'),
    },
    {
      key: 'tty',
      label: t('ct.opt.tty'),
      control: ttyCounts.map((one) => ({ value: one, label: one })),
      read: (value) => value || '2',
    },
    {
      key: 'cmode',
      label: t('ct.opt.cmode'),
      control: consoleModes.map((one) => ({ value: one, label: t(`cmode.${one}`) })),
      read: (value) => value || 'tty',
    },
    { key: 'entrypoint', label: t('ct.opt.entrypoint'), hint: t('ct.opt.entrypointHint'), control: 'text' },
    hookscriptSetting(),
    { key: 'debug', label: t('ct.opt.debug'), hint: t('ct.opt.debugHint'), control: 'switch' },
  ];
  return <SettingList settings={settings} />;
}

function featuresText(value: string): string {
  const { on, mount } = readFeatures(value);
  return (
    [...on.map((flag) => t(`feature.${flag as 'nesting'}`)), ...mount].join(', ') || t('ct.opt.noFeatures')
  );
}

function FeatureFields(props: ControlProps) {
  const now = () => readFeatures(props.value);
  const set = (part: Partial<Features>) => props.onValue(featuresString({ ...now(), ...part }) ?? '');
  return (
    <div class="flex flex-col gap-1">
      <For each={featureFlags}>
        {(flag) => (
          <CheckField
            label={t(`feature.${flag}`)}
            hint={t(`featureHint.${flag}`)}
            checked={now().on.includes(flag)}
            onValue={(on) =>
              set({ on: featureFlags.filter((one) => (one === flag ? on : now().on.includes(one))) })
            }
          />
        )}
      </For>
      <TextField
        class="pt-2"
        label={t('feature.mount')}
        hint={t('featureHint.mount')}
        value={now().mount.join(' ')}
        // Written when the field is left: else a blank could not be typed.
        onValue={() => {}}
        onChange={(event) => set({ mount: words(event.currentTarget.value) })}
        error={props.error}
      />
    </div>
  );
}
