// The list of configuration backups, making one now, and whether secrets are in them.
import { A } from '@solidjs/router';
import FileCog from 'lucide-solid/icons/file-cog';
import KeyRound from 'lucide-solid/icons/key-round';
import Plus from 'lucide-solid/icons/plus';
import TriangleAlert from 'lucide-solid/icons/triangle-alert';
import { createSignal, For, Show } from 'solid-js';
import { api } from '../../api/client.ts';
import { Button } from '../../components/button.tsx';
import { ConfirmDialog } from '../../components/confirm-dialog.tsx';
import { ErrorNote } from '../../components/error-note.tsx';
import { EmptyState, Notice, Panel, Skeleton } from '../../components/panel.tsx';
import { RowMenu } from '../../components/row-menu.tsx';
import { bytes, moment } from '../../format/show.ts';
import { t } from '../../i18n/index.ts';
import { startTask } from '../../live/watched.ts';
import { createOwnRights } from '../access/access-data.ts';
import { anyNode } from '../storages/storages-data.ts';
import { type ConfigBackupItem, createConfigBackups } from './config-data.ts';
import { ConfigNowDialog } from './config-now-dialog.tsx';
import { PassphraseDialog } from './passphrase-dialog.tsx';

type Open = 'now' | 'passphrase' | 'drop' | { readonly remove: ConfigBackupItem };

export function BackupsPanel() {
  const list = createConfigBackups();
  const rights = createOwnRights();
  const reason = () => rights.lacking('/', 'Sys.Modify');
  const [open, setOpen] = createSignal<Open>();
  const close = () => setOpen(undefined);
  return (
    <>
      <Panel
        flush
        title={t('configBackup.title')}
        actions={
          <Button look="primary" icon={<Plus size={15} />} reason={reason()} onClick={() => setOpen('now')}>
            {t('configBackup.now')}
          </Button>
        }
      >
        <p class="max-w-3xl px-4 pb-3 text-sm text-muted">{t('configBackup.explain')}</p>
        <Show when={list.error()}>
          <div class="px-4 pb-4">
            <ErrorNote error={list.error()} retry={list.reload} />
          </div>
        </Show>
        <Show
          when={list.data()}
          fallback={
            <Show when={!list.error()}>
              <div class="px-4 pb-4">
                <Skeleton lines={5} />
              </div>
            </Show>
          }
        >
          {(known) => (
            <>
              <Show when={known().problems.length > 0}>
                <div class="px-4 pb-3">
                  <Notice tone="warn" icon={<TriangleAlert size={16} />}>
                    <p class="font-medium">{t('configBackup.problems')}</p>
                    <For each={known().problems}>
                      {({ storage, problem }) => (
                        <p>
                          {storage}: {problem}
                        </p>
                      )}
                    </For>
                  </Notice>
                </div>
              </Show>
              <Show
                when={known().backups.length > 0}
                fallback={
                  <div class="border-t border-line">
                    <EmptyState
                      icon={<FileCog size={26} />}
                      title={t('configBackup.none')}
                      text={t('configBackup.noneHint')}
                    />
                  </div>
                }
              >
                <Rows
                  backups={known().backups}
                  reason={reason()}
                  onRemove={(remove) => setOpen({ remove })}
                />
                <p class="border-t border-line px-4 py-2.5 text-xs text-muted">
                  {t('configBackup.keeps', { count: known().keep })}
                </p>
              </Show>
            </>
          )}
        </Show>
      </Panel>
      <Show when={list.data()}>
        {(known) => (
          <Secrets
            there={known().secrets === 1}
            reason={reason()}
            onSet={() => setOpen('passphrase')}
            onDrop={() => setOpen('drop')}
          />
        )}
      </Show>
      <Show when={open()} keyed>
        {(which) => {
          if (which === 'now') return <ConfigNowDialog onClose={close} />;
          if (which === 'passphrase') return <PassphraseDialog onDone={list.reload} onClose={close} />;
          if (which === 'drop')
            return (
              <ConfirmDialog
                open
                onClose={close}
                title={t('configBackup.passphraseDrop')}
                action={t('configBackup.passphraseDrop')}
                onConfirm={async () => {
                  await api('PUT /cluster/config-backups/passphrase', { delete: true });
                  list.reload();
                }}
              >
                {t('configBackup.passphraseDropText')}
              </ConfirmDialog>
            );
          return <RemoveDialog backup={which.remove} onClose={close} />;
        }}
      </Show>
    </>
  );
}

function Rows(props: {
  backups: readonly ConfigBackupItem[];
  reason: string | undefined;
  onRemove: (backup: ConfigBackupItem) => void;
}) {
  return (
    <div class="overflow-x-auto border-t border-line">
      <table class="w-full text-sm" aria-label={t('configBackup.title')}>
        <thead class="text-xs text-muted">
          <tr class="border-b border-line text-start">
            <th class="px-4 py-2 text-start font-medium">{t('configBackup.made')}</th>
            <th class="px-3 py-2 text-start font-medium max-sm:hidden">{t('configBackup.node')}</th>
            <th class="px-3 py-2 text-start font-medium">{t('configBackup.storage')}</th>
            <th class="px-3 py-2 text-end font-medium max-sm:hidden">{t('configBackup.size')}</th>
            <th class="px-4 py-2">
              <span class="sr-only">{t('common.actions')}</span>
            </th>
          </tr>
        </thead>
        <tbody>
          <For each={props.backups}>
            {(backup) => (
              <tr class="border-b border-line last:border-b-0">
                <td class="num px-4 py-2 whitespace-nowrap" title={backup.volid}>
                  {moment(backup.time)}
                </td>
                <td class="px-3 py-2 max-sm:hidden">{backup.node}</td>
                <td class="px-3 py-2">{backup.storage}</td>
                <td class="num px-3 py-2 text-end whitespace-nowrap max-sm:hidden">{bytes(backup.size)}</td>
                <td class="px-4 py-1">
                  <div class="flex items-center justify-end gap-1">
                    <A
                      class="control inline-flex items-center px-2 text-accent hover:underline"
                      href={`/config-backups?volume=${encodeURIComponent(backup.volid)}`}
                      aria-label={t('configBackup.compareOne', { when: moment(backup.time) })}
                    >
                      {t('configBackup.compare')}
                    </A>
                    <RowMenu
                      label={t('access.actionsOf', { what: moment(backup.time) })}
                      actions={[
                        {
                          label: t('configBackup.remove'),
                          onSelect: () => props.onRemove(backup),
                          reason: props.reason,
                          harsh: true,
                        },
                      ]}
                    />
                  </div>
                </td>
              </tr>
            )}
          </For>
        </tbody>
      </table>
    </div>
  );
}

function Secrets(props: {
  there: boolean;
  reason: string | undefined;
  onSet: () => void;
  onDrop: () => void;
}) {
  return (
    <Panel>
      <div class="flex flex-wrap items-center justify-between gap-3">
        <div class="flex min-w-0 flex-1 basis-72 gap-2.5">
          <KeyRound size={18} class={`mt-0.5 shrink-0 ${props.there ? 'text-ok' : 'text-muted'}`} />
          <div class="min-w-0">
            <p class="font-medium">{t(props.there ? 'configBackup.secretsIn' : 'configBackup.secretsOut')}</p>
            <p class="text-sm text-muted">
              {t(props.there ? 'configBackup.secretsInHint' : 'configBackup.secretsOutHint')}
            </p>
          </div>
        </div>
        <div class="flex flex-wrap gap-2">
          <Button reason={props.reason} onClick={props.onSet}>
            {t(props.there ? 'configBackup.passphraseChange' : 'configBackup.passphraseSet')}
          </Button>
          <Show when={props.there}>
            <Button look="ghost" reason={props.reason} onClick={props.onDrop}>
              {t('configBackup.passphraseDrop')}
            </Button>
          </Show>
        </div>
      </div>
    </Panel>
  );
}

function RemoveDialog(props: { backup: ConfigBackupItem; onClose: () => void }) {
  const when = () => moment(props.backup.time);
  return (
    <ConfirmDialog
      open
      onClose={props.onClose}
      title={t('configBackup.removeTitle', { when: when() })}
      action={t('configBackup.remove')}
      onConfirm={async () => {
        const { storage, volid } = props.backup;
        const ask = api('DELETE /nodes/{node}/storage/{storage}/content/{volume}', {
          ...{ node: anyNode(), storage, volume: volid },
        });
        await startTask(
          t('configBackup.compareOne', { when: when() }),
          ask.then((upid) => upid ?? ''),
        );
      }}
    >
      {t('configBackup.removeText')}
    </ConfirmDialog>
  );
}
