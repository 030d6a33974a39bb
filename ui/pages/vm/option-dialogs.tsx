// The dialogs of a VM's options that have several parts: its guest agent, what can be changed while it runs, its papers.
import { createSignal, For } from 'solid-js';
import { BoundCheck, BoundText } from '../../components/bound-field.tsx';
import { CheckField } from '../../components/field.tsx';
import { settingOf } from '../../forms/guest-config.ts';
import {
  type AgentForm,
  agentString,
  checkSmbios,
  type HotPlugKind,
  hotPlugKinds,
  hotPlugText,
  readAgent,
  readHotPlug,
  readSmbios,
  type SmbiosForm,
  smbiosString,
  smbiosTexts,
} from '../../forms/vm-options.ts';
import { t } from '../../i18n/index.ts';
import { createCheckedForm } from '../guest/checked-form.ts';
import { EditDialog } from '../guest/edit-dialog.tsx';
import { Columns } from '../guest/form-group.tsx';
import { useGuest } from '../guest/guest-context.ts';

interface DialogProps {
  onClose: () => void;
}

function wanted(key: string): string {
  return settingOf(useGuest().config.data() ?? [], key).wanted ?? '';
}

export function AgentDialog(props: DialogProps) {
  const before = wanted('agent');
  const checked = createCheckedForm<AgentForm>(readAgent(before), () => ({}));
  return (
    <EditDialog
      title={t('options.agent')}
      field=""
      onClose={props.onClose}
      change={() => ({ agent: agentString(checked.form, before) })}
    >
      {() => (
        <div>
          <BoundCheck of={checked} name="enabled" label={t('options.agent')} hint={t('options.agentHint')} />
          <BoundCheck
            of={checked}
            name="freeze"
            label={t('vmOption.agentFreeze')}
            hint={t('vmOption.agentFreezeHint')}
          />
          <BoundCheck
            of={checked}
            name="trim"
            label={t('vmOption.agentTrim')}
            hint={t('vmOption.agentTrimHint')}
          />
        </div>
      )}
    </EditDialog>
  );
}

export function HotPlugDialog(props: DialogProps) {
  const [kinds, setKinds] = createSignal<readonly HotPlugKind[]>(readHotPlug(wanted('hotplug')));
  const toggle = (kind: HotPlugKind, on: boolean) =>
    setKinds(on ? [...kinds(), kind] : kinds().filter((one) => one !== kind));
  return (
    <EditDialog
      title={t('vmOption.hotplug')}
      field=""
      onClose={props.onClose}
      change={() => ({ hotplug: hotPlugText(kinds()) })}
    >
      {() => (
        <div>
          <p class="mb-2 text-sm text-muted">{t('vmOption.hotplugHint')}</p>
          <For each={hotPlugKinds}>
            {(kind) => (
              <CheckField
                label={t(`vmOption.hotplug.${kind}`)}
                {...(kind === 'memory' ? { hint: t('vmOption.hotplugMemoryHint') } : {})}
                checked={kinds().includes(kind)}
                onValue={(on) => toggle(kind, on)}
              />
            )}
          </For>
        </div>
      )}
    </EditDialog>
  );
}

export function SmbiosDialog(props: DialogProps) {
  const checked = createCheckedForm<SmbiosForm>(readSmbios(wanted('smbios1')), checkSmbios);
  return (
    <EditDialog
      wide
      title={t('vmOption.smbios')}
      field=""
      onClose={props.onClose}
      check={checked.check}
      change={() => ({ smbios1: smbiosString(checked.form) })}
    >
      {() => (
        <>
          <p class="text-sm text-muted">{t('vmOption.smbiosHint')}</p>
          <Columns>
            <BoundText
              of={checked}
              name="uuid"
              label={t('vmOption.uuid')}
              span={6}
              hint={t('vmOption.uuidHint')}
              mono
            />
            <For each={smbiosTexts}>
              {(name) => <BoundText of={checked} name={name} label={t(`vmOption.smbios.${name}`)} span={3} />}
            </For>
          </Columns>
        </>
      )}
    </EditDialog>
  );
}
