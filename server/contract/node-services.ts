// System services of a node: list, state, starting and stopping.
import { z } from 'zod';
import { defineMethod, type Verb } from './method.ts';
import { nodeName } from './params.ts';
import { subdirectories, taskStarted } from './reply.ts';

/** The names that the published API has. */
const publishedServices = [
  'chrony',
  'corosync',
  'cron',
  'ksmtuned',
  'lxcfs',
  'postfix',
  'proxmox-firewall',
  'pve-cluster',
  'pve-firewall',
  'pve-ha-crm',
  'pve-ha-lrm',
  'pve-lxc-syscalld',
  'pvedaemon',
  'pvefw-logger',
  'pveproxy',
  'pvescheduler',
  'pvestatd',
  'qmeventd',
  'spiceproxy',
  'sshd',
  'syslog',
  'systemd-journald',
  'systemd-timesyncd',
] as const;

/** Those that a node of Croft has, in the order of the list. Append-only. */
export const nodeServices = [
  'croft',
  'libvirtd',
  'virtlogd',
  'lxcfs',
  'apparmor',
  'sshd',
  'systemd-networkd',
  'systemd-resolved',
  'systemd-timesyncd',
  'chrony',
  'systemd-journald',
  'cron',
  'corosync',
  'pacemaker',
] as const;
export type NodeServiceName = (typeof nodeServices)[number];

/** A name that a caller may write; one of the published names that Croft does not have is a service that is not there. */
export type AskedService = NodeServiceName | (typeof publishedServices)[number];

export const activeStates = [
  'active',
  'inactive',
  'failed',
  'activating',
  'deactivating',
  'maintenance',
  'reloading',
  'refreshing',
  'unknown',
] as const;
export const subStates = [
  'dead',
  'condition',
  'start-pre',
  'start',
  'start-post',
  'running',
  'exited',
  'reload',
  'reload-signal',
  'reload-notify',
  'mounting',
  'stop',
  'stop-watchdog',
  'stop-sigterm',
  'stop-sigkill',
  'stop-post',
  'final-watchdog',
  'final-sigterm',
  'final-sigkill',
  'failed',
  'dead-before-auto-restart',
  'failed-before-auto-restart',
  'dead-resources-pinned',
  'auto-restart',
  'auto-restart-queued',
  'cleaning',
  'unknown',
] as const;
export const unitStates = [
  'enabled',
  'enabled-runtime',
  'linked',
  'linked-runtime',
  'alias',
  'masked',
  'masked-runtime',
  'static',
  'disabled',
  'indirect',
  'generated',
  'transient',
  'bad',
  'not-found',
  'unknown',
] as const;

/** `service` is what the methods are given, `name` the unit without `.service`. `unknown`: no systemd to ask. */
const serviceState = z.object({
  service: z.string(),
  name: z.string(),
  desc: z.string(),
  state: z.enum(subStates),
  'active-state': z.enum(activeStates),
  'unit-state': z.enum(unitStates),
});
export type ServiceState = z.output<typeof serviceState>;

const asked = [...new Set([...nodeServices, ...publishedServices])] as [AskedService, ...AskedService[]];

/** Takes Croft's own names beside the published ones, which are its facts. */
const servicePath = {
  node: nodeName(),
  service: z
    .enum(asked, { error: `value must be one of: ${nodeServices.join(', ')}` })
    .meta({ facts: { type: 'string', enum: publishedServices } }),
};

const mayRead = { check: ['perm', '/nodes/{node}', ['Sys.Audit']] } as const;
const mayChange = { check: ['perm', '/nodes/{node}', ['Sys.Modify']] } as const;

export const listServices = defineMethod({
  verb: 'GET',
  path: '/nodes/{node}/services',
  summary: 'System services of a node, with their states',
  permission: mayRead,
  params: z.object({ node: nodeName() }),
  returns: z.array(serviceState),
});

export const listService = defineMethod({
  verb: 'GET',
  path: '/nodes/{node}/services/{service}',
  summary: 'What is below a service',
  permission: mayRead,
  params: z.object(servicePath),
  returns: subdirectories,
});

export const getServiceState = defineMethod({
  verb: 'GET',
  path: '/nodes/{node}/services/{service}/state',
  summary: 'State of a service',
  permission: mayRead,
  params: z.object(servicePath),
  returns: serviceState,
});

export type ServiceAction = 'start' | 'stop' | 'restart' | 'reload';

function serviceAction<const A extends ServiceAction>(action: A, summary: string) {
  return defineMethod({
    verb: 'POST' satisfies Verb,
    path: `/nodes/{node}/services/{service}/${action}` as const,
    summary,
    permission: mayChange,
    params: z.object(servicePath),
    returns: taskStarted,
  });
}

export const startService = serviceAction('start', 'Starts a service');
export const stopService = serviceAction('stop', 'Stops a service until the next start of the node');
export const restartService = serviceAction('restart', 'Stops and starts a service');
export const reloadService = serviceAction(
  'reload',
  'Makes a service read its configuration again; one that cannot is restarted',
);

export const nodeServiceMethods = [
  listServices,
  listService,
  getServiceState,
  startService,
  stopService,
  restartService,
  reloadService,
] as const;
