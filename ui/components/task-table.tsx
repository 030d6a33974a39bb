// A table of tasks; its code comes when it is first shown.
import { Suspense } from 'solid-js';
import type { TaskItem } from '../../server/contract/tasks.ts';
import { page } from '../i18n/page.ts';
import { Skeleton } from './panel.tsx';

const TaskList = page(() => import('./task-list.tsx'));

export interface TaskTableProps {
  tasks: readonly TaskItem[];
  label: string;
  /** What is said when there are none. */
  empty: string;
  /** The task whose log is shown, where that is decided elsewhere; then `onChoose` is told of choices. */
  chosen?: string | undefined;
  onChoose?: (upid: string | undefined) => void;
}

/** Fills its box, and scrolls in it; choosing a task shows its log beside or instead. */
export function TaskTable(props: TaskTableProps) {
  return (
    <Suspense
      fallback={
        <div class="px-4 py-2">
          <Skeleton lines={4} />
        </div>
      }
    >
      <TaskList {...props} />
    </Suspense>
  );
}
