// What users set for themselves: password, second factor, API tokens, SSH keys, language and theme.
import CircleUser from 'lucide-solid/icons/circle-user';
import { createMemo, createSignal, Show } from 'solid-js';
import { api } from '../../api/client.ts';
import { createQuery } from '../../api/query.ts';
import { sessionUser } from '../../api/session.ts';
import { Button } from '../../components/button.tsx';
import { ErrorNote } from '../../components/error-note.tsx';
import { SelectField } from '../../components/field.tsx';
import { KeyValues, Panel, Skeleton } from '../../components/panel.tsx';
import { locale, t } from '../../i18n/index.ts';
import { type LanguageCode, languageCodes, languages, setLanguage } from '../../i18n/languages.ts';
import { PageHeader } from '../../shell/page-header.tsx';
import { setTheme, type Theme, theme } from '../../theme/theme.ts';
import { createUsers, listOf } from '../access/access-data.ts';
import { PasswordDialog } from './password-dialog.tsx';
import { SecondFactorPanel } from './second-factor-panel.tsx';
import { SshKeysPanel } from './ssh-keys-panel.tsx';
import { LastDay, TokenPanel } from './token-panel.tsx';

export default function AccountPage() {
  const userid = sessionUser();
  const tokens = createQuery(
    () => ({ userid }),
    (of) => api('GET /access/users/{userid}/token', of),
  );
  const lines = createMemo(() => (tokens.data() ?? []).map((one) => ({ ...one, userid })));
  return (
    <>
      <PageHeader icon={<CircleUser size={20} />} title={t('account.title')} />
      <div class="min-h-0 flex-1 overflow-y-auto border-t border-line p-4 lg:p-6">
        <div class="grid max-w-[80rem] items-start gap-4 xl:grid-cols-[minmax(0,2fr)_minmax(0,1fr)]">
          <div class="flex min-w-0 flex-col gap-4">
            <SecondFactorPanel />
            <TokenPanel title={t('tokens.title')} query={tokens} tokens={lines()} owners={[userid]} />
            <SshKeysPanel />
          </div>
          {/* Where there is one column: who it is comes first, how it looks last. */}
          <div class="flex min-w-0 flex-col gap-4 max-xl:contents">
            <WhoPanel userid={userid} />
            <LooksPanel />
          </div>
        </div>
      </div>
    </>
  );
}

function WhoPanel(props: { userid: string }) {
  const [changing, setChanging] = createSignal(false);
  const users = createUsers();
  const own = () => users.data()?.find((one) => one.userid === props.userid);
  return (
    <Panel
      title={t('account.who')}
      class="max-xl:order-first"
      actions={<Button onClick={() => setChanging(true)}>{t('account.changePassword')}</Button>}
    >
      <ErrorNote error={users.error()} retry={users.reload} />
      <Show when={own()} fallback={<Show when={!users.error()}>{<Skeleton lines={3} />}</Show>}>
        {(user) => (
          <KeyValues
            facts={[
              { name: t('users.user'), value: user().userid },
              { name: t('users.fullName'), value: fullNameOf(user()) || '–' },
              { name: t('users.email'), value: user().email || '–' },
              { name: t('users.groups'), value: listOf(user().groups).join(', ') || '–' },
              { name: t('access.lastDay'), value: <LastDay expire={user().expire} /> },
            ]}
          />
        )}
      </Show>
      <Show when={changing()}>
        <PasswordDialog userid={props.userid} onClose={() => setChanging(false)} />
      </Show>
    </Panel>
  );
}

const fullNameOf = (user: { firstname?: string | undefined; lastname?: string | undefined }) =>
  [user.firstname, user.lastname].filter(Boolean).join(' ');

const themes = ['system', 'light', 'dark'] as const satisfies readonly Theme[];

/** They are kept in this browser. */
function LooksPanel() {
  return (
    <Panel title={t('account.looks')}>
      <div class="flex flex-col gap-4">
        <SelectField
          label={t('account.language')}
          hint={t('account.looksHint')}
          value={locale()}
          onValue={(code) => void setLanguage(code as LanguageCode)}
          choices={languageCodes.map((code) => ({ value: code, label: languages[code].name }))}
        />
        <SelectField
          label={t('account.theme')}
          value={theme()}
          onValue={(value) => setTheme(value as Theme)}
          choices={themes.map((one) => ({ value: one, label: t(`account.theme.${one}`) }))}
        />
      </div>
    </Panel>
  );
}
