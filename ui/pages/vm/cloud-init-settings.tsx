// The settings of a VM's cloud-init drive about access and about the system, with the dialogs of those that are no single line.
import { createSignal, Show } from 'solid-js';
import { BoundText, refusing } from '../../components/bound-field.tsx';
import { CheckField } from '../../components/field.tsx';
import { decodeSshKeys, encodeSshKeys, readCustomFiles, upgrades } from '../../forms/cloud-init.ts';
import { settingOf } from '../../forms/guest-config.ts';
import { words } from '../../forms/plain-rules.ts';
import { lookAtSshKeys, readSshKeys, sshKeyProblem } from '../../forms/ssh-keys.ts';
import { t, tn } from '../../i18n/index.ts';
import { createCheckedForm } from '../guest/checked-form.ts';
import { EditDialog } from '../guest/edit-dialog.tsx';
import { useGuest } from '../guest/guest-context.ts';
import { problemText } from '../guest/problem-text.ts';
import type { SettingSpec } from '../guest/setting-list.tsx';
import { SshKeysField } from '../guest/ssh-keys-field.tsx';
import { CustomFilesDialog, customFilesText } from './cloud-init-files.tsx';

const spaced = (text: string) => words(text).join(' ') || undefined;
const listed = (text: string) => words(text).join(', ') || t('ct.dns.asNode');

export function accessSettings(): readonly SettingSpec[] {
  return [
    {
      key: 'ciuser',
      label: t('cloudInit.user'),
      hint: t('cloudInit.userHint'),
      control: 'text',
      none: t('cloudInit.userDefault'),
    },
    {
      key: 'cipassword',
      label: t('cloudInit.password'),
      control: 'text',
      show: (value) => t(value === '' ? 'cloudInit.passwordNone' : 'cloudInit.passwordSet'),
      dialog: PasswordDialog,
    },
    {
      key: 'sshkeys',
      label: t('cloudInit.sshKeys'),
      control: 'area',
      show: keysText,
      dialog: SshKeysDialog,
    },
  ];
}

export function systemSettings(): readonly SettingSpec[] {
  return [
    {
      key: 'nameserver',
      label: t('ct.dns.nameserver'),
      hint: t('cloudInit.nameserverHint'),
      control: 'text',
      show: listed,
      write: spaced,
    },
    {
      key: 'searchdomain',
      label: t('ct.dns.searchdomain'),
      hint: t('cloudInit.searchdomainHint'),
      control: 'text',
      show: listed,
      write: spaced,
    },
    {
      key: 'ciupgrade',
      label: t('cloudInit.upgrade'),
      hint: t('cloudInit.upgradeHint'),
      control: 'switch',
      read: (value) => (upgrades(value) ? '1' : ''),
    },
    {
      key: 'citype',
      label: t('cloudInit.type'),
      hint: t('cloudInit.typeHint'),
      none: t('cloudInit.typeAuto'),
      control: [
        { value: 'nocloud', label: t('cloudInit.nocloud') },
        { value: 'configdrive2', label: t('cloudInit.configdrive2') },
      ],
    },
    {
      key: 'cicustom',
      label: t('cloudInit.custom'),
      control: 'text',
      show: (value) => customFilesText(readCustomFiles(value)),
      dialog: CustomFilesDialog,
    },
  ];
}

/** How many there are, and whose. */
function keysText(value: string): string {
  const keys = lookAtSshKeys(decodeSshKeys(value));
  if (keys.length === 0) return t('cloudInit.sshKeysNone');
  const whose = keys.map(({ comment }) => comment).filter(Boolean);
  return [tn('cloudInit.sshKeysCount', keys.length), ...(whose.length > 0 ? [whose.join(', ')] : [])].join(
    ': ',
  );
}

interface PasswordForm {
  readonly password: string;
  readonly again: string;
}

/** It is stored as a hash and shown to nobody: it can be set anew, or taken away. */
function PasswordDialog(props: { onClose: () => void }) {
  const vm = useGuest();
  const isSet = settingOf(vm.config.data() ?? [], 'cipassword').wanted !== undefined;
  const [removes, setRemoves] = createSignal(false);
  const checked = createCheckedForm<PasswordForm>({ password: '', again: '' }, ({ password, again }) => {
    if (removes()) return {};
    if (password === '') return { password: 'passwordMissing' };
    return password === again ? {} : { again: 'passwordDiffers' };
  });
  const secret = { type: 'password', autocomplete: 'new-password' } as const;
  return (
    <EditDialog
      title={t('cloudInit.password')}
      field="cipassword"
      action={t(
        removes()
          ? 'cloudInit.passwordRemove'
          : isSet
            ? 'cloudInit.passwordChange'
            : 'cloudInit.passwordSetIt',
      )}
      onClose={props.onClose}
      check={checked.check}
      change={() => ({ cipassword: removes() ? undefined : checked.form.password })}
    >
      {(error) => {
        const of = refusing(checked, (name) => (name === 'password' ? error() : undefined));
        return (
          <>
            <Show when={!removes()}>
              <BoundText
                of={of}
                name="password"
                label={t('cloudInit.password')}
                hint={t('cloudInit.passwordHint')}
                autofocus
                {...secret}
              />
              <BoundText of={of} name="again" label={t('ct.create.passwordAgain')} {...secret} />
            </Show>
            <Show when={isSet}>
              <CheckField
                label={t('cloudInit.passwordRemove')}
                hint={t('cloudInit.passwordRemoveHint')}
                checked={removes()}
                onValue={setRemoves}
              />
            </Show>
          </>
        );
      }}
    </EditDialog>
  );
}

function SshKeysDialog(props: { onClose: () => void }) {
  const vm = useGuest();
  const before = decodeSshKeys(settingOf(vm.config.data() ?? [], 'sshkeys').wanted ?? '');
  const kept = readSshKeys(before);
  const [text, setText] = createSignal(before);
  const problem = () => problemText(sshKeyProblem(text(), kept));
  return (
    <EditDialog
      wide
      title={t('cloudInit.sshKeys')}
      field="sshkeys"
      reason={problem()}
      onClose={props.onClose}
      change={() => ({ sshkeys: encodeSshKeys(readSshKeys(text())) })}
    >
      {(error) => (
        <SshKeysField
          label={t('cloudInit.sshKeys')}
          hint={t('sshKeys.hint')}
          value={text()}
          onValue={setText}
          error={error()}
          kept={kept}
          rows={7}
        />
      )}
    </EditDialog>
  );
}
