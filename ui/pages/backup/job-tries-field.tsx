// Whether and how restores of a job's backups are tried by a schedule.
import { Show } from 'solid-js';
import { BoundCheck, type BoundForm, BoundSelect } from '../../components/bound-field.tsx';
import type { Choice } from '../../components/field.tsx';
import type { JobTryForm } from '../../forms/try-restore.ts';
import { t } from '../../i18n/index.ts';
import { FormGroup } from '../guest/form-group.tsx';
import type { NodeZone } from './backup-data.ts';
import { ScheduleField } from './schedule-field.tsx';
import { TryFields } from './try-fields.tsx';

const suggestions = ['sun 05:00', 'sat 12:00', '04:00', 'mon..fri 05:00', 'sun *-1..7 05:00'];

export function JobTriesField(props: {
  of: BoundForm<JobTryForm>;
  zone: NodeZone;
  storages: readonly Choice[];
}) {
  const form = () => props.of.form;
  return (
    <FormGroup title={t('proof.tries')}>
      <div class="sm:col-span-6">
        <BoundCheck
          of={props.of}
          name="tests"
          label={t('proof.bySchedule')}
          hint={t('proof.byScheduleHint')}
        />
      </div>
      <Show when={form().tests}>
        <div class="sm:col-span-6">
          <ScheduleField
            label={t('proof.schedule')}
            runsLabel={t('proof.nextTries')}
            suggestions={suggestions}
            value={form().testSchedule}
            onValue={(testSchedule) => props.of.set({ testSchedule })}
            error={props.of.error('testSchedule')}
            zone={props.zone}
          />
        </div>
        <BoundSelect
          of={props.of}
          name="testGuests"
          label={t('proof.guests')}
          span={6}
          choices={[
            { value: 'one', label: t('proof.oneGuest') },
            { value: 'all', label: t('proof.allGuests') },
          ]}
          hint={t(form().testGuests === 'all' ? 'proof.allGuestsHint' : 'proof.oneGuestHint')}
        />
        <TryFields of={props.of} storages={props.storages} />
      </Show>
    </FormGroup>
  );
}
