// What few set of a backup job, closed to begin with: notes, protection, a limit, where fleecing goes.
import { BoundCheck, type BoundForm, BoundSelect, BoundText } from '../../components/bound-field.tsx';
import type { Choice } from '../../components/field.tsx';
import type { BackupJobForm } from '../../forms/backup-job.ts';
import { t } from '../../i18n/index.ts';
import { Columns, MoreSettings, Wide } from '../guest/form-group.tsx';

/** `storages`: those that take disks. */
export function JobRareFields(props: { of: BoundForm<BackupJobForm>; storages: readonly Choice[] }) {
  /** What is closed otherwise hides nothing that is not as usual. */
  const isUnusual = () => {
    const { form } = props.of;
    return form.protected || form.limitMib !== '' || form.fleecing !== '';
  };
  return (
    <MoreSettings open={isUnusual()}>
      <Columns>
        <BoundText
          of={props.of}
          name="notes"
          label={t('backupJob.notes')}
          hint={t('backupJob.notesHint')}
          span={6}
          mono
        />
        <Wide>
          <BoundCheck
            of={props.of}
            name="protected"
            label={t('backupJob.protected')}
            hint={t('backupJob.protectedHint')}
          />
        </Wide>
        <BoundText
          of={props.of}
          name="limitMib"
          label={t('backupJob.limit')}
          hint={t('backupJob.limitHint')}
          inputmode="decimal"
          suffix="MiB/s"
          span={3}
        />
        <BoundSelect
          of={props.of}
          name="fleecing"
          label={t('backupJob.fleecing')}
          hint={t('backupJob.fleecingHint')}
          span={3}
          none={t('backupJob.fleecingLocal')}
          choices={props.storages}
        />
      </Columns>
    </MoreSettings>
  );
}
