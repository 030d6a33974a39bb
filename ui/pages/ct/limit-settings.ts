// What a container may use of processor and memory, as short settings.
import { t } from '../../i18n/index.ts';
import { memorySetting } from '../guest/memory-setting.ts';
import type { ShortSetting } from '../guest/settings-dialog.tsx';

export function memorySettings(): readonly ShortSetting[] {
  return [
    memorySetting(),
    { key: 'swap', label: t('ct.swap'), suffix: 'MiB', unset: '512', hint: t('ct.swapHint') },
  ];
}

export function cpuSettings(): readonly ShortSetting[] {
  return [
    { key: 'cores', label: t('ct.cores'), hint: t('ct.coresHint') },
    { key: 'cpulimit', label: t('ct.cpulimit'), hint: t('ct.cpulimitHint'), decimal: true },
    { key: 'cpuunits', label: t('ct.cpuunits'), hint: t('ct.cpuunitsHint') },
  ];
}
