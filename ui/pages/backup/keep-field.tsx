// The fields of a job that say how many of its backups stay.
import { For, Show } from 'solid-js';
import { keepRules } from '../../../server/contract/prune-backups.ts';
import { type BoundForm, BoundSelect } from '../../components/bound-field.tsx';
import { TextField } from '../../components/field.tsx';
import type { BackupJobForm } from '../../forms/backup-job.ts';
import { t } from '../../i18n/index.ts';
import { Columns } from '../guest/form-group.tsx';

const keeps = ['storage', 'all', 'counts'] as const;

/** `ofStorage`: what the chosen storage says, in words. */
export function KeepField(props: {
  of: BoundForm<BackupJobForm>;
  ofStorage: string;
  countError: (rule: (typeof keepRules)[number]) => string | undefined;
}) {
  const form = () => props.of.form;
  const hint = () => {
    const { keep } = form();
    return keep === 'storage' ? props.ofStorage : t(`backupJob.keephint.${keep}`);
  };
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
    </Columns>
  );
}
