// `croft task`: list, log, watch, cancel.
import type { Command } from 'commander';
import type { TaskItem } from '../contract/tasks.ts';
import { AppError } from '../core/errors.ts';
import { isSuccess, readTaskLog, taskPath, watchTask } from './follow-task.ts';
import { printable, renderDuration, renderTable, renderTime } from './render.ts';
import type { Session } from './session.ts';

/** Adds the group `task`. */
export function addTaskCommands(program: Command, session: () => Session): void {
  const group = program.command('task').description('work under way and done');

  group
    .command('list')
    .alias('ls')
    .description('tasks of the node, newest first')
    .option('--running', 'only those that have not ended')
    .option('--errors', 'only those that failed')
    .option('--limit <number>', 'how many at most', '20')
    .action((options: { running?: boolean; errors?: boolean; limit: string }) =>
      listTasks(session(), options),
    );

  group
    .command('log')
    .description('what a task has said')
    .argument('<upid>')
    .action((upid: string) => showLog(session(), upid));

  group
    .command('watch')
    .description('follow a task until it ends; fails when the task fails')
    .argument('<upid>')
    .action((upid: string) => watch(session(), upid));

  group
    .command('cancel')
    .description('stop a task and undo what it did')
    .argument('<upid>')
    .action((upid: string) => cancel(session(), upid));
}

async function listTasks(
  session: Session,
  options: { running?: boolean; errors?: boolean; limit: string },
): Promise<void> {
  const node = await session.node();
  const tasks = await session.client.call<TaskItem[]>('GET', `/nodes/${encodeURIComponent(node)}/tasks`, {
    source: options.running ? 'active' : 'all',
    limit: options.limit,
    ...(options.errors ? { errors: '1' } : {}),
  });
  session.answer(tasks, () =>
    renderTable(
      tasks,
      [
        { title: 'STARTED', value: (task) => renderTime(task.starttime) },
        { title: 'TOOK', value: took, right: true },
        { title: 'USER', value: (task) => task.user },
        { title: 'WHAT', value: (task) => task.description ?? `${task.type} ${task.id}` },
        { title: 'STATUS', value: stateOf },
        { title: 'UPID', value: (task) => task.upid },
      ],
      { none: 'no tasks', paint: session.painter },
    ),
  );
}

function took(task: TaskItem): string {
  return task.endtime === undefined ? '' : renderDuration(task.endtime - task.starttime) || '0s';
}

function stateOf(task: TaskItem): string {
  if (task.status !== undefined)
    return task.status.length > 40 ? `${task.status.slice(0, 37)}...` : task.status;
  if (task.waitingFor !== undefined) return `waits for ${task.waitingFor}`;
  return task.progress === undefined ? 'running' : `running ${Math.floor(task.progress * 100)}%`;
}

async function showLog(session: Session, upid: string): Promise<void> {
  const lines = await readTaskLog(session, upid, 0);
  session.answer(lines, () => lines.map((line) => `${printable(line)}\n`).join(''));
}

async function watch(session: Session, upid: string): Promise<void> {
  const exitstatus = await watchTask(session, upid);
  session.answer({ upid, exitstatus }, () => `${exitstatus}\n`);
  if (!isSuccess(exitstatus)) throw new AppError('command-failed', `the task failed: ${exitstatus}`);
}

async function cancel(session: Session, upid: string): Promise<void> {
  await session.client.call('DELETE', taskPath(upid));
  if (!session.wait) return;
  const exitstatus = await watchTask(session, upid);
  session.answer({ upid, exitstatus }, () => `${exitstatus}\n`);
}
