// The fields of a storage, made of what its type declares: what must be thought of, content, nodes, and the rest for few.
import { For, Show } from 'solid-js';
import type { StorageType, StorageTypeOption } from '../../../server/contract/storage-types.ts';
import { CheckList } from '../../components/check-list.tsx';
import { CheckField, SelectField, TextField } from '../../components/field.tsx';
import { KeyValues } from '../../components/panel.tsx';
import { fieldsOf, isOn, type StorageForm } from '../../forms/storage-form.ts';
import { t } from '../../i18n/index.ts';
import { nodes } from '../../live/store.ts';
import { onlineNodes } from '../create-guest/new-guest.ts';
import { FormGroup, MoreSettings, Wide } from '../guest/form-group.tsx';
import { kindName } from '../storage/content-kinds.ts';
import { FindField } from './find-field.tsx';
import { finderOf } from './finders.ts';
import { optionHint, optionName } from './storage-words.ts';

interface StorageFieldsProps {
  form: StorageForm;
  type: StorageType;
  set: (part: Partial<StorageForm>) => void;
  /** What is wrong with an option, or with `content`, in words. */
  error: (name: string) => string | undefined;
  /** It is there already: what is fixed is shown, and its secret need not be given again. */
  existing?: boolean;
}

export function StorageFields(props: StorageFieldsProps) {
  const fields = () => fieldsOf(props.type);
  const fixed = () =>
    props.existing
      ? props.type.options.filter(
          (one) => one.fixed === 1 && (props.form.values[one.name] ?? '') !== '' && one.type !== 'secret',
        )
      : [];
  const open = (options: readonly StorageTypeOption[]) =>
    options.filter((one) => !(props.existing && one.fixed === 1));
  return (
    <>
      <Show when={fixed().length > 0}>
        <FormGroup title={t('storageEdit.fixed')}>
          <Wide>
            <KeyValues
              facts={fixed().map((one) => ({
                name: optionName(one),
                value: props.form.values[one.name] ?? '',
              }))}
            />
          </Wide>
        </FormGroup>
      </Show>
      <Show when={open(fields().first).length > 0}>
        <FormGroup title={t('storageEdit.place')}>
          <For each={open(fields().first)}>{(option) => <OptionField {...props} option={option} />}</For>
        </FormGroup>
      </Show>
      <FormGroup title={t('storageEdit.use')}>
        <Wide>
          <ContentField {...props} />
        </Wide>
        <Wide>
          <NodesField {...props} />
        </Wide>
        <Wide>
          <CheckField
            label={t('storageEdit.enabled')}
            checked={props.form.enabled}
            onValue={(enabled) => props.set({ enabled })}
          />
        </Wide>
      </FormGroup>
      <Show when={open(fields().more).length > 0}>
        <MoreSettings open={open(fields().more).some((one) => props.error(one.name) !== undefined)}>
          <div class="grid items-start gap-x-4 gap-y-3 sm:grid-cols-6">
            <For each={open(fields().more)}>{(option) => <OptionField {...props} option={option} />}</For>
          </div>
        </MoreSettings>
      </Show>
    </>
  );
}

function OptionField(props: StorageFieldsProps & { option: StorageTypeOption }) {
  const name = () => props.option.name;
  const value = () => props.form.values[name()] ?? '';
  const set = (next: string) => props.set({ values: { ...props.form.values, [name()]: next } });
  const label = () =>
    props.option.required === 1
      ? optionName(props.option)
      : t('storageEdit.optional', { what: optionName(props.option) });
  const finder = () => finderOf(props.form.type, name());
  const node = () =>
    onlineNodes().find((one) => props.form.nodes.length === 0 || props.form.nodes.includes(one)) ?? '';
  const hint = () =>
    props.existing && props.option.type === 'secret' ? t('storageEdit.secretKept') : optionHint(props.option);
  if (props.option.type === 'boolean')
    return (
      <Wide>
        <CheckField
          label={optionName(props.option)}
          hint={optionHint(props.option)}
          checked={isOn(props.form, name())}
          onValue={(on) => set(on ? '1' : '0')}
          error={props.error(name())}
        />
      </Wide>
    );
  if (props.option.type === 'choice')
    return (
      <SelectField
        class="sm:col-span-3"
        label={optionName(props.option)}
        hint={hint()}
        none={t('storageEdit.usual')}
        choices={(props.option.choices ?? []).map((word) => ({ value: word, label: word }))}
        value={value()}
        onValue={set}
        error={props.error(name())}
      />
    );
  return (
    <Show
      when={finder()}
      fallback={
        <TextField
          class="sm:col-span-3"
          label={label()}
          hint={hint()}
          value={value()}
          onValue={set}
          error={props.error(name())}
          autocapitalize="none"
          {...(props.option.type === 'secret'
            ? { type: 'password' as const, autocomplete: 'new-password' }
            : props.option.type === 'integer'
              ? { inputmode: 'numeric' as const }
              : {})}
        />
      }
    >
      {(one) => (
        <FindField
          finder={one()}
          node={node()}
          form={props.form}
          label={label()}
          hint={hint()}
          value={value()}
          onValue={set}
          error={props.error(name())}
        />
      )}
    </Show>
  );
}

function ContentField(props: StorageFieldsProps) {
  const kinds = () => props.type.content.filter((kind) => kind !== 'none');
  /** What it is configured for, and this type knows nothing of: it is not lost by a change of the rest. */
  const unknown = () => props.form.content.filter((kind) => !kinds().includes(kind));
  const error = () => props.error('content');
  return (
    <>
      <CheckList
        label={t('storageEdit.content')}
        hint={t('storageEdit.contentHint')}
        choices={kinds().map((kind) => ({ value: kind, label: kindName(kind) }))}
        chosen={props.form.content}
        onChosen={(chosen) =>
          props.set({ content: [...kinds().filter((kind) => chosen.includes(kind)), ...unknown()] })
        }
        empty={t('storageEdit.noContent')}
      />
      <Show when={error()}>
        {(text) => (
          <p class="text-sm text-bad" role="alert">
            {text()}
          </p>
        )}
      </Show>
    </>
  );
}

/** With one node there is nothing to choose, unless others are named. */
function NodesField(props: StorageFieldsProps) {
  const names = () =>
    [...new Set([...nodes().map((one) => one.node), ...props.form.nodes])].sort((a, b) => a.localeCompare(b));
  return (
    <Show when={names().length > 1}>
      <CheckList
        label={t('storageEdit.nodes')}
        hint={t('storageEdit.nodesHint')}
        choices={names().map((name) => ({ value: name, label: name }))}
        chosen={props.form.nodes}
        onChosen={(chosen) => props.set({ nodes: [...chosen].sort() })}
        empty={t('storageFind.noNode')}
      />
    </Show>
  );
}
