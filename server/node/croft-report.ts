// What the report for support tells of Croft itself: versions, guests, storages, services, tasks that failed.

import { nodeServices } from '../contract/node-services.ts';
import type { ResourceItem } from '../contract/resources.ts';
import type { NodeHost } from './node-host.ts';
import type { ReportSection } from './node-report.ts';
import { apiVersion, croftVersion } from './versions.ts';

export interface CroftReportParts {
  readonly node: string;
  readonly host: Pick<NodeHost, 'services' | 'timeZone'>;
  accelerator(): { readonly accelerator: string; readonly reason: string };
  warnings(): Promise<readonly string[]>;
  resources(): readonly ResourceItem[];
  /** One line for each of the last tasks that did not end well. */
  failedTasks(): readonly string[];
}

const mostGuests = 500;

export function croftSections(parts: CroftReportParts): ReportSection[] {
  const { node, host } = parts;
  const listed =
    (types: readonly ResourceItem['type'][], line: (item: ResourceItem) => string) => async () => {
      const all = parts.resources().filter(({ type }) => types.includes(type));
      const more = all.length - mostGuests;
      return [...all.slice(0, mostGuests).map(line), ...(more > 0 ? [`and ${more} more`] : [])].join('\n');
    };
  return [
    {
      title: 'Croft',
      text: async () => {
        const { accelerator, reason } = parts.accelerator();
        return [
          `version ${croftVersion}, API ${apiVersion}, node ${node}`,
          `running for ${Math.round(process.uptime())} s, memory ${Math.round(process.memoryUsage.rss() / 1024 ** 2)} MiB`,
          `Node ${process.version}, time zone ${host.timeZone.read()}`,
          `virtual machines: ${accelerator} (${reason})`,
          ...(await parts.warnings()).map((warning) => `! ${warning}`),
        ].join('\n');
      },
    },
    {
      title: 'Services',
      text: async (signal) =>
        (await host.services.states(nodeServices, signal))
          .map((one) => `${one.service}: ${one['active-state']} (${one.state}), ${one['unit-state']}`)
          .join('\n'),
    },
    {
      title: 'Guests',
      text: listed(
        ['qemu', 'lxc'],
        (item) =>
          `${item.type} ${item.vmid}: ${item.status}, ${item.maxcpu ?? '?'} CPU, ${mebibytes(item.maxmem)}`,
      ),
    },
    {
      title: 'Storages',
      text: listed(
        ['storage'],
        (item) =>
          `${item.storage} (${item.plugintype ?? '?'}): ${item.status}, ${mebibytes(item.disk)} of ${mebibytes(item.maxdisk)} used`,
      ),
    },
    { title: 'Tasks that failed', text: async () => parts.failedTasks().join('\n') },
  ];
}

function mebibytes(bytes: number | undefined): string {
  return bytes === undefined ? '?' : `${Math.round(bytes / 1024 ** 2)} MiB`;
}
