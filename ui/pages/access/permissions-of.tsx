// Who may do what with one thing: the roles given on its path, those that reach it from above, and what that comes to.
import { createMemo, createSignal, For, Show } from 'solid-js';
import { Panel } from '../../components/panel.tsx';
import { t } from '../../i18n/index.ts';
import { createGrants, createOwnRights } from './access-data.ts';
import { grantsOn } from './acl-paths.ts';
import { EffectivePanel } from './effective-panel.tsx';
import { GrantTable } from './grant-table.tsx';
import { pathWord } from './known-paths.ts';

interface PermissionsOfProps {
  /** `/vms/100`, `/storage/local`, `/nodes/pve1`. */
  path: string;
  /** The pools that it is in. */
  pools?: readonly string[];
}

export default function PermissionsOf(props: PermissionsOfProps) {
  const [revision, setRevision] = createSignal(0);
  const grants = createGrants();
  const rights = createOwnRights();
  const on = createMemo(() => grantsOn(grants.data() ?? [], props.path, props.pools ?? []));
  return (
    <div class="flex max-w-[80rem] flex-col gap-4">
      <GrantTable
        path={props.path}
        title={t('permissions.here')}
        query={grants}
        grants={on().here}
        rights={rights}
        onChanged={() => {
          grants.reload();
          setRevision((count) => count + 1);
        }}
      />
      <Show when={on().above.length > 0}>
        <Panel title={t('permissions.above')}>
          <p class="mb-2 text-sm text-muted">{t('permissions.aboveHint')}</p>
          <ul class="flex flex-col" aria-label={t('permissions.above')}>
            <For each={on().above}>
              {(grant) => (
                <li class="grid gap-x-4 border-b border-line py-2 text-sm break-words last:border-b-0 sm:grid-cols-3">
                  <span>
                    {grant.ugid} <span class="text-muted">{t(`permissions.kind.${grant.type}`)}</span>
                  </span>
                  <span>{grant.roleid}</span>
                  <span class="text-muted">
                    <span class="font-mono text-xs">{grant.path}</span> {pathWord(grant.path)}
                  </span>
                </li>
              )}
            </For>
          </ul>
        </Panel>
      </Show>
      <EffectivePanel path={props.path} rights={rights} revision={revision()} />
    </div>
  );
}
