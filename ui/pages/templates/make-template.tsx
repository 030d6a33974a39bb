// Making a template of the catalogue: into which storage, how far it is, why it failed.
import { createMemo, createSignal, Show } from 'solid-js';
import type { CatalogueEntry } from '../../../server/contract/aplinfo.ts';
import type { StorageChoice } from '../../api/choices.ts';
import { Button } from '../../components/button.tsx';
import { ErrorNote } from '../../components/error-note.tsx';
import { SelectField } from '../../components/field.tsx';
import { ProgressBar } from '../../components/meter.tsx';
import { Notice } from '../../components/panel.tsx';
import { createSubmission } from '../../components/submission.ts';
import { TaskState } from '../../components/task-state.tsx';
import { t } from '../../i18n/index.ts';
import { isActive } from '../../live/state.ts';
import { makeTemplate, makingTask } from '../../live/templates.ts';
import { storageChoice } from '../guest/form-group.tsx';

/** How far a template is, or why it failed; nothing when nobody makes it. */
export function MakingProgress(props: { node: string; template: string }) {
  const task = () => makingTask(props.node, props.template);
  return (
    <Show when={task()}>
      {(one) => (
        <Show
          when={isActive(one())}
          fallback={
            <Show when={one().state !== 'ok' && one().state !== 'warnings'}>
              <p class="text-sm text-bad" role="alert">
                {t('templates.failed', { reason: one().status ?? '' })}
              </p>
            </Show>
          }
        >
          <div class="flex items-center gap-2.5" role="status">
            <TaskState task={one()} />
            <div class="min-w-24 flex-1">
              <ProgressBar
                label={t('templates.making', { name: props.template })}
                share={one().progress || undefined}
              />
            </div>
          </div>
        </Show>
      )}
    </Show>
  );
}

/** Inside the create dialog: makes the chosen template first. */
export function MakeFirst(props: {
  node: string;
  entry: CatalogueEntry;
  storages: readonly StorageChoice[];
}) {
  const [chosen, setChosen] = createSignal('');
  const storage = createMemo(() => chosen() || (props.storages[0]?.storage ?? ''));
  const task = () => makingTask(props.node, props.entry.template);
  const going = () => {
    const one = task();
    return one !== undefined && isActive(one);
  };
  const { busy, error, submit } = createSubmission(() =>
    makeTemplate(props.node, storage(), props.entry.template),
  );
  return (
    <Notice tone={props.entry.available === 0 ? 'warn' : 'accent'}>
      <Show when={props.entry.available !== 0} fallback={<p>{props.entry.problem}</p>}>
        <div class="flex flex-col gap-2.5">
          <p>{t(props.entry.build ? 'templates.buildFirst' : 'templates.downloadFirst')}</p>
          <Show when={!going()}>
            <div class="flex flex-wrap items-end gap-2">
              <SelectField
                class="min-w-48 flex-1"
                label={t('templates.storage')}
                value={storage()}
                onValue={setChosen}
                choices={props.storages.map(storageChoice)}
                error={props.storages.length === 0 ? t('templates.noStorage') : undefined}
              />
              <Button
                look="primary"
                busy={busy()}
                reason={storage() === '' ? t('templates.noStorage') : undefined}
                onClick={() => void submit()}
              >
                {t(props.entry.build ? 'templates.build' : 'templates.download')}
              </Button>
            </div>
          </Show>
          <MakingProgress node={props.node} template={props.entry.template} />
          <ErrorNote error={error()} />
        </div>
      </Show>
    </Notice>
  );
}
