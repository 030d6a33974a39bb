// One line on the page of backups: when the configuration was backed up last, and the way to its backups.
import { A } from '@solidjs/router';
import FileCog from 'lucide-solid/icons/file-cog';
import { Show } from 'solid-js';
import { moment } from '../../format/show.ts';
import { t } from '../../i18n/index.ts';
import { createConfigBackups } from './config-data.ts';

export function ConfigLine() {
  const list = createConfigBackups();
  return (
    <Show when={list.data()}>
      {(known) => (
        <p class="flex items-center gap-2 text-sm text-muted">
          <FileCog size={16} class="shrink-0" />
          <A class="text-accent hover:underline pointer-coarse:py-2.5" href="/config-backups">
            {known().backups[0] === undefined
              ? t('configBackup.lineNone')
              : t('configBackup.line', { when: moment(known().backups[0]?.time) })}
          </A>
        </p>
      )}
    </Show>
  );
}
