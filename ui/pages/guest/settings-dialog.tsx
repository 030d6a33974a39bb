// A dialog that changes a few short settings of a guest side by side: memory and swap, cores and limits.
import { createSignal, For } from 'solid-js';
import { TextField } from '../../components/field.tsx';
import { settingOf } from '../../forms/guest-config.ts';
import { EditDialog } from './edit-dialog.tsx';
import { useGuest } from './guest-context.ts';

export interface ShortSetting {
  readonly key: string;
  readonly label: string;
  readonly suffix?: string;
  readonly hint?: string | ((text: string) => string | undefined);
  /** What it is when the configuration does not say. Without it the field may be left empty: then the setting is removed. */
  readonly unset?: string;
  /** With a part behind a point or a comma. */
  readonly decimal?: boolean;
}

const columns: Readonly<Record<number, string>> = { 2: 'sm:grid-cols-2', 3: 'sm:grid-cols-3' };

export function SettingsDialog(props: {
  title: string;
  settings: readonly ShortSetting[];
  onClose: () => void;
}) {
  const guest = useGuest();
  const fields = props.settings.map((setting) => {
    const wanted = settingOf(guest.config.data() ?? [], setting.key).wanted;
    const [text, setText] = createSignal(wanted ?? setting.unset ?? '');
    const value = () => {
      const trimmed = setting.decimal ? text().trim().replace(',', '.') : text().trim();
      return trimmed === '' && setting.unset === undefined ? undefined : trimmed;
    };
    return { setting, text, setText, value };
  });
  const keys = props.settings.map((one) => one.key);
  return (
    <EditDialog
      title={props.title}
      field={keys[0] ?? ''}
      fields={keys}
      onClose={props.onClose}
      change={() => Object.fromEntries(fields.map((one) => [one.setting.key, one.value()]))}
    >
      {(error) => (
        <div class={`grid items-start gap-4 ${columns[fields.length] ?? ''}`}>
          <For each={fields}>
            {({ setting, text, setText }, i) => (
              <TextField
                label={setting.label}
                suffix={setting.suffix}
                inputmode={setting.decimal ? 'decimal' : 'numeric'}
                value={text()}
                onValue={setText}
                error={error(setting.key)}
                hint={typeof setting.hint === 'function' ? setting.hint(text()) : setting.hint}
                autofocus={i() === 0}
              />
            )}
          </For>
        </div>
      )}
    </EditDialog>
  );
}
