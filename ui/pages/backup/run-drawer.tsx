// The task of a job's newest run, with its log; also when it is too old to be among the tasks that are followed.
import type { BackupJobItem } from '../../../server/contract/cluster-backup.ts';
import { Drawer } from '../../components/drawer.tsx';
import { TaskDetails } from '../../components/task-details.tsx';
import { lastRun, lastTry } from './job-state.tsx';
import { jobName } from './job-words.ts';

export default function RunDrawer(props: { job: BackupJobItem; upid: string; onClose: () => void }) {
  // UPID:node:pid:pstart:starttime:type:id:user:
  const [, node = '', , , , type = 'vzdump', id = '', user = ''] = props.upid.split(':');
  const run = () => [lastRun(props.job), lastTry(props.job)].find((one) => one?.upid === props.upid);
  return (
    <Drawer open onClose={props.onClose} title={jobName(props.job)}>
      <TaskDetails
        upid={props.upid}
        known={{
          ...{ upid: props.upid, node, type, id, user, pid: 0, pstart: 0 },
          ...{ starttime: run()?.at ?? 0, state: run()?.state ?? '' },
          ...(run()?.status === undefined ? {} : { status: run()?.status ?? '' }),
          description: jobName(props.job),
          cancellable: false,
        }}
      />
    </Drawer>
  );
}
