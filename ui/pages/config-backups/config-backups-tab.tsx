// Backups of the configuration: the list, or with `?volume=` what differs between one of them and now.
import { useSearchParams } from '@solidjs/router';
import { Show } from 'solid-js';
import { BackupsPanel } from './backups-panel.tsx';
import { ComparisonView } from './comparison-view.tsx';

export default function ConfigBackupsTab() {
  const [search] = useSearchParams<{ volume?: string }>();
  return (
    <div class="flex max-w-5xl flex-col gap-4">
      <Show when={search.volume} keyed fallback={<BackupsPanel />}>
        {(volume) => <ComparisonView volume={volume} />}
      </Show>
    </div>
  );
}
