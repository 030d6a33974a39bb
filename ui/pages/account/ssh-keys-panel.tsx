// A user's library of SSH public keys: what is in it, adding one or many, taking one out.
import Plus from 'lucide-solid/icons/plus';
import { createSignal, Show } from 'solid-js';
import { api } from '../../api/client.ts';
import { sessionUser } from '../../api/session.ts';
import { createOwnSshKeys, type LibraryKey } from '../../api/ssh-keys.ts';
import { Button } from '../../components/button.tsx';
import { ConfirmDialog } from '../../components/confirm-dialog.tsx';
import { CodeBlock } from '../../components/copy-button.tsx';
import type { Column } from '../../components/data-table.tsx';
import { TextField } from '../../components/field.tsx';
import { FormDialog } from '../../components/form-dialog.tsx';
import { toast } from '../../components/toasts.tsx';
import { readSshKeys, sshKeyProblem } from '../../forms/ssh-keys.ts';
import { t, tn } from '../../i18n/index.ts';
import { AccessTable, textColumn } from '../access/access-table.tsx';
import { problemText } from '../guest/problem-text.ts';
import { SshKeysText } from '../guest/ssh-keys-field.tsx';

export function SshKeysPanel() {
  const keys = createOwnSshKeys();
  const [adding, setAdding] = createSignal(false);
  const [removing, setRemoving] = createSignal<LibraryKey>();
  const columns: readonly Column<LibraryKey>[] = [
    {
      key: 'name',
      title: 'sshKeys.name',
      width: 170,
      grow: true,
      card: 'title',
      sortBy: (key) => key.name,
      cell: (row) => <span class="font-medium">{row().name}</span>,
    },
    textColumn({ key: 'type', title: 'sshKeys.type', width: 140, drop: 2, card: 'line' }, (key) => key.type),
    textColumn(
      { key: 'comment', title: 'access.comment', width: 150, drop: 1, card: 'line' },
      (key) => key.comment,
    ),
    {
      key: 'fingerprint',
      title: 'sshKeys.fingerprint',
      width: 220,
      drop: 3,
      cell: (row) => (
        <span class="font-mono text-xs" title={row().fingerprint}>
          {row().fingerprint}
        </span>
      ),
    },
  ];
  return (
    <>
      <AccessTable
        name="ssh-keys"
        label={t('sshKeys.title')}
        title={t('sshKeys.title')}
        query={keys}
        rows={keys.data() ?? []}
        columns={columns}
        sortBy="name"
        rowKey={(key) => key.name}
        rowName={(key) => key.name}
        texts={(key) => [key.name, key.comment, key.type, key.fingerprint]}
        empty={{ title: t('sshKeys.none'), text: t('sshKeys.noneHint') }}
        tools={
          <Button
            look="primary"
            icon={<Plus size={15} />}
            reason={keys.data() === undefined ? t('common.wait') : undefined}
            onClick={() => setAdding(true)}
          >
            {t('sshKeys.add')}
          </Button>
        }
        menu={(key) => [{ label: t('sshKeys.remove'), onSelect: () => setRemoving(key), harsh: true }]}
      />
      <Show when={adding()}>
        <AddKeysDialog onDone={keys.reload} onClose={() => setAdding(false)} />
      </Show>
      <Show when={removing()} keyed>
        {(key) => (
          <ConfirmDialog
            open
            onClose={() => setRemoving(undefined)}
            title={t('sshKeys.removeTitle', { name: key.name })}
            action={t('sshKeys.remove')}
            onConfirm={async () => {
              await api('DELETE /access/users/{userid}/ssh-keys/{name}', {
                userid: sessionUser(),
                name: key.name,
              });
              keys.reload();
            }}
          >
            <p class="mb-3">{t('sshKeys.removeText')}</p>
            <CodeBlock label={t('sshKeys.key')} text={key.key} />
          </ConfirmDialog>
        )}
      </Show>
    </>
  );
}

function AddKeysDialog(props: { onDone: () => void; onClose: () => void }) {
  const [text, setText] = createSignal('');
  const [name, setName] = createSignal('');
  const [tried, setTried] = createSignal(false);
  const count = () => readSshKeys(text()).length;
  const problem = () => (count() === 0 ? t('sshKeys.enterOne') : problemText(sshKeyProblem(text())));
  return (
    <FormDialog
      wide
      title={t('sshKeys.add')}
      action={count() > 1 ? tn('sshKeys.addMany', count()) : t('sshKeys.add')}
      fields={['key', 'name']}
      check={() => {
        setTried(true);
        return problem() === undefined;
      }}
      run={async () => {
        const made = await api('POST /access/users/{userid}/ssh-keys', {
          userid: sessionUser(),
          key: text(),
          name: count() === 1 && name().trim() !== '' ? name().trim() : undefined,
        });
        if (made.known.length > 0)
          toast('ok', tn('sshKeys.known', made.known.length), made.known.slice(0, 5).join(', '));
        props.onDone();
      }}
      onClose={props.onClose}
    >
      {(refused) => (
        <>
          <SshKeysText
            label={t('cloudInit.sshKeys')}
            hint={t('sshKeys.addHint')}
            value={text()}
            onValue={setText}
            error={(tried() ? problem() : undefined) ?? refused('key')}
            rows={6}
          />
          <Show when={count() <= 1}>
            <TextField
              label={t('sshKeys.name')}
              hint={t('sshKeys.nameHint')}
              value={name()}
              onValue={setName}
              error={refused('name')}
              autocapitalize="none"
            />
          </Show>
        </>
      )}
    </FormDialog>
  );
}
