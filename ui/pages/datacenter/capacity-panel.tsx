// What of all processors, memory and storages is in use.
import type { ResourceItem } from '../../../server/contract/resources.ts';
import { Meter } from '../../components/meter.tsx';
import { Panel } from '../../components/panel.tsx';
import { bytes, percent, share } from '../../format/show.ts';
import { t, tn } from '../../i18n/index.ts';
import { memoryOf, processorsOf, type StorageView, spaceOf } from './capacity.ts';

interface CapacityPanelProps {
  nodes: readonly ResourceItem[];
  storages: readonly StorageView[];
}

export function CapacityPanel(props: CapacityPanelProps) {
  const cpu = () => processorsOf(props.nodes);
  const memory = () => memoryOf(props.nodes);
  const space = () => spaceOf(props.storages);
  return (
    <Panel title={t('capacity.title')}>
      <div class="flex flex-col gap-4">
        <Meter
          label={t('capacity.cpu')}
          share={share(cpu().used, cpu().total)}
          text={t('capacity.cpuText', {
            share: percent(share(cpu().used, cpu().total)),
            cores: tn('unit.cores', cpu().total),
          })}
        />
        <Meter
          label={t('capacity.memory')}
          share={share(memory().used, memory().total)}
          text={t('common.of', { used: bytes(memory().used), total: bytes(memory().total) })}
        />
        <Meter
          label={t('capacity.storage')}
          share={share(space().used, space().total)}
          text={t('common.of', { used: bytes(space().used), total: bytes(space().total) })}
        />
      </div>
    </Panel>
  );
}
