// Adds a target of notifications, or changes one.
import { Match, Show, Switch } from 'solid-js';
import { endpointTypes } from '../../../server/contract/notification-parts.ts';
import { BoundCheck, BoundSelect, BoundText, refusing } from '../../components/bound-field.tsx';
import { FormDialog } from '../../components/form-dialog.tsx';
import {
  changedTargetParams,
  checkTarget,
  newTarget,
  newTargetParams,
  readTarget,
  type TargetForm,
  targetParam,
} from '../../forms/notification-target.ts';
import { t, tOr } from '../../i18n/index.ts';
import { createCheckedForm } from '../guest/checked-form.ts';
import { Columns } from '../guest/form-group.tsx';
import { MailServerFields, RecipientFields } from './mail-fields.tsx';
import { changeEndpoint, createEndpoint, type Target } from './notification-data.ts';
import { WebhookFields } from './webhook-fields.tsx';

export const sayProblem = (word: string | undefined): string | undefined =>
  word === undefined ? undefined : tOr(`notify.problem.${word}`, word);

export default function TargetDialog(props: {
  /** Undefined: a new one. */
  target?: Target | undefined;
  onDone: () => void;
  onClose: () => void;
}) {
  const { target } = props;
  const before = target?.endpoint && readTarget(target.type, target.endpoint);
  const isNew = before === undefined;
  const checked = createCheckedForm<TargetForm>(
    before ?? newTarget,
    (form) => checkTarget(form, before),
    sayProblem,
  );
  const { form } = checked;
  return (
    <FormDialog
      wide
      title={before ? t('notify.editTarget', { name: before.name }) : t('notify.addTarget')}
      action={t(before ? 'common.save' : 'notify.addTarget')}
      fields={Object.values(targetParam)}
      check={checked.check}
      run={async () => {
        if (before) await changeEndpoint(form.type, changedTargetParams(form, before));
        else await createEndpoint(form.type, newTargetParams(form));
        props.onDone();
      }}
      onClose={props.onClose}
    >
      {(refused) => {
        const of = refusing(checked, (name) => refused(targetParam[name] ?? name));
        return (
          <div class="flex flex-col gap-6">
            <Columns>
              <Show when={isNew}>
                <BoundText of={of} name="name" label={t('notify.name')} span={3} autocapitalize="none" />
                <BoundSelect
                  of={of}
                  name="type"
                  label={t('notify.type')}
                  span={3}
                  choices={endpointTypes.map((value) => ({ value, label: t(`notify.type.${value}`) }))}
                />
              </Show>
              <p class="text-sm text-muted sm:col-span-6">{t(`notify.typehint.${form.type}`)}</p>
            </Columns>
            <Switch>
              <Match when={form.type === 'sendmail'}>
                <RecipientFields of={of} />
              </Match>
              <Match when={form.type === 'smtp'}>
                <MailServerFields of={of} isNew={isNew} />
                <RecipientFields of={of} />
              </Match>
              <Match when={form.type === 'gotify'}>
                <Columns>
                  <BoundText
                    of={of}
                    name="server"
                    label={t('notify.serverUrl')}
                    placeholder="https://gotify.example.org"
                    span={6}
                    inputmode="url"
                    autocapitalize="none"
                  />
                  <BoundText
                    of={of}
                    name="token"
                    label={t('notify.token')}
                    hint={isNew ? undefined : t('notify.secretStays')}
                    span={6}
                    type="password"
                    autocomplete="new-password"
                  />
                </Columns>
              </Match>
              <Match when={form.type === 'webhook'}>
                <WebhookFields of={of} isNew={isNew} />
              </Match>
            </Switch>
            <Columns>
              <BoundText of={of} name="comment" label={t('notify.comment')} span={6} />
              <div class="sm:col-span-6">
                <BoundCheck of={of} name="enabled" label={t('notify.enabled')} />
              </div>
            </Columns>
          </div>
        );
      }}
    </FormDialog>
  );
}
