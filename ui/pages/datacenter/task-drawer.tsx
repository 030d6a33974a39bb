// A task and its log in a drawer over the page.
import { Drawer } from '../../components/drawer.tsx';
import { TaskDetails } from '../../components/task-details.tsx';
import { live } from '../../live/store.ts';

export default function TaskDrawer(props: { upid: string; onClose: () => void }) {
  return (
    <Drawer open onClose={props.onClose} title={live.tasks[props.upid]?.description ?? ''}>
      <TaskDetails upid={props.upid} />
    </Drawer>
  );
}
