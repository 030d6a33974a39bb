// The fields of a target that is a request of one's own making.
import { BoundArea, type BoundForm, BoundSelect, BoundText } from '../../components/bound-field.tsx';
import { SelectField } from '../../components/field.tsx';
import { type TargetForm, webhookExamples } from '../../forms/notification-target.ts';
import { t } from '../../i18n/index.ts';
import { Columns, Wide } from '../guest/form-group.tsx';
import { PairsField } from './pairs-field.tsx';

const names = ['title', 'message', 'severity', 'timestamp', 'fields.type', 'fields.hostname', 'secrets.NAME'];
const written = (name: string) => `{{ ${name} }}`;

export function WebhookFields(props: { of: BoundForm<TargetForm>; isNew: boolean }) {
  const { of } = props;
  return (
    <Columns>
      {props.isNew && (
        <SelectField
          label={t('notify.example')}
          class="sm:col-span-2"
          value={Object.keys(webhookExamples).find((one) => webhookExamples[one]?.url === of.form.url) ?? ''}
          none={t('notify.exampleNone')}
          choices={Object.keys(webhookExamples).map((value) => ({ value, label: value }))}
          onValue={(name) => of.set(webhookExamples[name] ?? { url: '', body: '', headers: [], secrets: [] })}
        />
      )}
      <BoundSelect
        of={of}
        name="method"
        label={t('notify.method')}
        span={2}
        choices={[
          { value: 'post', label: 'POST' },
          { value: 'put', label: 'PUT' },
          { value: 'get', label: 'GET' },
        ]}
      />
      <BoundText
        of={of}
        name="url"
        label={t('notify.url')}
        span={6}
        mono
        inputmode="url"
        autocapitalize="none"
      />
      <Wide>
        <PairsField
          label={t('notify.headers')}
          add={t('notify.addHeader')}
          error={of.error('headers')}
          pairs={of.form.headers}
          onPairs={(headers) => of.set({ headers })}
        />
      </Wide>
      <Wide>
        <BoundArea
          of={of}
          name="body"
          label={t('notify.body')}
          rows={5}
          hint={t('notify.templateHint', {
            names: names.map(written).join(', '),
            escape: written('escape message'),
            encode: written('url-encode title'),
          })}
        />
      </Wide>
      <Wide>
        <PairsField
          secret
          label={t('notify.secrets')}
          add={t('notify.addSecret')}
          hint={t('notify.secretsHint', { example: written('secrets.NAME') })}
          error={of.error('secrets')}
          pairs={of.form.secrets}
          onPairs={(secrets) => of.set({ secrets })}
        />
      </Wide>
    </Columns>
  );
}
