// Fields of forms: label above, hint below, the daemon's or the form's error at the field itself.
import { createUniqueId, For, type JSX, Show, splitProps } from 'solid-js';
import { asSentence } from '../format/show.ts';

interface FrameProps {
  label: string;
  hint?: string | undefined;
  error?: string | undefined;
  class?: string;
  /** The unit or sign after the control. */
  suffix?: string | undefined;
}

interface Wiring {
  id: string;
  describedby: string | undefined;
  invalid: 'true' | undefined;
}

/** The ids of what is said of a field. */
function describedBy(id: string, { error, hint }: Pick<FrameProps, 'error' | 'hint'>): string | undefined {
  return [error ? `${id}-error` : '', hint ? `${id}-hint` : ''].filter(Boolean).join(' ') || undefined;
}

function Problem(props: { id: string; error: string | undefined }) {
  return (
    <Show when={props.error}>
      {(text) => (
        <p id={`${props.id}-error`} class="text-sm text-bad" role="alert">
          {asSentence(text())}
        </p>
      )}
    </Show>
  );
}

function Frame(props: FrameProps & { children: (wiring: Wiring) => JSX.Element }) {
  const id = createUniqueId();
  const wiring: Wiring = {
    id,
    get describedby() {
      return describedBy(id, props);
    },
    get invalid() {
      return props.error ? 'true' : undefined;
    },
  };
  return (
    <div class={`flex min-w-0 flex-col gap-1.5 ${props.class ?? ''}`}>
      <label for={id} class="text-sm font-medium">
        {props.label}
      </label>
      <div class="flex items-center gap-2">
        {props.children(wiring)}
        <Show when={props.suffix}>
          <span class="shrink-0 text-sm text-muted">{props.suffix}</span>
        </Show>
      </div>
      <Problem id={id} error={props.error} />
      <Show when={props.hint}>
        <p id={`${id}-hint`} class="text-xs text-muted">
          {props.hint}
        </p>
      </Show>
    </div>
  );
}

const frameKeys = ['label', 'hint', 'error', 'class', 'suffix'] as const;
const box = 'control field-box aria-invalid:border-bad';

export interface TextFieldProps
  extends FrameProps,
    Omit<JSX.InputHTMLAttributes<HTMLInputElement>, 'class' | 'onInput'> {
  value: string;
  onValue: (value: string) => void;
  mono?: boolean;
}

export function TextField(props: TextFieldProps) {
  const [frame, own, rest] = splitProps(props, frameKeys, ['value', 'onValue', 'mono']);
  return (
    <Frame {...frame}>
      {(wiring) => (
        <input
          type="text"
          autocomplete="off"
          spellcheck={false}
          {...rest}
          id={wiring.id}
          class={`${box} ${own.mono ? 'font-mono' : ''}`}
          aria-describedby={wiring.describedby}
          aria-invalid={wiring.invalid}
          value={own.value}
          onInput={(event) => own.onValue(event.currentTarget.value)}
        />
      )}
    </Frame>
  );
}

interface TextAreaProps extends FrameProps {
  value: string;
  onValue: (value: string) => void;
  rows?: number;
  mono?: boolean;
}

export function TextArea(props: TextAreaProps) {
  return (
    <Frame {...splitProps(props, frameKeys)[0]}>
      {(wiring) => (
        <textarea
          id={wiring.id}
          class={`${box} resize-y py-1.5 ${props.mono ? 'font-mono' : ''}`}
          rows={props.rows ?? 4}
          aria-describedby={wiring.describedby}
          aria-invalid={wiring.invalid}
          value={props.value}
          onInput={(event) => props.onValue(event.currentTarget.value)}
        />
      )}
    </Frame>
  );
}

export interface Choice {
  readonly value: string;
  readonly label: string;
  readonly disabled?: boolean;
  /** Choices of one group, one after another, stand under its name. */
  readonly group?: string;
}

interface SelectFieldProps extends FrameProps {
  value: string;
  onValue: (value: string) => void;
  choices: readonly Choice[];
  disabled?: boolean;
  /** Shown first, with the empty value. */
  none?: string | undefined;
}

/** A list to choose from: the browser's own, which every phone and screen reader knows. */
export function SelectField(props: SelectFieldProps) {
  return (
    <Frame {...splitProps(props, frameKeys)[0]}>
      {(wiring) => (
        <select
          id={wiring.id}
          class={`${box} pe-2 text-ellipsis`}
          disabled={props.disabled ?? false}
          aria-describedby={wiring.describedby}
          aria-invalid={wiring.invalid}
          onChange={(event) => props.onValue(event.currentTarget.value)}
        >
          <Show when={props.none !== undefined}>
            <option value="" selected={props.value === ''}>
              {props.none}
            </option>
          </Show>
          <For each={grouped(props.choices)}>
            {([group, choices]) => (
              <Show when={group !== undefined} fallback={<Options choices={choices} value={props.value} />}>
                <optgroup label={group ?? ''}>
                  <Options choices={choices} value={props.value} />
                </optgroup>
              </Show>
            )}
          </For>
        </select>
      )}
    </Frame>
  );
}

function Options(props: { choices: readonly Choice[]; value: string }) {
  return (
    <For each={props.choices}>
      {(choice) => (
        <option
          value={choice.value}
          disabled={choice.disabled ?? false}
          selected={choice.value === props.value}
        >
          {choice.label}
        </option>
      )}
    </For>
  );
}

function grouped(choices: readonly Choice[]): [string | undefined, Choice[]][] {
  const groups: [string | undefined, Choice[]][] = [];
  for (const choice of choices) {
    const last = groups.at(-1);
    if (last && last[0] === choice.group) last[1].push(choice);
    else groups.push([choice.group, [choice]]);
  }
  return groups;
}

interface CheckFieldProps {
  label: string;
  hint?: string;
  error?: string | undefined;
  checked: boolean;
  onValue: (checked: boolean) => void;
  disabled?: boolean;
}

export function CheckField(props: CheckFieldProps) {
  const id = createUniqueId();
  return (
    <div class="flex items-start gap-2.5 py-1">
      <input
        type="checkbox"
        id={id}
        class="mt-0.5 size-4 shrink-0 accent-accent pointer-coarse:size-5"
        checked={props.checked}
        disabled={props.disabled ?? false}
        aria-describedby={describedBy(id, props)}
        aria-invalid={props.error ? 'true' : undefined}
        onChange={(event) => props.onValue(event.currentTarget.checked)}
      />
      <div class="min-w-0">
        <label for={id} class="text-sm">
          {props.label}
        </label>
        <Show when={props.hint}>
          <p id={`${id}-hint`} class="text-xs text-muted">
            {props.hint}
          </p>
        </Show>
        <Problem id={id} error={props.error} />
      </div>
    </div>
  );
}
