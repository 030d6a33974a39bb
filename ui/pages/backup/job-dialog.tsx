// Adds a backup job, or changes one.
import { createMemo, Show } from 'solid-js';
import type { BackupJobItem } from '../../../server/contract/cluster-backup.ts';
import type { KeepRule } from '../../../server/contract/prune-backups.ts';
import { api } from '../../api/client.ts';
import { keepAmong } from '../../api/node-choices.ts';
import { BoundCheck, BoundSelect, BoundText, refusing } from '../../components/bound-field.tsx';
import { FormDialog } from '../../components/form-dialog.tsx';
import { bytes } from '../../format/show.ts';
import {
  type BackupJobForm,
  changedJobParams,
  checkBackupJob,
  newBackupJob,
  newJobParams,
  otherOptions,
  readBackupJob,
} from '../../forms/backup-job.ts';
import type { StorageConfig } from '../../forms/storage-form.ts';
import { t, tOr } from '../../i18n/index.ts';
import { nodes, storages } from '../../live/store.ts';
import { createCheckedForm } from '../guest/checked-form.ts';
import { FormGroup, withOwn } from '../guest/form-group.tsx';
import { createStorageConfigs } from '../storages/storages-data.ts';
import type { NodeZone } from './backup-data.ts';
import { GuestsField } from './guests-field.tsx';
import { JobRareFields } from './job-rare-fields.tsx';
import { JobTriesField } from './job-tries-field.tsx';
import { jobName, listText } from './job-words.ts';
import { KeepField } from './keep-field.tsx';
import { ModeFields } from './mode-fields.tsx';
import { ScheduleField } from './schedule-field.tsx';

/** What the API calls the entries whose problems only it knows. */
const paramOf: Readonly<Partial<Record<keyof BackupJobForm, string>>> = {
  ...{ chosen: 'vmid', except: 'exclude', pool: 'pool', tags: 'tags', node: 'node', storage: 'storage' },
  ...{ schedule: 'schedule', mode: 'mode', compress: 'compress', keep: 'prune-backups' },
  ...{ notes: 'notes-template', protected: 'protected', comment: 'comment', limitMib: 'bwlimit' },
  ...{ fleecing: 'fleecing', enabled: 'enabled', repeatMissed: 'repeat-missed' },
  ...{ testSchedule: 'test-schedule', testGuests: 'test-guests', testWait: 'test-wait' },
  ...{ testPort: 'test-port', testSeconds: 'test-timeout', testStorage: 'test-storage' },
};

const say = (word: string | undefined): string | undefined =>
  word === undefined ? undefined : tOr(`backupJob.problem.${word}`, word);
const takes = (config: StorageConfig, content: string): boolean =>
  config['disable'] !== 1 &&
  String(config['content'] ?? '')
    .split(',')
    .includes(content);
const isOnNode = (config: StorageConfig, node: string): boolean =>
  node === '' || !config['nodes'] || String(config['nodes']).split(',').includes(node);

export default function JobDialog(props: {
  /** Undefined: a new one. */
  job?: BackupJobItem | undefined;
  /** What a new one begins with. */
  initial?: Partial<BackupJobForm> | undefined;
  zone: NodeZone;
  onDone: () => void;
  onClose: () => void;
}) {
  const { job } = props;
  const checked = createCheckedForm<BackupJobForm>(
    job ? readBackupJob(job) : { ...newBackupJob, ...props.initial },
    checkBackupJob,
    say,
  );
  const { form } = checked;
  const countError = (rule: KeepRule) => (checked.tried() ? say(checkBackupJob(form)[rule]) : undefined);
  const configs = createStorageConfigs();
  const fitting = (content: string) =>
    configs.data()?.filter((one) => takes(one, content) && isOnNode(one, form.node));
  const targets = createMemo(() => fitting('backup')?.map(({ storage }) => storage));
  keepAmong(
    () => (job ? undefined : targets()),
    () => form.storage,
    (storage) => checked.set({ storage }),
  );
  const target = () => configs.data()?.find(({ storage }) => storage === form.storage);
  /** Those that take disks, with the one that is set. */
  const diskPlaces = (own: string) =>
    withOwn(
      (fitting('images') ?? []).map(({ storage }) => ({ value: storage, label: storage })),
      own,
    );
  const others = job ? otherOptions(job) : [];
  return (
    <FormDialog
      wide
      title={job ? t('backupJob.editTitle', { name: jobName(job) }) : t('backupJob.add')}
      action={t(job ? 'common.save' : 'backupJob.add')}
      fields={Object.values(paramOf)}
      check={() => {
        const isRight = checked.check();
        if (!isRight) queueMicrotask(showFirstProblem);
        return isRight;
      }}
      run={async () => {
        if (job) await api('PUT /cluster/backup/{id}', { id: job.id, ...changedJobParams(form, job) });
        else await api('POST /cluster/backup', newJobParams(form));
        props.onDone();
      }}
      onClose={props.onClose}
    >
      {(refused) => {
        const of = refusing(checked, (name) => refused(paramOf[name] ?? name));
        return (
          <div class="flex flex-col gap-6">
            <section aria-label={t('backupJob.what')}>
              <GuestsField
                of={of}
                nodes={nodes()
                  .map(({ node }) => node)
                  .sort()}
              />
            </section>
            <section aria-label={t('backupJob.when')} class="flex flex-col gap-2">
              <ScheduleField
                value={form.schedule}
                onValue={(schedule) => checked.set({ schedule })}
                error={of.error('schedule')}
                zone={props.zone}
              />
              <BoundCheck
                of={of}
                name="repeatMissed"
                label={t('backupJob.repeatMissed')}
                hint={t('backupJob.repeatMissedHint')}
              />
              <BoundCheck of={of} name="enabled" label={t('backupJob.enabled')} />
            </section>
            <FormGroup title={t('backupJob.where')}>
              <BoundSelect
                of={of}
                name="storage"
                label={t('clone.storage')}
                span={6}
                choices={withOwn(
                  (fitting('backup') ?? []).map(({ storage }) => targetChoice(storage)),
                  form.storage,
                )}
                error={
                  of.error('storage') ?? (targets()?.length === 0 ? t('backupJob.noStorage') : undefined)
                }
              />
              <div class="sm:col-span-6">
                <KeepField of={of} storage={target()} countError={countError} />
              </div>
            </FormGroup>
            <FormGroup title={t('backupJob.how')}>
              <ModeFields of={of} hint={t(`backupJob.modehint.${form.mode}`)} />
            </FormGroup>
            <JobTriesField of={of} zone={props.zone} storages={diskPlaces(form.testStorage)} />
            <BoundText
              of={of}
              name="comment"
              label={t('backupJob.comment')}
              hint={t('backupJob.commentHint')}
            />
            <JobRareFields of={of} storages={diskPlaces(form.fleecing)} />
            <Show when={others.length > 0}>
              <p class="text-xs text-muted">{t('backupJob.others', { names: listText(others) })}</p>
            </Show>
          </div>
        );
      }}
    </FormDialog>
  );
}

/** A storage with the space that is left, where it is known. */
function targetChoice(storage: string): { value: string; label: string } {
  const seen = storages().find((one) => one.storage === storage && one.maxdisk);
  if (!seen) return { value: storage, label: storage };
  const free = bytes((seen.maxdisk ?? 0) - (seen.disk ?? 0));
  return { value: storage, label: t('create.storageFree', { storage, free }) };
}

/** A long form: what is wrong may be out of sight. */
function showFirstProblem(): void {
  const dialog = document.querySelector('[role=dialog]');
  dialog
    ?.querySelector<HTMLElement>('[aria-invalid=true], [role=alert]')
    ?.scrollIntoView({ block: 'center' });
}
