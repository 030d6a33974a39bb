// A virtual machine: its actions and its tabs.
import Monitor from 'lucide-solid/icons/monitor';
import { lazy, Show } from 'solid-js';
import type { ResourceItem } from '../../../server/contract/resources.ts';
import { Badge } from '../../components/panel.tsx';
import { t } from '../../i18n/index.ts';
import { GuestActions } from '../guest/guest-actions.tsx';
import { GuestPage } from '../guest/guest-page.tsx';
import { VmSummary } from './vm-summary.tsx';

const ConsoleTab = lazy(() => import('./console-tab.tsx'));
const HardwareTab = lazy(() => import('./hardware-tab.tsx'));
const OptionsTab = lazy(() => import('./options-tab.tsx'));

const hardwareKeys =
  /^(cores|sockets|memory|balloon|cpu|bios|machine|scsihw|vga|((ide|sata|scsi|virtio|net|serial|efidisk|unused)\d+))$/;

export default function VmPage() {
  return (
    <GuestPage
      kind="qemu"
      icon={<Monitor size={20} />}
      actions={() => <GuestActions deleteText={t('vm.deleteText')} />}
      badges={Emulated}
      tabs={[
        { name: 'summary', label: t('tab.summary'), page: VmSummary },
        { name: 'console', label: t('tab.console'), page: ConsoleTab, flush: true },
        { name: 'hardware', label: t('tab.hardware'), page: HardwareTab, owns: hardwareKeys },
        { name: 'options', label: t('tab.options'), page: OptionsTab, owns: /./ },
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
