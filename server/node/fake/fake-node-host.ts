// A made-up machine in memory: services that obey, a short log, some disks and devices, settings that are kept until the end.
import type { DiskItem } from '../../contract/node-disks.ts';
import type { PciDevice, UsbDevice } from '../../contract/node-hardware.ts';
import type { NodeServiceName, ServiceState } from '../../contract/node-services.ts';
import type { DnsSettings } from '../../contract/node-settings.ts';
import { AppError, invalidInput, notFound } from '../../core/errors.ts';
import type { Terminal } from '../../core/terminal.ts';
import { createFakeDisks } from '../../disks/fake/fake-disks.ts';
import { diskItemOf, passesType } from '../block-devices.ts';
import { checkHosts, digestOf } from '../hosts-file.ts';
import { createEntryLines, type JournalEntry } from '../journal-entry.ts';
import type { NodeHost } from '../node-host.ts';
import { checkDns, toSettings } from '../resolv-conf.ts';
import { type SystemServices, serviceNamed, unitOf } from '../system-services.ts';
import { demoDisks, demoHealth, demoLinks, fakePci, fakeUsb } from './fake-devices.ts';

export interface FakeNodeHostOptions {
  openTerminal(): Terminal;
}

const notThere: ReadonlySet<NodeServiceName> = new Set(['chrony', 'cron']);
const stopped: ReadonlySet<NodeServiceName> = new Set(['corosync', 'pacemaker']);

/** Services that obey at once. */
export function createFakeServices(): SystemServices {
  const off = new Set<string>(stopped);
  return {
    problem: () => undefined,
    states: async (names) =>
      names.map((asked): ServiceState => {
        const service = serviceNamed(asked);
        const head = {
          service: asked,
          name: asked === 'sshd' ? 'ssh' : (service ?? asked),
          desc: `${asked} (made up)`,
        };
        if (service === undefined || notThere.has(service))
          return { ...head, state: 'dead', 'active-state': 'inactive', 'unit-state': 'not-found' };
        const enabled = stopped.has(service) ? 'disabled' : 'enabled';
        return off.has(service)
          ? { ...head, state: 'dead', 'active-state': 'inactive', 'unit-state': enabled }
          : { ...head, state: 'running', 'active-state': 'active', 'unit-state': enabled };
      }),
    async act(action, service) {
      if (notThere.has(service))
        throw new AppError('command-failed', `${action} ${service}: Unit not found.`);
      if (action === 'stop') off.add(service);
      else off.delete(service);
    },
  };
}

export function createFakeNodeHost({ openTerminal }: FakeNodeHostOptions): NodeHost {
  const fakeDisks = createFakeDisks(demoDisks);
  let zone = 'Europe/Rome';
  let dns: DnsSettings = { dns1: '192.0.2.53', dns2: '2001:db8::53', search: 'example.com' };
  let hosts = '127.0.0.1 localhost\n192.0.2.10 dev.example.com dev\n';
  const begun = Date.now();
  const entries = messages.map(
    ([program, message], index): JournalEntry => ({
      cursor: `s=0;i=${(index + 1).toString(16)};b=0`,
      time: begun - (messages.length - index) * 61_000,
      ...{ host: 'dev', program, pid: String(400 + index), message },
    }),
  );
  const linesOf = (some: readonly JournalEntry[]) => some.flatMap(createEntryLines(zone));
  return {
    services: createFakeServices(),
    logs: {
      async syslog({ start = 0, limit = 50, unit }) {
        const all = linesOf(
          entries.filter(
            ({ program }) =>
              unit === undefined || unit === (unitOf(program as NodeServiceName) ?? `${program}.service`),
          ),
        );
        const lines = all.map((t, index) => ({ n: index + 1, t })).slice(start, start + (limit || 50));
        return { lines, total: all.length };
      },
      async journal({ since = 0, until = Number.POSITIVE_INFINITY, startcursor, endcursor, lastentries }) {
        const at = (cursor: string | undefined, otherwise: number) => {
          const found = entries.findIndex((entry) => entry.cursor === cursor);
          return found < 0 ? otherwise : found;
        };
        const some = entries
          .slice(at(startcursor, -1) + 1, at(endcursor, entries.length))
          .filter(({ time }) => time >= since * 1000 && time <= until * 1000)
          .slice(-(lastentries || entries.length));
        const first = some[0]?.cursor ?? startcursor ?? endcursor;
        const last = some.at(-1)?.cursor ?? startcursor ?? endcursor;
        return { lines: first === undefined || last === undefined ? [] : [first, ...linesOf(some), last] };
      },
    },
    diskDriver: fakeDisks,
    disks: {
      async list({ partitions, smart, type }, signal) {
        const { disks } = await fakeDisks.survey(signal);
        return disks
          .flatMap((disk): DiskItem[] => [
            { ...diskItemOf(disk, demoLinks), ...(smart ? demoHealth[disk.path] : {}) },
            ...disk.children
              .filter((child) => partitions && child.type === 'part')
              .map((part) => diskItemOf(part, demoLinks, disk)),
          ])
          .filter((item) => passesType(item, type));
      },
      async smart(path, healthOnly, signal) {
        const all = (await fakeDisks.survey(signal)).disks;
        const found = all.find((one) => one.path === path);
        if (!found) throw notFound('disk', path);
        const disk = { ...diskItemOf(found, demoLinks), ...demoHealth[path] };
        const { health, wearout } = disk;
        if (healthOnly) return { health };
        return disk.type === 'nvme'
          ? {
              health,
              wearout,
              type: 'text',
              text: 'Critical Warning: 0x00\nTemperature: 38 Celsius\nPercentage Used: 3%',
            }
          : {
              health,
              wearout,
              type: 'ata',
              attributes: [attribute(5, 'Reallocated_Sector_Ct', 8), attribute(9, 'Power_On_Hours', 21_345)],
            };
      },
    },
    hardware: {
      async pci(blacklist, verbose) {
        const hidden = blacklist.split(/[,; ]+/).filter((start) => start !== '');
        const shown = fakePci.filter((one) => !hidden.some((start) => one.class?.startsWith(`0x${start}`)));
        return verbose ? [...shown] : shown.map(({ id }): PciDevice => ({ id }));
      },
      async mediatedTypes(id) {
        const device = fakePci.find((one) => one.id.endsWith(id));
        if (!device) throw notFound('PCI device', id);
        return device.mdev === 1
          ? [
              {
                type: 'i915-GVTg_V5_4',
                name: 'GVTg_V5_4',
                description: 'resolution: 1920x1200',
                available: 2,
              },
            ]
          : [];
      },
      usb: async (): Promise<UsbDevice[]> => [...fakeUsb],
    },
    dns: {
      read: async () => dns,
      async write(wanted) {
        const { servers, domains } = checkDns(wanted);
        dns = toSettings(servers, domains.join(' '));
      },
    },
    timeZone: {
      read: () => zone,
      async write(wanted) {
        if (!isZone(wanted))
          throw invalidInput({
            timezone: `'${wanted}' is no time zone of this node: write one such as Europe/Rome`,
          });
        zone = wanted;
      },
    },
    hosts: {
      read: async () => ({ data: hosts, digest: digestOf(hosts) }),
      async write(data, digest) {
        const text = checkHosts(data);
        if (digest !== undefined && digest !== '' && digest !== digestOf(hosts))
          throw new AppError(
            'wrong-state',
            'digest: /etc/hosts was changed by somebody else since it was read',
          );
        hosts = text;
      },
    },
    shell: { open: openTerminal },
    report: [{ title: 'Machine', text: async () => 'made up: nothing really runs here' }],
    traffic: async () => [{ vmid: '100', dev: 'net0', in: '123456', out: '654321' }],
  };
}

/** Any name that time can be told by: lists of names hold only one of the several that a zone may have. */
function isZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).format() !== '';
  } catch {
    return false;
  }
}

function attribute(id: number, name: string, raw: number) {
  return {
    ...{ id: String(id).padStart(3), name, value: 100, normalized: 100, worst: 100, threshold: 10 },
    ...{ flags: 'PO--CK', fail: '-', raw: String(raw) },
  };
}

const messages: readonly (readonly [program: string, message: string])[] = [
  ['kernel', 'Linux version 6.12.0-croft (made up)'],
  ['systemd', 'Started systemd-networkd.service - Network Configuration.'],
  ['systemd-networkd', 'vmbr0: Gained carrier'],
  ['systemd-timesyncd', 'Contacted time server 192.0.2.123:123 (2.debian.pool.ntp.org).'],
  ['sshd', 'Server listening on 0.0.0.0 port 22.'],
  ['lxcfs', 'Running constructor lxcfs_init to reload liblxcfs'],
  ['libvirtd', 'libvirt version: 11.3.0'],
  ['croft', 'ready'],
  ['kernel', 'vmbr0: port 2(tap100i0) entered forwarding state'],
  ['sshd', 'Failed password for invalid user admin from 192.0.2.66 port 40022 ssh2'],
  ['croft', 'VM 100 started\nwith 2 disks and 1 network card'],
  ['systemd', 'Finished logrotate.service - Rotate log files.'],
];
