// A virtual machine: its actions and its tabs.
import Monitor from 'lucide-solid/icons/monitor';
import { lazy, Show } from 'solid-js';
import type { ResourceItem } from '../../../server/contract/resources.ts';
import { Badge } from '../../components/panel.tsx';
import { cloudInitKeys } from '../../forms/cloud-init.ts';
import { t } from '../../i18n/index.ts';
import { GuestActions } from '../guest/guest-actions.tsx';
import { GuestPage } from '../guest/guest-page.tsx';
import { VmSummary } from './vm-summary.tsx';

const GuestBackupsTab = lazy(() => import('../backups/guest-backups-tab.tsx'));
const CloudInitTab = lazy(() => import('./cloud-init-tab.tsx'));
const ConsoleTab = lazy(() => import('./console-tab.tsx'));
const HardwareTab = lazy(() => import('./hardware-tab.tsx'));
const OptionsTab = lazy(() => import('./options-tab.tsx'));
const SnapshotsTab = lazy(() => import('../guest/snapshots-tab.tsx'));

const hardwareKeys =
  /^(cores|sockets|vcpus|cpu(limit|units)?|numa|affinity|memory|balloon|shares|allow-ksm|bios|machine|scsihw|vga|tablet|watchdog|((ide|sata|scsi|virtio|net|serial|efidisk|tpmstate|rng|audio|unused)\d+))$/;

export default function VmPage() {
  return (
    <GuestPage
      kind="qemu"
      icon={<Monitor size={20} />}
      actions={() => <GuestActions deleteText={t('vm.deleteText')} />}
      badges={Emulated}
      tabs={[
        { name: 'summary', label: t('tab.summary'), page: VmSummary },
        { name: 'console', label: t('tab.console'), page: ConsoleTab, flush: true, notOfTemplates: true },
        { name: 'hardware', label: t('tab.hardware'), page: HardwareTab, owns: hardwareKeys },
        { name: 'cloud-init', label: t('tab.cloudInit'), page: CloudInitTab, owns: cloudInitKeys },
        { name: 'options', label: t('tab.options'), page: OptionsTab, owns: /./ },
        { name: 'snapshots', label: t('tab.snapshots'), page: SnapshotsTab, notOfTemplates: true },
        { name: 'backups', label: t('tab.backup'), page: GuestBackupsTab },
      ]}
    />
  );
}

function Emulated(props: { item: ResourceItem }) {
  return (
    <Show when={props.item.accelerator === 'tcg' && props.item.status !== 'stopped'}>
      <Badge tone="warn" title={props.item.acceleratorReason ?? t('node.noAccelerationHint')}>
        {t('vm.emulated')}
      </Badge>
    </Show>
  );
}
