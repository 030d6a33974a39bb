// The permissions: who was given which role where; and what that comes to for somebody.
import { createSignal, Show } from 'solid-js';
import { t } from '../../i18n/index.ts';
import { createGrants, createGroups, createOwnRights, createPools, createRealms } from './access-data.ts';
import { EffectivePanel } from './effective-panel.tsx';
import { GrantTable } from './grant-table.tsx';
import { createKnownPaths } from './known-paths.ts';

export default function PermissionsTab() {
  const [revision, setRevision] = createSignal(0);
  const grants = createGrants();
  const rights = createOwnRights();
  const known = createKnownPaths({ pools: createPools(), groups: createGroups(), realms: createRealms() });
  return (
    <div class="flex flex-col gap-4">
      <GrantTable
        query={grants}
        grants={grants.data() ?? []}
        rights={rights}
        onChanged={() => {
          grants.reload();
          setRevision((count) => count + 1);
        }}
      />
      <Show when={rights.lacking('/access', 'Sys.Audit', 'Permissions.Modify')}>
        {(reason) => <p class="text-sm text-muted">{t('permissions.someHidden', { reason: reason() })}</p>}
      </Show>
      <EffectivePanel paths={known()} rights={rights} revision={revision()} />
    </div>
  );
}
