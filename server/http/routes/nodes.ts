// Routes of nodes: list, state, version, clock, measurements, network interfaces.

import type { ResourceIndex } from '../../cluster/resource-index.ts';
import {
  changeNodeStatus,
  getNodeRrdData,
  getNodeStatus,
  getNodeTime,
  getNodeVersion,
  listNode,
  listNodeNetwork,
  listNodes,
} from '../../contract/nodes.ts';
import type { ReadSeries } from '../../metrics/read-series.ts';
import type { NodeService } from '../../node/node-service.ts';
import { apiRelease, apiVersion, croftVersion } from '../../node/versions.ts';
import { type Route, route } from '../route.ts';

export interface NodeRouteParts {
  readonly index: ResourceIndex;
  readonly nodes: NodeService;
  readonly series: ReadSeries;
  /** Turns the machine off, or off and on again; returns when that has begun. */
  readonly power: (command: 'reboot' | 'shutdown') => Promise<void>;
}

const below = [
  ...['aplinfo', 'disks', 'dns', 'hardware', 'hosts', 'journal', 'lxc', 'netstat', 'network', 'qemu'],
  ...['report', 'rrddata', 'services', 'spiceshell', 'startall', 'status', 'stopall', 'storage'],
  ...['suspendall', 'syslog', 'tasks', 'termproxy', 'time', 'version', 'vncshell', 'vncwebsocket'],
];

export function nodeRoutes({ index, nodes, series, power }: NodeRouteParts): Route[] {
  return [
    route(listNodes, ({ caller }) =>
      index.visibleTo(caller, 'node').map((item) => ({
        node: item.node,
        id: item.id,
        type: 'node' as const,
        status: item.status === 'online' ? ('online' as const) : ('offline' as const),
        ...(item.maxcpu === undefined ? {} : { cpu: item.cpu ?? 0, maxcpu: item.maxcpu }),
        ...(item.maxmem === undefined ? {} : { mem: item.mem ?? 0, maxmem: item.maxmem }),
        ...(item.maxdisk === undefined ? {} : { disk: item.disk ?? 0, maxdisk: item.maxdisk }),
        ...(item.uptime === undefined ? {} : { uptime: item.uptime }),
        level: item.level ?? '',
        ssl_fingerprint: nodes.fingerprint(),
      })),
    ),
    route(listNode, () => below.map((name) => ({ name }))),
    route(getNodeStatus, () => nodes.status()),
    route(changeNodeStatus, async ({ params }) => {
      await power(params.command);
      return null;
    }),
    route(getNodeVersion, () => ({
      version: apiVersion,
      release: apiRelease,
      repoid: `croft-${croftVersion}`,
    })),
    route(getNodeTime, () => nodes.time()),
    route(getNodeRrdData, ({ params }) =>
      series(`node/${params.node}`, params.timeframe, params.cf ?? 'AVERAGE'),
    ),
    route(listNodeNetwork, async ({ params, signal, caller }) => {
      const interfaces = await nodes.interfaces(params.type, signal);
      if (
        caller.may(`/nodes/${params.node}`, 'Sys.Audit') ||
        caller.may(`/nodes/${params.node}`, 'Sys.Modify')
      )
        return interfaces;
      return interfaces.filter((item) => caller.may(`/sdn/zones/localnetwork/${item.iface}`, 'SDN.Use'));
    }),
  ];
}
