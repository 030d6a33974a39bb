// What the node's page shows and changes of the machine itself, in one hand: the real one for the daemon, a made-up one for development.
import type { GuestTraffic } from '../contract/node-network.ts';
import type { Exec } from '../core/exec.ts';
import type { OpenTerminal } from '../core/terminal.ts';
import type { DiskDriver } from '../disks/disk-driver.ts';
import { createHostDisks } from '../disks/host-disks.ts';
import { guestTraffic } from './guest-traffic.ts';
import { createHostsFile, type HostsFile } from './hosts-file.ts';
import { streamLines } from './line-stream.ts';
import { createNodeDns, type NodeDns } from './node-dns.ts';
import { machineSections, type ReportSection } from './node-report.ts';
import { createNodeShell, type NodeShell } from './node-shell.ts';
import { createSystemDisks, type SystemDisks } from './system-disks.ts';
import { createSystemHardware, type SystemHardware } from './system-hardware.ts';
import { createSystemLogs, type SystemLogs } from './system-logs.ts';
import { createSystemServices, type SystemServices } from './system-services.ts';
import { createTimeZone, type TimeZone } from './time-zone.ts';

export interface NodeHost {
  readonly services: SystemServices;
  readonly logs: SystemLogs;
  readonly disks: SystemDisks;
  /** Writes to them. */
  readonly diskDriver: DiskDriver;
  readonly hardware: SystemHardware;
  readonly dns: NodeDns;
  readonly timeZone: TimeZone;
  readonly hosts: HostsFile;
  readonly shell: NodeShell;
  /** Of the report for support, beside what the daemon itself knows. */
  readonly report: readonly ReportSection[];
  traffic(): Promise<GuestTraffic[]>;
}

export function createNodeHost(parts: {
  readonly exec: Exec;
  readonly openTerminal: OpenTerminal;
  /** Folder for the files of disks that are mounted as directories. */
  readonly diskMountsDir: string;
}): NodeHost {
  const { exec, openTerminal, diskMountsDir } = parts;
  const timeZone = createTimeZone();
  return {
    services: createSystemServices({ exec }),
    logs: createSystemLogs({ stream: streamLines, timeZone: () => timeZone.read() }),
    disks: createSystemDisks({ exec }),
    diskDriver: createHostDisks({ exec, folder: diskMountsDir }),
    hardware: createSystemHardware(),
    dns: createNodeDns({ exec }),
    timeZone,
    hosts: createHostsFile(),
    shell: createNodeShell({ openTerminal }),
    report: machineSections(exec),
    traffic: guestTraffic,
  };
}
