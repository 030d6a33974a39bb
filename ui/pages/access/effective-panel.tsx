// What somebody may do on a path, all grants together: asked of the daemon, told in plain words.
import { createMemo, createSignal, Match, Show, Switch } from 'solid-js';
import { api } from '../../api/client.ts';
import { createQuery } from '../../api/query.ts';
import { sessionUser } from '../../api/session.ts';
import { ErrorNote } from '../../components/error-note.tsx';
import { Panel, Skeleton } from '../../components/panel.tsx';
import { SuggestField, type Suggestion } from '../../components/suggest-field.tsx';
import { t, tn } from '../../i18n/index.ts';
import { createUsers, type OwnRights } from './access-data.ts';
import { asPath, pathKind } from './acl-paths.ts';
import { HeldPrivileges } from './privilege-marks.tsx';

interface EffectivePanelProps {
  /** Where; undefined: it is asked. */
  path?: string;
  paths?: readonly Suggestion[];
  rights: OwnRights;
  /** Changes when grants did. */
  revision: number;
}

/** Nothing lies below these. */
const leaves: ReadonlySet<string> = new Set(['guest', 'storage', 'node']);

export function EffectivePanel(props: EffectivePanelProps) {
  const [who, setWho] = createSignal(sessionUser());
  const [where, setWhere] = createSignal('/');
  const users = createUsers();
  const path = () => props.path ?? asPath(where());
  /** Only who is known is asked for: while a name is typed it is none. */
  const known = createMemo(() =>
    (users.data() ?? []).flatMap(({ userid, tokens }) => [
      userid,
      ...(tokens ?? []).map((one) => `${userid}!${one.tokenid}`),
    ]),
  );
  const asked = () => (who() === sessionUser() || known().includes(who().trim()) ? who().trim() : undefined);
  const others = () => props.rights.lacking('/access', 'Sys.Audit');
  const held = createQuery(
    () => {
      const [userid, at] = [asked(), path()];
      return userid !== undefined && at !== undefined && { userid, path: at, revision: props.revision };
    },
    ({ userid, path }) => api('GET /access/permissions', { userid, path }),
  );
  const privileges = () => {
    const at = path();
    return at === undefined ? undefined : held.data()?.[at];
  };
  const count = () => Object.keys(privileges() ?? {}).length;

  return (
    <Panel title={t(props.path === undefined ? 'permissions.check' : 'permissions.checkHere')}>
      <div class="flex flex-col gap-4">
        <div class="grid max-w-3xl items-start gap-4 sm:grid-cols-2">
          <SuggestField
            label={t('permissions.checkWho')}
            value={who()}
            onValue={setWho}
            suggestions={known().map((value) => ({ value }))}
            hint={others()}
            error={
              asked() === undefined && users.data() !== undefined ? t('permissions.unknownWho') : undefined
            }
          />
          <Show when={props.path === undefined}>
            <SuggestField
              label={t('permissions.path')}
              value={where()}
              onValue={setWhere}
              suggestions={props.paths ?? []}
              error={path() === undefined ? t('access.problem.path') : undefined}
              mono
            />
          </Show>
        </div>
        <ErrorNote error={held.error()} retry={held.reload} />
        <div aria-live="polite">
          <Switch>
            <Match when={asked() === undefined || path() === undefined || held.error()}>{null}</Match>
            <Match when={privileges() === undefined}>
              <Skeleton lines={4} />
            </Match>
            <Match when={count() === 0}>
              <p class="text-sm">{t('permissions.nothing', { who: who(), path: path() ?? '' })}</p>
            </Match>
            <Match when={privileges()}>
              {(all) => (
                <>
                  <p class="mb-3 text-sm text-muted">{tn('permissions.holds', count(), { who: who() })}</p>
                  <HeldPrivileges held={all()} leaf={leaves.has(pathKind(path() ?? ''))} />
                </>
              )}
            </Match>
          </Switch>
        </div>
      </div>
    </Panel>
  );
}
