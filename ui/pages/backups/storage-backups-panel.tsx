// The backups of all guests on a storage, and pruning them.
import Scissors from 'lucide-solid/icons/scissors';
import { createSignal, lazy, Show, Suspense } from 'solid-js';
import { Button } from '../../components/button.tsx';
import { t } from '../../i18n/index.ts';
import type { Backup } from './backup-columns.tsx';
import { BackupsTable } from './backups-table.tsx';

const PruneDialog = lazy(() => import('./prune-dialog.tsx'));

export default function StorageBackupsPanel(props: { node: string; storage: string }) {
  const [pruning, setPruning] = createSignal<readonly Backup[]>();
  return (
    <section
      aria-label={t('content.backup')}
      class="flex min-h-0 flex-1 flex-col bg-surface lg:rounded-lg lg:border lg:border-line"
    >
      <BackupsTable
        node={props.node}
        storage={props.storage}
        emptyText={t('backup.noneHintAll')}
        tools={(all) => (
          <Button
            icon={<Scissors size={15} />}
            reason={all().length === 0 ? t('backup.none') : undefined}
            onClick={() => setPruning(all())}
          >
            {t('prune.open')}
          </Button>
        )}
      />
      <Show when={pruning()} keyed>
        {(backups) => (
          <Suspense>
            <PruneDialog
              node={props.node}
              storage={props.storage}
              backups={backups}
              onClose={() => setPruning(undefined)}
            />
          </Suspense>
        )}
      </Show>
    </section>
  );
}
