// The part of the daemon that looks after the machine itself, put together: services, logs, disks, settings, terminal, report.

import { randomUUID } from 'node:crypto';
import type { ResourceIndex } from './cluster/resource-index.ts';
import type { GuestStates } from './guests/guest-states.ts';
import type { Accelerator } from './node/accelerator-choice.ts';
import { croftSections } from './node/croft-report.ts';
import type { NodeConfig } from './node/node-config.ts';
import type { NodeHost } from './node/node-host.ts';
import type { NodeService } from './node/node-service.ts';
import { nodeServiceKinds } from './tasks/kinds/node-service.ts';
import type { TaskRunner } from './tasks/task-runner.ts';
import type { TaskStore } from './tasks/task-store.ts';

export interface NodePartNeeds {
  readonly node: string;
  readonly host: NodeHost;
  readonly config: NodeConfig;
  readonly nodes: NodeService;
  readonly index: ResourceIndex;
  readonly runner: TaskRunner;
  readonly taskStore: TaskStore;
  /** Of containers. */
  readonly containerStates: GuestStates;
  accelerator(): Accelerator;
  warnings(): Promise<readonly string[]>;
  /** After something that a page shows has changed. */
  readonly onChange: () => void;
  startTask(type: string, params: object, requester: string): Promise<string>;
}

const failedTasksShown = 30;

/** Registers the task kinds. What it returns are the parts of the routes. */
export function assembleNode(needs: NodePartNeeds) {
  const { node, host, nodes, index, runner, taskStore, containerStates } = needs;
  const { startTask, onChange, warnings } = needs;
  const rules = {
    services: host.services,
    life: randomUUID(),
    containersRunning: () => containerStates.all().length > 0,
  };
  for (const kind of nodeServiceKinds(rules)) runner.register(kind);
  const report = croftSections({
    ...{ node, host, warnings },
    accelerator: () => needs.accelerator(),
    resources: () => index.all(),
    failedTasks: () =>
      taskStore
        .list({ errorsOnly: true, limit: failedTasksShown })
        .tasks.map(
          ({ createdAt, description, exitStatus }) =>
            `${new Date(createdAt).toISOString()} ${description}: ${exitStatus ?? ''}`,
        ),
  });
  return {
    machine: { host, config: needs.config, nodes, report, onChange },
    services: { ...rules, startTask },
  };
}
