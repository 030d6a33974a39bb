// The dialog that makes recovery keys and shows them, for the only time: to be copied, saved or printed.
import Download from 'lucide-solid/icons/download';
import Printer from 'lucide-solid/icons/printer';
import { createSignal, For, Show } from 'solid-js';
import { api } from '../../api/client.ts';
import { sessionUser } from '../../api/session.ts';
import { Button } from '../../components/button.tsx';
import { CopyButton } from '../../components/copy-button.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { FormDialog } from '../../components/form-dialog.tsx';
import { Notice } from '../../components/panel.tsx';
import { t } from '../../i18n/index.ts';
import { downloadText, printText } from './keep-text.ts';
import { OwnPasswordField, ownPassword, proven } from './own-password.tsx';

/** `replace`: there are keys, which stop working. */
export function RecoveryDialog(props: { replace: boolean; onMade: () => void; onClose: () => void }) {
  const [present, setPresent] = createSignal('');
  const [keys, setKeys] = createSignal<readonly string[]>();

  async function make(): Promise<void> {
    const userid = sessionUser();
    const password = ownPassword('password', present());
    const made = await proven('password', async () => {
      if (props.replace)
        await api('DELETE /access/tfa/{userid}/{id}', { userid, id: 'recovery', ...password });
      return api('POST /access/tfa/{userid}', { userid, type: 'recovery', ...password });
    }).finally(props.onMade);
    setKeys(made.recovery ?? []);
    setPresent('');
  }

  return (
    <Show
      when={keys()}
      fallback={
        <FormDialog
          title={t(props.replace ? 'account.newKeys' : 'account.makeKeys')}
          action={t('account.makeKeys')}
          fields={['password']}
          onClose={() => {
            if (keys() === undefined) props.onClose();
          }}
          run={make}
        >
          {(refused) => (
            <>
              <p>{t('account.keysText')}</p>
              <Show when={props.replace}>
                <Notice tone="warn">{t('account.keysReplace')}</Notice>
              </Show>
              <OwnPasswordField value={present()} onValue={setPresent} error={refused('password')} />
            </>
          )}
        </FormDialog>
      }
    >
      {(made) => <KeysDialog keys={made()} onClose={props.onClose} />}
    </Show>
  );
}

function KeysDialog(props: { keys: readonly string[]; onClose: () => void }) {
  const title = () => t('account.keysOf', { user: sessionUser(), host: location.hostname });
  const text = () => `${title()}\n\n${props.keys.join('\n')}\n`;
  return (
    <Dialog
      open
      onClose={props.onClose}
      title={t('account.keys')}
      footer={
        <Button look="primary" onClick={props.onClose}>
          {t('account.kept')}
        </Button>
      }
    >
      <div class="flex flex-col gap-4">
        <Notice tone="warn">{t('account.keysOnce')}</Notice>
        <div class="rounded-md border border-line bg-canvas">
          <div class="flex items-center justify-between border-b border-line ps-3 pe-1 text-xs text-muted">
            {t('account.keys')}
            <CopyButton text={text()} />
          </div>
          <ul
            class="grid gap-x-6 gap-y-1.5 px-3 py-3 font-mono text-sm sm:grid-cols-2"
            aria-label={t('account.keys')}
          >
            <For each={props.keys}>{(key) => <li>{key}</li>}</For>
          </ul>
        </div>
        <div class="flex flex-wrap gap-2">
          <Button
            icon={<Download size={15} />}
            onClick={() => downloadText(`croft-recovery-keys-${sessionUser()}.txt`, text())}
          >
            {t('account.download')}
          </Button>
          <Button icon={<Printer size={15} />} onClick={() => printText(title(), text())}>
            {t('account.print')}
          </Button>
        </div>
      </div>
    </Dialog>
  );
}
