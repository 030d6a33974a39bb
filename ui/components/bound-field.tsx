// Fields of a form whose state is one object: each shows one entry of it, writes it back, and says what is wrong with it.
import { splitProps } from 'solid-js';
import { CheckField, type Choice, SelectField, TextArea, TextField, type TextFieldProps } from './field.tsx';

/** A form's state as its fields use it. */
export interface BoundForm<F> {
  readonly form: F;
  readonly set: (part: Partial<F>) => void;
  /** What is wrong with an entry, in words. */
  readonly error: (name: keyof F & string) => string | undefined;
}

/** The same form with more to say of its entries, where it has nothing to say itself: what was answered to its request. */
export function refusing<F>(
  of: BoundForm<F>,
  refused: (name: keyof F & string) => string | undefined,
): BoundForm<F> {
  return {
    get form() {
      return of.form;
    },
    set: of.set,
    error: (name) => of.error(name) ?? refused(name),
  };
}

/** Entries of type `T`, and of no narrower one. */
type NameOf<F, T> = { [K in keyof F]: [T, F[K]] extends [F[K], T] ? K : never }[keyof F] & string;
/** Entries that are one of some words. */
type WordOf<F> = { [K in keyof F]: F[K] extends string ? K : never }[keyof F] & string;

export type Span = 1 | 2 | 3 | 4 | 6;
const spans: Readonly<Record<Span, string>> = {
  1: 'sm:col-span-1',
  2: 'sm:col-span-2',
  3: 'sm:col-span-3',
  4: 'sm:col-span-4',
  6: 'sm:col-span-6',
};
const classOf = (span: Span | undefined) => (span === undefined ? '' : spans[span]);

interface BoundProps<F, N> {
  of: BoundForm<F>;
  name: N;
  label: string;
  hint?: string | undefined;
  /** How many of the six columns of its group it takes. */
  span?: Span;
}

const part = <F,>(name: keyof F, value: unknown) => ({ [name]: value }) as Partial<F>;

/** A line of text. `error` comes before what the form says. */
export function BoundText<F>(
  props: BoundProps<F, NameOf<F, string>> & Omit<TextFieldProps, 'value' | 'onValue' | 'name' | 'class'>,
) {
  const [own, rest] = splitProps(props, ['of', 'name', 'span', 'error']);
  return (
    <TextField
      {...rest}
      class={classOf(own.span)}
      value={own.of.form[own.name] as string}
      onValue={(value) => own.of.set(part(own.name, value))}
      error={own.error ?? own.of.error(own.name)}
    />
  );
}

/** A line of digits: phones show their number pad. */
export function BoundNumber<F>(
  props: BoundProps<F, NameOf<F, string>> & Pick<TextFieldProps, 'suffix' | 'disabled'>,
) {
  return <BoundText {...props} inputmode="numeric" />;
}

export function BoundArea<F>(props: BoundProps<F, NameOf<F, string>> & { rows?: number }) {
  const [own, rest] = splitProps(props, ['of', 'name', 'span']);
  return (
    <TextArea
      {...rest}
      class={classOf(own.span)}
      value={own.of.form[own.name] as string}
      onValue={(value) => own.of.set(part(own.name, value))}
      error={own.of.error(own.name)}
    />
  );
}

/** A list to choose from. `error` comes before what the form says. */
export function BoundSelect<F, N extends WordOf<F>>(
  props: BoundProps<F, N> & {
    choices: readonly (Choice & { readonly value: F[N] & string })[];
    none?: string;
    disabled?: boolean;
    error?: string | undefined;
  },
) {
  const [own, rest] = splitProps(props, ['of', 'name', 'span', 'error']);
  return (
    <SelectField
      {...rest}
      class={classOf(own.span)}
      value={own.of.form[own.name] as string}
      onValue={(value) => own.of.set(part(own.name, value))}
      error={own.error ?? own.of.error(own.name)}
    />
  );
}

export function BoundCheck<F>(props: {
  of: BoundForm<F>;
  name: NameOf<F, boolean>;
  label: string;
  hint?: string;
}) {
  const [own, rest] = splitProps(props, ['of', 'name']);
  return (
    <CheckField
      {...rest}
      checked={own.of.form[own.name] as boolean}
      onValue={(checked) => own.of.set(part(own.name, checked))}
      error={own.of.error(own.name)}
    />
  );
}
