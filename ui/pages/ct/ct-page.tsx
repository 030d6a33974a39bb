// A container: its actions and its tabs.
import Box from 'lucide-solid/icons/box';
import { lazy } from 'solid-js';
import { t } from '../../i18n/index.ts';
import { GuestPage } from '../guest/guest-page.tsx';
import { CtActions } from './ct-actions.tsx';
import { CtSummary } from './ct-summary.tsx';

const ConsoleTab = lazy(() => import('./console-tab.tsx'));
const ResourcesTab = lazy(() => import('./resources-tab.tsx'));
const NetworkTab = lazy(() => import('./network-tab.tsx'));
const DnsTab = lazy(() => import('./dns-tab.tsx'));
const OptionsTab = lazy(() => import('./options-tab.tsx'));
const SnapshotsTab = lazy(() => import('./snapshots-tab.tsx'));

export default function CtPage() {
  return (
    <GuestPage
      kind="lxc"
      icon={<Box size={20} />}
      actions={CtActions}
      tabs={[
        { name: 'summary', label: t('tab.summary'), page: CtSummary },
        { name: 'console', label: t('tab.console'), page: ConsoleTab, flush: true },
        { name: 'resources', label: t('tab.resources'), page: ResourcesTab },
        { name: 'network', label: t('tab.network'), page: NetworkTab },
        { name: 'dns', label: t('tab.dns'), page: DnsTab },
        { name: 'options', label: t('tab.options'), page: OptionsTab },
        { name: 'snapshots', label: t('tab.snapshots'), page: SnapshotsTab },
      ]}
    />
  );
}
