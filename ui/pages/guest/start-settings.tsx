// Settings that VMs and containers have alike about how they start: their place among the others, and a script of the node.
import { createMemo } from 'solid-js';
import { createFileChoices } from '../../api/node-choices.ts';
import { SelectField, TextField } from '../../components/field.tsx';
import { readStartup, type Startup, startupString } from '../../forms/startup.ts';
import { t } from '../../i18n/index.ts';
import { withOwn } from './form-group.tsx';
import { useGuest } from './guest-context.ts';
import type { ControlProps, SettingSpec } from './setting-list.tsx';

export function startupSetting(): SettingSpec {
  return {
    key: 'startup',
    label: t('startup.title'),
    control: StartupFields,
    show: startupText,
    write: (text) => startupString(readStartup(text)),
  };
}

function startupText(value: string): string {
  const { order, up, down } = readStartup(value);
  const parts = [
    order === '' ? '' : t('startup.text', { order }),
    up === '' ? '' : t('startup.upText', { seconds: up }),
    down === '' ? '' : t('startup.downText', { seconds: down }),
  ].filter(Boolean);
  return parts.join(', ') || t('startup.anyOrder');
}

function StartupFields(props: ControlProps) {
  const now = () => readStartup(props.value);
  const set = (part: Partial<Startup>) => props.onValue(startupString({ ...now(), ...part }) ?? '');
  return (
    <div class="grid items-start gap-4 sm:grid-cols-3">
      <TextField
        label={t('startup.order')}
        inputmode="numeric"
        value={now().order}
        onValue={(order) => set({ order })}
        error={props.error}
        hint={t('startup.orderHint')}
        autofocus
      />
      <TextField
        label={t('startup.up')}
        suffix={t('startup.seconds')}
        inputmode="numeric"
        value={now().up}
        onValue={(up) => set({ up })}
      />
      <TextField
        label={t('startup.down')}
        suffix={t('startup.seconds')}
        inputmode="numeric"
        value={now().down}
        onValue={(down) => set({ down })}
      />
    </div>
  );
}

export function hookscriptSetting(): SettingSpec {
  return {
    key: 'hookscript',
    label: t('hookscript.title'),
    control: HookscriptField,
    show: (value) => value || t('hookscript.none'),
    write: (text) => (text === '' ? undefined : text),
  };
}

/** One of the snippets of the guest's node; what is set stays a choice. */
function HookscriptField(props: ControlProps) {
  const guest = useGuest();
  const before = props.value;
  const snippets = createFileChoices(() => guest.place().node, 'snippets');
  const choices = createMemo(() =>
    withOwn(
      (snippets.data() ?? []).map(({ volid }) => ({ value: volid, label: volid })),
      before,
    ),
  );
  return (
    <SelectField
      label={t('hookscript.title')}
      value={props.value}
      onValue={props.onValue}
      none={t('hookscript.none')}
      choices={choices()}
      hint={t(snippets.data() && choices().length === 0 ? 'hookscript.noSnippets' : 'hookscript.hint')}
      error={props.error}
    />
  );
}
