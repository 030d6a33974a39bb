// A list of a guest's plain settings: what each is, and a dialog to change it, made from how each is declared.
import { createSignal, For, type JSX, Match, Show, Switch } from 'solid-js';
import { Dynamic } from 'solid-js/web';
import type { ConfigChange } from '../../api/guests.ts';
import { Button } from '../../components/button.tsx';
import { ErrorNote } from '../../components/error-note.tsx';
import { CheckField, type Choice, SelectField, TextArea, TextField } from '../../components/field.tsx';
import { Panel, Skeleton } from '../../components/panel.tsx';
import { settingOf } from '../../forms/guest-config.ts';
import { words } from '../../forms/plain-rules.ts';
import { t } from '../../i18n/index.ts';
import { EditDialog } from './edit-dialog.tsx';
import { withOwn } from './form-group.tsx';
import { useGuest } from './guest-context.ts';
import { WaitingChange } from './waiting-change.tsx';

export interface ControlProps {
  value: string;
  onValue: (value: string) => void;
  error: string | undefined;
}

export interface SettingSpec {
  readonly key: string;
  readonly label: string;
  readonly hint?: string;
  /** `switch` edits `1` or nothing. */
  readonly control: 'text' | 'area' | 'switch' | readonly Choice[] | ((props: ControlProps) => JSX.Element);
  /** The choice of nothing, for choices. */
  readonly none?: string;
  /** How the stored value is told; by default as it is. */
  readonly show?: (value: string) => string;
  /** From the stored value to what is edited. */
  readonly read?: (value: string) => string;
  /** From what was edited to what is stored; undefined removes it. */
  readonly write?: (text: string) => string | boolean | undefined;
  /** Shown, but not to be changed; with the reason. */
  readonly fixed?: string;
  /** What changes it, in place of the dialog that is made of all this. */
  readonly dialog?: (props: { onClose: () => void }) => JSX.Element;
}

export function SettingList(props: { settings: readonly SettingSpec[]; title?: string }) {
  const guest = useGuest();
  const [editing, setEditing] = createSignal<SettingSpec>();
  const lines = () => guest.config.data() ?? [];
  const waits = (spec: SettingSpec) => settingOf(lines(), spec.key).pending;
  const shown = (spec: SettingSpec, which: 'current' | 'wanted'): string => {
    const stored = settingOf(lines(), spec.key)[which] ?? '';
    const value = spec.read?.(stored) ?? stored;
    if (spec.control === 'switch') return value === '1' ? t('common.on') : t('common.off');
    if (spec.show) return spec.show(stored);
    if (Array.isArray(spec.control))
      return (
        (spec.control as readonly Choice[]).find((one) => one.value === value)?.label ??
        (value || (spec.none ?? '–'))
      );
    return value || (spec.none ?? '–');
  };
  return (
    <div class="flex max-w-4xl flex-col gap-4">
      <ErrorNote error={guest.config.error()} retry={guest.config.reload} />
      <Show when={guest.config.data() || !guest.config.error()}>
        <Panel flush {...(props.title === undefined ? {} : { title: props.title })}>
          <Show
            when={guest.config.data()}
            fallback={
              <div class="p-4">
                <Skeleton lines={props.settings.length} />
              </div>
            }
          >
            <dl class={props.title === undefined ? '' : 'border-t border-line'}>
              <For each={props.settings}>
                {(spec) => (
                  <div class="flex items-center gap-x-4 border-b border-line py-1.5 ps-4 pe-2 last:border-b-0 max-sm:flex-wrap">
                    <dt class="w-48 shrink-0 text-sm text-muted max-sm:w-full max-sm:pt-1">{spec.label}</dt>
                    <dd class="min-w-0 flex-1 text-sm">
                      <span
                        class={`line-clamp-3 min-w-0 break-words whitespace-pre-wrap ${waits(spec) ? 'text-muted' : ''}`}
                      >
                        {shown(spec, 'current')}
                      </span>
                      <Show when={waits(spec)}>
                        <WaitingChange what={spec.label} keys={[spec.key]}>
                          {shown(spec, 'wanted')}
                        </WaitingChange>
                      </Show>
                    </dd>
                    {/* A list of terms holds terms and what is said of them, nothing else. */}
                    <dd class="shrink-0">
                      <Button
                        look="ghost"
                        reason={spec.fixed}
                        onClick={() => setEditing(spec)}
                        aria-label={t('options.editOne', { what: spec.label })}
                      >
                        {t('common.edit')}
                      </Button>
                    </dd>
                  </div>
                )}
              </For>
            </dl>
          </Show>
        </Panel>
      </Show>
      <Show when={editing()} keyed>
        {(spec) => {
          const close = () => setEditing(undefined);
          return spec.dialog?.({ onClose: close }) ?? <SettingDialog spec={spec} onClose={close} />;
        }}
      </Show>
    </div>
  );
}

function SettingDialog(props: { spec: SettingSpec; onClose: () => void }) {
  const guest = useGuest();
  const { spec } = props;
  const before = settingOf(guest.config.data() ?? [], spec.key).wanted ?? '';
  const start = spec.read?.(before) ?? before;
  const [text, setText] = createSignal(start);
  const change = (): ConfigChange => {
    if (spec.write) return { [spec.key]: spec.write(text()) };
    if (spec.control === 'switch') return { [spec.key]: text() === '1' };
    return { [spec.key]: text().trim() === '' ? undefined : text() };
  };
  return (
    <EditDialog title={spec.label} field={spec.key} onClose={props.onClose} change={change}>
      {(error) => {
        const field = {
          label: spec.label,
          hint: spec.hint,
          get value() {
            return text();
          },
          onValue: setText,
          get error() {
            return error();
          },
        };
        return (
          <Switch
            fallback={<Dynamic component={spec.control as (props: ControlProps) => JSX.Element} {...field} />}
          >
            <Match when={spec.control === 'text'}>
              <TextField {...field} autofocus />
            </Match>
            <Match when={spec.control === 'area'}>
              <TextArea {...field} rows={8} />
            </Match>
            <Match when={spec.control === 'switch'}>
              <CheckField
                label={spec.label}
                {...(spec.hint === undefined ? {} : { hint: spec.hint })}
                checked={text() === '1'}
                onValue={(on) => setText(on ? '1' : '')}
              />
            </Match>
            <Match when={Array.isArray(spec.control)}>
              <SelectField
                {...field}
                choices={withOwn(spec.control as readonly Choice[], start)}
                {...(spec.none === undefined ? {} : { none: spec.none })}
              />
            </Match>
          </Switch>
        );
      }}
    </EditDialog>
  );
}

/** Tags as the API has them and as people write them. */
export const tagsSetting = {
  read: (value: string) => value.replaceAll(';', ', '),
  write: (text: string) => {
    const tags = words(text);
    return tags.length > 0 ? tags.join(';') : undefined;
  },
} as const;
