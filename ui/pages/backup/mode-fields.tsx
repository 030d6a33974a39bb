// How a backup is made, in the dialogs of jobs and of a backup at once: what the guest does meanwhile, and compression.
import { type BoundForm, BoundSelect } from '../../components/bound-field.tsx';
import { backupModes, compressions } from '../../forms/backup-job.ts';
import { t } from '../../i18n/index.ts';

interface ModeForm {
  readonly mode: (typeof backupModes)[number];
  readonly compress: (typeof compressions)[number];
}

/** Two fields of half a group each. `hint`: what the chosen mode means. */
export function ModeFields(props: { of: BoundForm<ModeForm>; hint: string }) {
  return (
    <>
      <BoundSelect
        of={props.of}
        name="mode"
        label={t('backupJob.mode')}
        span={3}
        choices={backupModes.map((value) => ({ value, label: t(`backupJob.mode.${value}`) }))}
        hint={props.hint}
      />
      <BoundSelect
        of={props.of}
        name="compress"
        label={t('backupJob.compress')}
        span={3}
        choices={compressions.map((value) => ({ value, label: t(`backupJob.compress.${value}`) }))}
      />
    </>
  );
}
