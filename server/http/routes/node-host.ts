// Routes of what the machine itself says and is told: logs, report, hardware, name servers, time zone, hosts, counters.
import {
  listHardware,
  listMediatedTypes,
  listPci,
  listPciDevice,
  listUsb,
} from '../../contract/node-hardware.ts';
import { getNodeReport, readJournal, readSyslog } from '../../contract/node-logs.ts';
import { getNodeInterface, getNodeTraffic } from '../../contract/node-network.ts';
import { nodeServices } from '../../contract/node-services.ts';
import {
  getNodeConfig,
  getNodeDns,
  getNodeHosts,
  setNodeConfig,
  setNodeDns,
  setNodeHosts,
  setNodeTime,
} from '../../contract/node-settings.ts';
import { readList } from '../../contract/params.ts';
import { invalidInput, notFound } from '../../core/errors.ts';
import type { NodeConfig } from '../../node/node-config.ts';
import type { NodeHost } from '../../node/node-host.ts';
import { type ReportSection, renderReport } from '../../node/node-report.ts';
import type { NodeService } from '../../node/node-service.ts';
import { unitOf } from '../../node/system-services.ts';
import { ReplyWith, type Route, route } from '../route.ts';

export interface NodeHostRouteParts {
  readonly host: NodeHost;
  readonly config: NodeConfig;
  readonly nodes: Pick<NodeService, 'interfaces'>;
  /** Of the report, what the daemon itself knows. */
  readonly report: readonly ReportSection[];
  /** After something that a page shows has changed. */
  readonly onChange: () => void;
}

export function nodeHostRoutes(parts: NodeHostRouteParts): Route[] {
  return [...readingRoutes(parts), ...settingRoutes(parts)];
}

function readingRoutes({ host, nodes, report }: NodeHostRouteParts): Route[] {
  const { logs, hardware } = host;
  return [
    route(readSyslog, async ({ params, signal }) => {
      const { limit, start, since, until, service } = params;
      const unit = service === undefined ? undefined : unitNamed(service);
      const { lines, total, reason } = await logs.syslog({ limit, start, since, until, unit }, signal);
      return new ReplyWith(lines, { total, ...(reason === undefined ? {} : { reason }) });
    }),
    route(readJournal, async ({ params: { node: _node, ...query }, signal }) => {
      const { lines, reason } = await logs.journal(query, signal);
      return new ReplyWith(lines, reason === undefined ? {} : { reason });
    }),
    route(getNodeReport, ({ signal }) => renderReport([...report, ...host.report], signal)),

    route(listHardware, () => ['pci', 'usb'].map((type) => ({ type }))),
    route(listPci, ({ params }) => hardware.pci(params['pci-class-blacklist'], params.verbose)),
    route(listPciDevice, () => [{ method: 'mdev' }]),
    route(listMediatedTypes, ({ params }) => hardware.mediatedTypes(params['pci-id-or-mapping'])),
    route(listUsb, () => hardware.usb()),

    route(getNodeInterface, async ({ params, signal }) => {
      const all = await nodes.interfaces(undefined, signal);
      const found = all.find(({ iface }) => iface === params.iface);
      if (!found) throw notFound('interface', params.iface);
      return found;
    }),
    route(getNodeTraffic, () => host.traffic()),
  ];
}

function settingRoutes({ host, config, onChange }: NodeHostRouteParts): Route[] {
  const { dns, timeZone, hosts } = host;
  return [
    route(getNodeConfig, ({ params }) => config.read(params.property)),
    route(setNodeConfig, async ({ params }) => {
      const { description, 'startall-onboot-delay': delay, 'ballooning-target': target, digest } = params;
      await config.change({
        set: {
          ...(description === undefined ? {} : { description }),
          ...(delay === undefined ? {} : { 'startall-onboot-delay': delay }),
          ...(target === undefined ? {} : { 'ballooning-target': target }),
        },
        remove: readList(params.delete),
        digest,
      });
      onChange();
      return null;
    }),
    route(getNodeDns, () => dns.read()),
    route(setNodeDns, async ({ params: { node: _node, ...wanted } }) => {
      await dns.write(wanted);
      onChange();
      return null;
    }),
    route(setNodeTime, async ({ params }) => {
      await timeZone.write(params.timezone);
      onChange();
      return null;
    }),
    route(getNodeHosts, () => hosts.read()),
    route(setNodeHosts, async ({ params }) => {
      await hosts.write(params.data, params.digest);
      onChange();
      return null;
    }),
  ];
}

/** A service of the list or any unit. No pattern: journalctl(1) would match many. */
function unitNamed(service: string): string {
  const known = nodeServices.find((name) => name === service);
  if (known !== undefined) return unitOf(known) ?? known;
  if (!/^[A-Za-z0-9:_.@-]+$/.test(service))
    throw invalidInput({ service: 'not the name of a service: letters, digits, : _ . @ -' });
  return service;
}
