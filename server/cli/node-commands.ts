// `croft node`: how the node is; its guests shut down before it goes down; its disks.
import type { Command } from 'commander';
import { addDiskCommands } from './disk-commands.ts';
import { finish } from './follow-task.ts';
import { renderBytes, renderDuration, renderPairs } from './render.ts';
import type { Session } from './session.ts';

interface NodeStatus {
  readonly uptime?: number;
  readonly cpu?: number;
  readonly loadavg?: readonly (string | number)[];
  readonly cpuinfo?: { readonly model?: string; readonly cpus?: number };
  readonly memory?: { readonly used: number; readonly total: number };
  readonly rootfs?: { readonly used: number; readonly total: number };
  readonly pveversion?: string;
  readonly kversion?: string;
}

interface NodeLine {
  readonly node: string;
  readonly accelerator?: string;
  readonly acceleratorReason?: string;
}

/** As many as the API allows: a machine that goes down has nothing else to do. */
const mostWorkers = 64;

/** Adds the group `node`. */
export function addNodeCommands(program: Command, session: () => Session): void {
  const group = program.command('node').description('this machine');
  group
    .command('status')
    .description('load, memory, versions')
    .action(() => showStatus(session()));
  group
    .command('stop-guests')
    .description('shut all guests down in order, as before the machine goes down')
    .action(async () => {
      const path = `/nodes/${encodeURIComponent(await session().node())}/stopall`;
      await finish(session(), await session().client.call('POST', path, { 'max-workers': mostWorkers }));
    });
  addDiskCommands(group, session);
}

async function showStatus(session: Session): Promise<void> {
  const node = await session.node();
  const [status, resources] = await Promise.all([
    session.client.call<NodeStatus>('GET', `/nodes/${encodeURIComponent(node)}/status`),
    session.client.call<NodeLine[]>('GET', '/cluster/resources', { type: 'node' }),
  ]);
  const line = resources.find((one) => one.node === node);
  session.answer({ node, ...status }, () => renderPairs(statusPairs(node, status, line)));
}

function statusPairs(node: string, status: NodeStatus, line: NodeLine | undefined): [string, string][] {
  const { cpuinfo, memory, rootfs } = status;
  const share = (part: { used: number; total: number } | undefined): string =>
    part ? `${renderBytes(part.used)} of ${renderBytes(part.total)}` : '';
  const pairs: [string, string][] = [
    ['node', node],
    ['version', status.pveversion ?? ''],
    ['kernel', status.kversion ?? ''],
    ['uptime', renderDuration(status.uptime)],
    ['processors', [cpuinfo?.cpus, cpuinfo?.model].filter((part) => part !== undefined).join(' x ')],
    ['busy', status.cpu === undefined ? '' : `${(status.cpu * 100).toFixed(0)}%`],
    ['load', status.loadavg?.join(' ') ?? ''],
    ['memory', share(memory)],
    ['root disk', share(rootfs)],
    ['acceleration', [line?.accelerator, line?.acceleratorReason].filter(Boolean).join(': ')],
  ];
  return pairs.filter(([, value]) => value !== '');
}
