// Routes of tasks: lists, state, log, cancelling.
import { listClusterTasks } from '../../contract/cluster.ts';
import { getTaskLog, getTaskStatus, listNodeTasks, listTask, stopTask } from '../../contract/node-tasks.ts';
import { readList } from '../../contract/params.ts';
import { AppError, invalidInput } from '../../core/errors.ts';
import { isEnded, type TaskRecord } from '../../tasks/task.ts';
import { taskItem } from '../../tasks/task-item.ts';
import type { TaskRunner } from '../../tasks/task-runner.ts';
import type { TaskStore } from '../../tasks/task-store.ts';
import { readUpid } from '../../tasks/upid.ts';
import { maySeeTask } from '../event-visibility.ts';
import { type Caller, ReplyWith, type Route, route } from '../route.ts';
import { mayEndTask } from './task-ending.ts';

export interface TaskRouteParts {
  readonly node: string;
  readonly store: TaskStore;
  readonly runner: Pick<TaskRunner, 'cancel'>;
}

/** How many of the newest tasks the cluster's list shows. */
const recentTasks = 100;
const outcomes = ['ok', 'warning', 'error', 'unknown'] as const;

export function taskRoutes({ node, store, runner }: TaskRouteParts): Route[] {
  function visible(caller: Caller, upid: string): TaskRecord {
    if (!readUpid(upid)) throw invalidInput({ upid: `unable to parse worker upid '${upid.slice(0, 100)}'` });
    const record = store.read(upid);
    // A task that the caller may not see is answered like one that is not there.
    if (!record || !maySeeTask(caller, record.requester, record.node))
      throw new AppError('not-found', 'no such task');
    return record;
  }

  return [
    route(listClusterTasks, ({ caller }) =>
      store.list({ ...ownOnly(caller, node), limit: recentTasks }).tasks.map(taskItem),
    ),
    route(listNodeTasks, ({ params, caller }) => {
      const filter = {
        ...ownOnly(caller, node),
        source: params.source,
        errorsOnly: params.errors,
        objectId: params.vmid === undefined ? undefined : String(params.vmid),
        type: params.typefilter,
        userPart: params.userfilter,
        outcomes: params.statusfilter === undefined ? undefined : readOutcomes(params.statusfilter),
        createdFrom: params.since === undefined ? undefined : params.since * 1000,
        createdUntil: params.until === undefined ? undefined : params.until * 1000,
        start: params.start,
        limit: params.limit === 0 ? undefined : params.limit,
      };
      const { tasks, total } = store.list(filter);
      return new ReplyWith(tasks.map(taskItem), { total });
    }),
    route(listTask, ({ params, caller }) => {
      visible(caller, params.upid);
      return ['log', 'status'].map((name) => ({ name }));
    }),
    route(stopTask, async ({ params, caller }) => {
      const record = visible(caller, params.upid);
      if (!mayEndTask(caller, record))
        throw new AppError('forbidden', `Permission check failed (/nodes/${record.node}, Sys.Modify)`);
      await runner.cancel(params.upid);
      return null;
    }),
    route(getTaskLog, ({ params, caller }) => {
      visible(caller, params.upid);
      const range = {
        start: params.start,
        ...(params.limit === 0 || params.download ? {} : { limit: params.limit }),
      };
      const log = store.readLog(params.upid, range);
      const lines = (log?.lines ?? []).map(({ number, text }) => ({ n: number, t: text }));
      return new ReplyWith(lines.length > 0 || params.start > 0 ? lines : [{ n: 1, t: 'no content' }], {
        total: log?.total ?? 0,
      });
    }),
    route(getTaskStatus, ({ params, caller }) => {
      const record = visible(caller, params.upid);
      const { pid, pstart, starttime, type, id, user } = taskItem(record);
      const [userid = user, token] = user.split('!');
      return {
        upid: record.upid,
        node: record.node,
        pid,
        pstart,
        starttime,
        type,
        id,
        user: userid,
        ...(token === undefined ? {} : { tokenid: token }),
        ...(isEnded(record)
          ? { status: 'stopped' as const, exitstatus: record.exitStatus ?? 'unexpected status' }
          : { status: 'running' as const }),
      };
    }),
  ];
}

/** Without Sys.Audit on the node, a user sees its own tasks. */
function ownOnly(caller: Caller, node: string): { owner?: string } {
  return caller.may(`/nodes/${node}`, 'Sys.Audit') ? {} : { owner: caller.userid };
}

function readOutcomes(text: string): (typeof outcomes)[number][] {
  return readList(text).map((word) => {
    const outcome = outcomes.find((known) => known === word);
    if (!outcome) throw invalidInput({ statusfilter: `'${word}' is not one of ${outcomes.join(', ')}` });
    return outcome;
  });
}
