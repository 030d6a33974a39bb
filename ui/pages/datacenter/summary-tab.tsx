// The datacenter at a glance: whether all is well, what needs attention, what is free, what was done last.
import { createMemo } from 'solid-js';
import { nodes, storages } from '../../live/store.ts';
import { AttentionPanel } from './attention-panel.tsx';
import { storageViews } from './capacity.ts';
import { CapacityPanel } from './capacity-panel.tsx';
import { GuestsPanel } from './guests-panel.tsx';
import { NodesPanel } from './nodes-panel.tsx';
import { RecentTasks } from './recent-tasks.tsx';
import { StoragesPanel } from './storages-panel.tsx';

export function SummaryTab() {
  const sorted = createMemo(() => nodes().sort((a, b) => a.node.localeCompare(b.node)));
  const views = createMemo(() => storageViews(storages()));
  return (
    <div class="grid max-w-[100rem] grid-cols-[minmax(0,1fr)] items-start gap-4 xl:grid-cols-[minmax(0,2fr)_minmax(0,1fr)]">
      <div class="flex min-w-0 flex-col gap-4 max-xl:contents">
        <div class="max-xl:order-1">
          <AttentionPanel />
        </div>
        <div class="max-xl:order-4">
          <NodesPanel nodes={sorted()} />
        </div>
        <div class="max-xl:order-5">
          <StoragesPanel storages={views()} />
        </div>
      </div>
      <div class="flex min-w-0 flex-col gap-4 max-xl:contents">
        <div class="max-xl:order-2">
          <GuestsPanel />
        </div>
        <div class="max-xl:order-3">
          <CapacityPanel nodes={sorted()} storages={views()} />
        </div>
        <div class="max-xl:order-6">
          <RecentTasks />
        </div>
      </div>
    </div>
  );
}
