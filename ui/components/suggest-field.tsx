// A line of text with what is known to choose from; anything else can be written too.
import { createUniqueId, For, splitProps } from 'solid-js';
import { TextField, type TextFieldProps } from './field.tsx';

export interface Suggestion {
  readonly value: string;
  /** What is said of it beside its value. */
  readonly label?: string | undefined;
}

export function SuggestField(props: TextFieldProps & { suggestions: readonly Suggestion[] }) {
  const id = createUniqueId();
  const [own, field] = splitProps(props, ['suggestions']);
  return (
    <>
      <TextField {...field} list={id} autocapitalize="none" />
      <datalist id={id}>
        <For each={own.suggestions}>
          {(one) => <option value={one.value}>{one.label ?? one.value}</option>}
        </For>
      </datalist>
    </>
  );
}
