// What a container may use of processor and memory: as short settings, and in a line.
import { bytes } from '../../format/show.ts';
import { t, tn } from '../../i18n/index.ts';
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

type Reader = (key: string) => string | undefined;

export function memoryText(setting: Reader): string {
  const swap = Number(setting('swap') ?? 512);
  return [
    bytes(Number(setting('memory') ?? 512) * 1024 ** 2),
    swap === 0 ? t('ct.noSwap') : t('ct.swapText', { swap: bytes(swap * 1024 ** 2) }),
  ].join(' · ');
}

export function cpuText(setting: Reader): string {
  const cores = setting('cores');
  const limit = Number(setting('cpulimit') ?? 0);
  const weight = setting('cpuunits');
  return [
    cores === undefined ? t('ct.allCores') : tn('unit.cores', Number(cores)),
    limit > 0 ? t('ct.cpuLimitText', { limit }) : '',
    weight === undefined ? '' : t('ct.cpuWeightText', { weight }),
  ]
    .filter(Boolean)
    .join(' · ');
}
