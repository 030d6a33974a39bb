// Adds a matcher of notifications, or changes one.
import { Show } from 'solid-js';
import { type Severity, severities } from '../../../server/contract/notification-matchers.ts';
import { api } from '../../api/client.ts';
import { BoundArea, BoundCheck, BoundSelect, BoundText, refusing } from '../../components/bound-field.tsx';
import { CheckList } from '../../components/check-list.tsx';
import { FormDialog } from '../../components/form-dialog.tsx';
import {
  changedMatcherParams,
  checkMatcher,
  type MatcherForm,
  matcherParam,
  newMatcher,
  newMatcherParams,
  readMatcher,
} from '../../forms/notification-matcher.ts';
import { t } from '../../i18n/index.ts';
import { createCheckedForm } from '../guest/checked-form.ts';
import { Columns, FormGroup, Wide } from '../guest/form-group.tsx';
import { FieldRules } from './field-rules.tsx';
import { createFieldValues, type MatcherItem, type Target } from './notification-data.ts';
import { sayProblem } from './target-dialog.tsx';

export default function MatcherDialog(props: {
  /** Undefined: a new one. */
  matcher?: MatcherItem | undefined;
  targets: readonly Target[];
  onDone: () => void;
  onClose: () => void;
}) {
  const before = props.matcher && readMatcher(props.matcher);
  const checked = createCheckedForm<MatcherForm>(before ?? newMatcher, checkMatcher, sayProblem);
  const { form } = checked;
  const known = createFieldValues();
  return (
    <FormDialog
      wide
      title={before ? t('notify.editMatcher', { name: before.name }) : t('notify.addMatcher')}
      action={t(before ? 'common.save' : 'notify.addMatcher')}
      fields={Object.values(matcherParam)}
      check={checked.check}
      run={async () => {
        if (before)
          await api('PUT /cluster/notifications/matchers/{name}', changedMatcherParams(form, before));
        else await api('POST /cluster/notifications/matchers', newMatcherParams(form));
        props.onDone();
      }}
      onClose={props.onClose}
    >
      {(refused) => {
        const of = refusing(checked, (name) => refused(matcherParam[name]));
        return (
          <div class="flex flex-col gap-6">
            <Show when={!before}>
              <BoundText of={of} name="name" label={t('notify.name')} autocapitalize="none" />
            </Show>
            <FormGroup title={t('notify.conditions')}>
              <Wide>
                <FieldRules
                  rules={form.fields}
                  onRules={(fields) => checked.set({ fields })}
                  known={known.data() ?? []}
                  error={of.error('fields')}
                />
              </Wide>
              <Wide>
                <CheckList
                  label={t('notify.severity')}
                  hint={t('notify.severityHint')}
                  choices={severities.map((value) => ({ value, label: t(`notify.severity.${value}`) }))}
                  chosen={form.severities}
                  onChosen={(chosen) =>
                    checked.set({
                      severities: severities.filter((one): one is Severity => chosen.includes(one)),
                    })
                  }
                  empty=""
                />
                <Show when={of.error('severities')}>
                  <p class="text-sm text-bad" role="alert">
                    {of.error('severities')}
                  </p>
                </Show>
              </Wide>
              <Wide>
                <BoundArea
                  of={of}
                  name="times"
                  label={t('notify.times')}
                  hint={t('notify.timesHint')}
                  rows={2}
                />
              </Wide>
              <BoundSelect
                of={of}
                name="mode"
                label={t('notify.modeLabel')}
                span={6}
                choices={[
                  { value: 'all', label: t('notify.all') },
                  { value: 'any', label: t('notify.any') },
                ]}
              />
              <Wide>
                <BoundCheck of={of} name="invert" label={t('notify.invert')} />
              </Wide>
            </FormGroup>
            <div>
              <CheckList
                label={t('notify.targets')}
                choices={props.targets.map(({ name, type, comment }) => ({
                  ...{ value: name, label: name },
                  hint: comment || t(`notify.type.${type}`),
                }))}
                chosen={form.targets}
                onChosen={(targets) => checked.set({ targets })}
                empty={t('notify.noTargets')}
              />
              <Show when={of.error('targets')}>
                <p class="mt-1 text-sm text-bad" role="alert">
                  {of.error('targets')}
                </p>
              </Show>
            </div>
            <Columns>
              <BoundText of={of} name="comment" label={t('notify.comment')} span={6} />
              <Wide>
                <BoundCheck of={of} name="enabled" label={t('notify.enabled')} />
              </Wide>
            </Columns>
          </div>
        );
      }}
    </FormDialog>
  );
}
