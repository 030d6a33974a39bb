// The field of a dialog that makes a volume: on which storage of the node; the first that fits, until another is chosen.
import { createMemo } from 'solid-js';
import { createStorageChoices, keepAmong } from '../../api/node-choices.ts';
import { type BoundForm, BoundSelect, type Span } from '../../components/bound-field.tsx';
import { errorText } from '../../components/error-note.tsx';
import { t } from '../../i18n/index.ts';
import { storageChoice } from './form-group.tsx';

const noneWords = { images: 'cloudInit.noStorage', rootdir: 'ct.create.noStorage' } as const;

/** `content`: what the storage has to hold. That there is none, or why it is not known, is said at the field. */
export function StorageField(props: {
  of: BoundForm<{ readonly storage: string }>;
  node: string;
  content: keyof typeof noneWords;
  label: string;
  hint?: string | undefined;
  span?: Span;
}) {
  const storages = createStorageChoices(() => props.node);
  const fitting = createMemo(() => storages.holding(props.content));
  keepAmong(
    () => fitting()?.map((one) => one.storage),
    () => props.of.form.storage,
    (storage) => props.of.set({ storage }),
  );
  const problem = () => {
    const error = storages.error();
    if (error) return errorText(error);
    return fitting()?.length === 0 ? t(noneWords[props.content]) : undefined;
  };
  return (
    <BoundSelect
      of={props.of}
      name="storage"
      label={props.label}
      {...(props.span === undefined ? {} : { span: props.span })}
      choices={(fitting() ?? []).map(storageChoice)}
      hint={props.hint}
      error={problem()}
    />
  );
}
