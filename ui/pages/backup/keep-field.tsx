// The fields of a job that say how many of its backups stay, and what that comes to.
import { For, Show } from 'solid-js';
import { type KeepRule, keepRules } from '../../../server/contract/prune-backups.ts';
import { type BoundForm, BoundSelect } from '../../components/bound-field.tsx';
import { TextField } from '../../components/field.tsx';
import { type BackupJobForm, keptBy } from '../../forms/backup-job.ts';
import type { StorageConfig } from '../../forms/storage-form.ts';
import { t } from '../../i18n/index.ts';
import { Columns, Wide } from '../guest/form-group.tsx';
import { keptText } from './job-words.ts';
import { RetentionForecast } from './retention-forecast.tsx';

const keeps = ['storage', 'all', 'counts'] as const;

export function KeepField(props: {
  of: BoundForm<BackupJobForm>;
  /** The chosen one, when it is known. */
  storage: StorageConfig | undefined;
  countError: (rule: KeepRule) => string | undefined;
}) {
  const form = () => props.of.form;
  const ofStorage = () => {
    const config = props.storage;
    if (!config) return '';
    const { storage } = config;
    const kept = keptText(config['prune-backups']);
    return kept === undefined
      ? t('backupJob.storageKeepsAll', { storage })
      : t('backupJob.storageKeeps', { storage, what: kept });
  };
  const hint = () => {
    const { keep } = form();
    return keep === 'storage' ? ofStorage() : t(`backupJob.keephint.${keep}`);
  };
  /** Undefined also while it is not known what the storage says. */
  const kept = () =>
    form().keep === 'storage' && !props.storage
      ? undefined
      : keptBy(form(), props.storage?.['prune-backups']);
  return (
    <Columns>
      <BoundSelect
        of={props.of}
        name="keep"
        label={t('backupJob.keep')}
        span={6}
        choices={keeps.map((value) => ({ value, label: t(`backupJob.keep.${value}`) }))}
        hint={hint()}
      />
      <Show when={form().keep === 'counts'}>
        <For each={keepRules}>
          {(rule) => (
            <TextField
              label={t(`backupJob.rule.${rule}`)}
              class="sm:col-span-2"
              inputmode="numeric"
              placeholder="0"
              value={form().counts[rule]}
              onValue={(value) => props.of.set({ counts: { ...form().counts, [rule]: value } })}
              error={props.countError(rule)}
            />
          )}
        </For>
      </Show>
      <Wide>
        <RetentionForecast keep={kept()} schedule={form().schedule} />
      </Wide>
    </Columns>
  );
}
