// A guest's memory as one of its short settings.
import { bytes } from '../../format/show.ts';
import { t } from '../../i18n/index.ts';
import type { ShortSetting } from './settings-dialog.tsx';

export function memorySetting(): ShortSetting {
  return {
    ...{ key: 'memory', label: t('create.memory'), suffix: 'MiB', unset: '512' },
    hint: (text) => (/^\d+$/.test(text.trim()) ? bytes(Number(text) * 1024 ** 2) : undefined),
  };
}
