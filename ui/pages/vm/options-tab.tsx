// A VM's options: what it is called and how it behaves; folded away what few need.
import { createMemo, Show } from 'solid-js';
import { sessionUser } from '../../api/session.ts';
import { settingOf } from '../../forms/guest-config.ts';
import { agentEnabled, bootOrderOf } from '../../forms/vm-config.ts';
import { t } from '../../i18n/index.ts';
import { useGuest } from '../guest/guest-context.ts';
import { SettingList, type SettingSpec, tagsSetting } from '../guest/setting-list.tsx';
import { startupSetting } from '../guest/start-settings.tsx';
import { BootOrder } from './boot-order.tsx';
import { ExpertTools } from './expert-tools.tsx';
import { osTypeChoices } from './machine-choices.ts';
import { AgentDialog } from './option-dialogs.tsx';
import { argsSetting, rareSettings } from './rare-settings.tsx';

export default function OptionsTab() {
  const vm = useGuest();
  /** Whoever may hand options to QEMU itself can do anything on the node. */
  const rare = () => (sessionUser() === 'root@pam' ? [...rareSettings(), argsSetting()] : rareSettings());
  const rareWaits = createMemo<boolean>(
    (was) => was || rareSettings().some(({ key }) => settingOf(vm.config.data() ?? [], key).pending),
    false,
  );
  return (
    <div class="flex flex-col gap-4">
      <SettingList settings={usualSettings()} />
      <Show when={vm.config.data()}>
        <details class="max-w-4xl" open={rareWaits()}>
          <summary class="py-1 text-sm font-medium">{t('vmOption.rare')}</summary>
          <div class="flex flex-col gap-4 pt-2">
            <SettingList settings={rare()} />
            <ExpertTools />
          </div>
        </details>
      </Show>
    </div>
  );
}

function usualSettings(): readonly SettingSpec[] {
  return [
    { key: 'name', label: t('options.name'), control: 'text' },
    { key: 'description', label: t('options.description'), control: 'area' },
    { key: 'tags', label: t('options.tags'), hint: t('options.tagsHint'), control: 'text', ...tagsSetting },
    { key: 'ostype', label: t('create.ostype'), hint: t('options.ostypeHint'), control: osTypeChoices() },
    { key: 'onboot', label: t('options.onboot'), hint: t('options.onbootHint'), control: 'switch' },
    startupSetting(),
    {
      key: 'boot',
      label: t('options.boot'),
      control: BootOrder,
      show: (value) => bootOrderOf(value).join(', ') || '–',
      read: (value) => bootOrderOf(value).join(';'),
      write: (text) => (text === '' ? undefined : `order=${text}`),
    },
    {
      key: 'agent',
      label: t('options.agent'),
      control: 'switch',
      read: (value) => (agentEnabled(value) ? '1' : ''),
      dialog: AgentDialog,
    },
    {
      key: 'protection',
      label: t('options.protection'),
      hint: t('options.protectionHint'),
      control: 'switch',
    },
  ];
}
