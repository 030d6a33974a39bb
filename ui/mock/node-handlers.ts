// The mock's answers about a node's machine: services, logs, disks, devices, network, settings, its terminal.
import { nodeNames } from './fixtures.ts';
import { mockDisks, mockHosts, mockLogLine, mockPci, mockServices, mockUsb } from './node-fixtures.ts';
import { type Handlers, type MockRequest, Refusal } from './reply.ts';
import type { World } from './world.ts';

const oldLines = 3200;
const lineMs = 2500;

/** A log that has always been there and grows by a line now and then. */
function createLog() {
  const begun = Date.now();
  const count = () => oldLines + Math.floor((Date.now() - begun) / lineMs);
  const timeOf = (n: number) => begun + (n - oldLines) * lineMs;
  return { count, line: (n: number) => mockLogLine(n, timeOf(n)), timeOf };
}

export function nodeHandlers(world: World): Handlers {
  const log = createLog();
  const services = new Map(nodeNames.map((node) => [node as string, mockServices()]));
  const settings = {
    dns: { dns1: '192.0.2.53', dns2: '2001:db8::53', search: 'example.com' } as Record<string, string>,
    timezone: 'Europe/Rome',
    hosts: mockHosts,
    hostsVersion: 1,
    general: { description: 'Rack 2, below the switch.\n<b>Battery</b> changed in 2026.' } as Record<
      string,
      unknown
    >,
  };
  const first = (request: MockRequest) => request.params['node'] === nodeNames[0];
  const act =
    (action: string) =>
    ({ params }: MockRequest) => {
      const { node = '', service = '' } = params;
      const state = services.get(node)?.find((one) => one.service === service);
      if (!state) throw new Refusal(400, 'Parameter verification failed.', { service: 'no such service' });
      if (service === 'lxcfs' && action === 'restart')
        throw new Refusal(
          500,
          "service 'lxcfs' cannot restart while containers run: they see their /proc through it. Reload it, or stop them first",
        );
      return world.task(node, `srv${action}`, service, `Service ${service} - ${action}`, [
        {
          text: `${service}: ${action}`,
          ms: 1500,
          run: () => {
            const on = action !== 'stop';
            state.state = on ? 'running' : 'dead';
            state['active-state'] = on ? 'active' : 'inactive';
          },
        },
      ]);
    };
  const changed = (node: string | undefined) => world.emit({ type: 'config', path: `/nodes/${node}` });
  return {
    'GET /nodes/{node}/services': async ({ params }) => {
      await world.before('services');
      return services.get(params['node'] ?? '') ?? [];
    },
    ...Object.fromEntries(
      ['start', 'stop', 'restart', 'reload'].map((action) => [
        `POST /nodes/{node}/services/{service}/${action}`,
        act(action),
      ]),
    ),
    'GET /nodes/{node}/journal': async ({ params }) => {
      await world.before('log');
      const numberOf = (cursor: string | undefined, otherwise: number) =>
        cursor === undefined ? otherwise : Number(cursor.slice(1));
      let from = numberOf(params['startcursor'], -1) + 1;
      let to = numberOf(params['endcursor'], log.count());
      while (params['since'] && from < to && log.timeOf(from) < Number(params['since']) * 1000) from += 1;
      while (params['until'] && to > from && log.timeOf(to - 1) > Number(params['until']) * 1000) to -= 1;
      if (params['lastentries']) from = Math.max(from, to - Number(params['lastentries']));
      const lines = Array.from({ length: Math.max(0, to - from) }, (_, i) => log.line(from + i));
      const here = params['startcursor'] ?? params['endcursor'];
      if (lines.length === 0) return here === undefined ? [] : [here, here];
      return [`c${from}`, ...lines, `c${to - 1}`];
    },
    'GET /nodes/{node}/syslog': async ({ params }) => {
      await world.before('log');
      const unit = params['service'] ?? '';
      const all = Array.from({ length: log.count() }, (_, n) => log.line(n)).filter((line) =>
        line.includes(` ${unit}[`),
      );
      const start = Number(params['start'] ?? 0);
      // The mock says nothing beside its data: a page takes what it gets at first for all.
      return all
        .slice(-900)
        .map((t, i) => ({ n: i + 1, t }))
        .slice(start, start + Math.min(5000, Number(params['limit'] ?? 50)));
    },
    'GET /nodes/{node}/disks/smart': ({ params }) => {
      const disk = mockDisks.find((one) => one.devpath === params['disk']);
      if (!disk) throw new Refusal(404, 'no such disk');
      if (disk.type === 'nvme')
        return {
          ...{ health: disk.health, wearout: disk.wearout, type: 'text' },
          text: 'Critical Warning:                   0x00\nTemperature:                        38 Celsius\nPercentage Used:                    12%\nData Units Written:                 48,112,905 [24.6 TB]\nPower On Hours:                     12,904\nUnsafe Shutdowns:                   17\n<script>alert(1)</script>',
        };
      const attribute = (id: number, name: string, normalized: number, threshold: number, raw: string) => ({
        ...{ id: String(id).padStart(3), name, value: normalized, normalized, worst: normalized, threshold },
        ...{ flags: 'PO--CK', fail: normalized <= threshold ? 'NOW' : '-', raw },
      });
      return {
        ...{ health: disk.health, wearout: disk.wearout, type: 'ata' },
        attributes: [
          attribute(1, 'Raw_Read_Error_Rate', 100, 16, '0'),
          attribute(5, 'Reallocated_Sector_Ct', disk.health === 'FAILED!' ? 4 : 100, 5, '2040'),
          attribute(9, 'Power_On_Hours', 68, 0, '28401'),
          attribute(194, 'Temperature_Celsius', 36, 0, '36 (Min/Max 14/52)'),
          attribute(197, 'Current_Pending_Sector', 100, 0, '8'),
        ],
      };
    },
    'GET /nodes/{node}/hardware/pci': (request) => {
      const hidden = (request.params['pci-class-blacklist'] ?? '05;06;0b').split(/[,;]/).filter(Boolean);
      const all = first(request) ? mockPci : [];
      return all.filter((one) => !hidden.some((start) => one.class?.startsWith(`0x${start}`)));
    },
    'GET /nodes/{node}/hardware/usb': (request) => {
      if (!first(request)) throw new Refusal(403, 'Permission check failed (/, Sys.Modify)');
      return mockUsb;
    },
    'GET /nodes/{node}/netstat': ({ params }) =>
      [...world.resources.values()]
        .filter((one) => one.node === params['node'] && one.status === 'running' && one.vmid !== undefined)
        .slice(0, 6)
        .map((one) => ({
          ...{ vmid: String(one.vmid), dev: 'net0' },
          ...{ in: String(one.netin ?? 0), out: String(one.netout ?? 0) },
        })),
    'GET /nodes/{node}/config': () => settings.general,
    'PUT /nodes/{node}/config': ({ params }) => {
      const {
        node,
        delete: gone = '',
        'startall-onboot-delay': delay,
        'ballooning-target': target,
        description,
      } = params;
      if (delay !== undefined && !(Number(delay) <= 300))
        throw new Refusal(400, 'Parameter verification failed.', {
          'startall-onboot-delay': 'value must have a maximum value of 300',
        });
      const set = {
        ...settings.general,
        ...(description === undefined ? {} : { description }),
        ...(delay === undefined ? {} : { 'startall-onboot-delay': Number(delay) }),
        ...(target === undefined ? {} : { 'ballooning-target': Number(target) }),
      };
      settings.general = Object.fromEntries(
        Object.entries(set).filter(([key]) => !gone.split(',').includes(key)),
      );
      changed(node);
      return null;
    },
    'GET /nodes/{node}/dns': () => settings.dns,
    'PUT /nodes/{node}/dns': ({ params }) => {
      const { node, search = '', ...servers } = params;
      for (const [name, address] of Object.entries(servers))
        if (!/^[0-9a-fA-F.:]+$/.test(address))
          throw new Refusal(400, 'Parameter verification failed.', {
            [name]: `invalid format - value does not look like an IP address`,
          });
      settings.dns = { ...servers, search };
      changed(node);
      return null;
    },
    'GET /nodes/{node}/time': () => ({
      ...{ time: Math.floor(Date.now() / 1000), localtime: Math.floor(Date.now() / 1000) + 3600 },
      timezone: settings.timezone,
    }),
    'PUT /nodes/{node}/time': ({ params }) => {
      settings.timezone = params['timezone'] ?? 'UTC';
      changed(params['node']);
      return null;
    },
    'GET /nodes/{node}/hosts': () => ({ data: settings.hosts, digest: String(settings.hostsVersion) }),
    'POST /nodes/{node}/hosts': ({ params }) => {
      if (params['digest'] !== String(settings.hostsVersion))
        throw new Refusal(500, 'digest: /etc/hosts was changed by somebody else since it was read');
      if (params['data']?.includes('not an address'))
        throw new Refusal(400, 'Parameter verification failed.', {
          data: "line 2: 'not' is not an address",
        });
      settings.hosts = params['data'] ?? '';
      settings.hostsVersion += 1;
      changed(params['node']);
      return null;
    },
    'POST /nodes/{node}/termproxy': () => ({
      ...{ port: 5903, ticket: 'PVEVNC:mock', user: 'root@pam', upid: 'U' },
    }),
    'GET /nodes/{node}/tasks': ({ params }) => {
      const wanted = params['statusfilter'];
      const outcomeOf = (state: string) => ({ ok: 'ok', warnings: 'warning' })[state] ?? 'error';
      return [...world.tasks.values()]
        .filter((task) => task.node === params['node'])
        .filter((task) => params['source'] !== 'active' || task.endtime === undefined)
        .filter(
          (task) => wanted === undefined || (task.endtime !== undefined && outcomeOf(task.state) === wanted),
        )
        .filter((task) => task.user.includes(params['userfilter'] ?? ''))
        .filter((task) => params['vmid'] === undefined || task.id === params['vmid'])
        .sort((a, b) => b.starttime - a.starttime)
        .slice(0, Number(params['limit'] ?? 50));
    },
  };
}
