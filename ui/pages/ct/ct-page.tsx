// A container: its actions and its tabs.
import Box from 'lucide-solid/icons/box';
import { lazy } from 'solid-js';
import { t } from '../../i18n/index.ts';
import { GuestPage } from '../guest/guest-page.tsx';
import { CtActions } from './ct-actions.tsx';
import { CtSummary } from './ct-summary.tsx';

const GuestBackupsTab = lazy(() => import('../backups/guest-backups-tab.tsx'));
const ConsoleTab = lazy(() => import('./console-tab.tsx'));
const ResourcesTab = lazy(() => import('./resources-tab.tsx'));
const NetworkTab = lazy(() => import('./network-tab.tsx'));
const DnsTab = lazy(() => import('./dns-tab.tsx'));
const OptionsTab = lazy(() => import('./options-tab.tsx'));
const SnapshotsTab = lazy(() => import('../guest/snapshots-tab.tsx'));

const resourceKeys = /^(cores|cpulimit|cpuunits|memory|swap|rootfs|((mp|dev|unused)\d+))$/;
const dnsKeys = /^(hostname|nameserver|searchdomain)$/;

export default function CtPage() {
  return (
    <GuestPage
      kind="lxc"
      icon={<Box size={20} />}
      actions={CtActions}
      tabs={[
        { name: 'summary', label: t('tab.summary'), page: CtSummary },
        { name: 'console', label: t('tab.console'), page: ConsoleTab, flush: true, notOfTemplates: true },
        { name: 'resources', label: t('tab.resources'), page: ResourcesTab, owns: resourceKeys },
        { name: 'network', label: t('tab.network'), page: NetworkTab, owns: /^net\d+$/ },
        { name: 'dns', label: t('tab.dns'), page: DnsTab, owns: dnsKeys },
        { name: 'options', label: t('tab.options'), page: OptionsTab, owns: /./ },
        { name: 'snapshots', label: t('tab.snapshots'), page: SnapshotsTab, notOfTemplates: true },
        { name: 'backups', label: t('tab.backup'), page: GuestBackupsTab },
      ]}
    />
  );
}
