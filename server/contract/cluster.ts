// What concerns the whole cluster: resources, tasks, options, the event stream.
import { z } from 'zod';
import type { CroftEvent } from './events.ts';
import { defineMethod } from './method.ts';
import { boolean, choice, integer, string, vmid } from './params.ts';
import { anyObject, nothing, replyFlag, subdirectories } from './reply.ts';
import type { ResourceItem } from './resources.ts';
import type { TaskItem } from './tasks.ts';

export const listCluster = defineMethod({
  verb: 'GET',
  path: '/cluster',
  summary: 'What is below /cluster',
  permission: { user: 'all' },
  params: z.object({}),
  returns: subdirectories,
});

export const listResources = defineMethod({
  verb: 'GET',
  path: '/cluster/resources',
  summary: 'Guests, nodes and storages of the cluster in one list',
  permission: { user: 'all' },
  params: z.object({
    type: choice(['vm', 'storage', 'node', 'sdn']).optional(),
  }),
  returns: z.array(z.custom<ResourceItem>()),
});

export const listClusterTasks = defineMethod({
  verb: 'GET',
  path: '/cluster/tasks',
  summary: 'Recent tasks of all nodes',
  permission: { user: 'all' },
  params: z.object({}),
  returns: z.array(z.custom<TaskItem>()),
});

/** The published type is integer, the published servers answer text: clients take either. */
export const getNextId = defineMethod({
  verb: 'GET',
  path: '/cluster/nextid',
  summary: 'A free guest number, held for the caller for ten minutes; with `vmid`, checks that it is free',
  permission: { user: 'all' },
  params: z.object({
    vmid: vmid().optional(),
  }),
  returns: z.union([z.string(), z.number()]),
});

export const getClusterStatus = defineMethod({
  verb: 'GET',
  path: '/cluster/status',
  summary: 'Cluster and member states',
  permission: { check: ['perm', '/', ['Sys.Audit']] },
  params: z.object({}),
  returns: z.array(
    z.object({
      id: z.string(),
      name: z.string(),
      type: z.enum(['cluster', 'node']),
      ip: z.string().optional(),
      level: z.string().optional(),
      local: replyFlag.optional(),
      nodeid: z.number().optional(),
      nodes: z.number().optional(),
      online: replyFlag.optional(),
      quorate: replyFlag.optional(),
      version: z.number().optional(),
    }),
  ),
});

export const getOptions = defineMethod({
  verb: 'GET',
  path: '/cluster/options',
  summary: 'Options of the datacenter',
  permission: { check: ['perm', '/', ['Sys.Audit']], user: 'all' },
  params: z.object({}),
  returns: anyObject,
});

export const updateOptions = defineMethod({
  verb: 'PUT',
  path: '/cluster/options',
  summary: 'Change options of the datacenter',
  permission: { check: ['perm', '/', ['Sys.Modify']] },
  params: z.object({
    bwlimit: string({
      format: {
        clone: { minimum: '0', optional: 1, type: 'number' },
        default: { minimum: '0', optional: 1, type: 'number' },
        migration: { minimum: '0', optional: 1, type: 'number' },
        move: { minimum: '0', optional: 1, type: 'number' },
        restore: { minimum: '0', optional: 1, type: 'number' },
      },
    }).optional(),
    'consent-text': string({ maxLength: 65536 }).optional(),
    console: choice(['applet', 'vv', 'html5', 'xtermjs']).optional(),
    crs: string({
      format: {
        ha: { default: 'basic', enum: ['basic', 'static', 'dynamic'], optional: 1 },
        'ha-auto-rebalance': { default: 0, optional: 1, type: 'boolean' },
        'ha-auto-rebalance-hold-duration': {
          default: 3,
          minimum: 0,
          optional: 1,
          requires: 'ha-auto-rebalance',
          type: 'number',
        },
        'ha-auto-rebalance-margin': {
          default: 0.1,
          minimum: 0,
          optional: 1,
          requires: 'ha-auto-rebalance',
          type: 'number',
        },
        'ha-auto-rebalance-method': {
          default: 'bruteforce',
          enum: ['bruteforce', 'topsis'],
          optional: 1,
          requires: 'ha-auto-rebalance',
        },
        'ha-auto-rebalance-threshold': {
          default: 0.3,
          minimum: 0,
          optional: 1,
          requires: 'ha-auto-rebalance',
          type: 'number',
        },
        'ha-rebalance-on-start': { default: 0, optional: 1, type: 'boolean' },
      },
    }).optional(),
    delete: string({ format: 'pve-configid-list' }).optional(),
    description: string({ maxLength: 65536 }).optional(),
    email_from: string({ format: 'email-opt' }).optional(),
    fencing: choice(['watchdog', 'hardware', 'both'], { default: 'watchdog' }).optional(),
    ha: string({
      format: {
        shutdown_policy: { default: 'conditional', enum: ['freeze', 'failover', 'conditional', 'migrate'] },
      },
    }).optional(),
    http_proxy: string({ pattern: 'http://.*' }).optional(),
    keyboard: choice([
      'de',
      'de-ch',
      'da',
      'en-gb',
      'en-us',
      'es',
      'fi',
      'fr',
      'fr-be',
      'fr-ca',
      'fr-ch',
      'hu',
      'is',
      'it',
      'ja',
      'lt',
      'mk',
      'nl',
      'no',
      'pl',
      'pt',
      'pt-br',
      'sv',
      'sl',
      'tr',
    ]).optional(),
    language: choice([
      'ar',
      'ca',
      'da',
      'de',
      'en',
      'es',
      'eu',
      'fa',
      'fr',
      'hr',
      'he',
      'it',
      'ja',
      'ka',
      'kr',
      'nb',
      'nl',
      'nn',
      'pl',
      'pt_BR',
      'ru',
      'sl',
      'sv',
      'tr',
      'ukr',
      'zh_CN',
      'zh_TW',
    ]).optional(),
    mac_prefix: string({ default: 'BC:24:11', format: 'mac-prefix' }).optional(),
    max_workers: integer({ minimum: 1 }).optional(),
    migration: string({
      format: {
        network: { format: 'CIDR', optional: 1 },
        type: { default: 'secure', default_key: 1, enum: ['secure', 'insecure'] },
      },
    }).optional(),
    migration_unsecure: boolean().optional(),
    'next-id': string({
      format: {
        lower: { default: 100, optional: 1, type: 'integer' },
        upper: { default: 1000000, optional: 1, type: 'integer' },
      },
    }).optional(),
    notify: string({
      format: {
        fencing: { enum: ['always', 'never'], optional: 1 },
        'package-updates': { default: 'auto', enum: ['auto', 'always', 'never'], optional: 1 },
        replication: { enum: ['always', 'never'], optional: 1 },
        'target-fencing': { optional: 1 },
        'target-package-updates': { optional: 1 },
        'target-replication': { optional: 1 },
      },
    }).optional(),
    'registered-tags': string({
      pattern: '(?:(?^i:[a-z0-9_][a-z0-9_\\-\\+\\.]*);)*(?^i:[a-z0-9_][a-z0-9_\\-\\+\\.]*)',
    }).optional(),
    replication: string({
      format: {
        network: { format: 'CIDR', optional: 1 },
        type: { default: 'secure', default_key: 1, enum: ['secure', 'insecure'] },
      },
    }).optional(),
    'tag-style': string({
      format: {
        'case-sensitive': { default: 0, optional: 1, type: 'boolean' },
        'color-map': {
          optional: 1,
          pattern:
            '(?:(?^i:[a-z0-9_][a-z0-9_\\-\\+\\.]*):[0-9a-fA-F]{6}(?::[0-9a-fA-F]{6})?)(?:;(?:(?^i:[a-z0-9_][a-z0-9_\\-\\+\\.]*):[0-9a-fA-F]{6}(?::[0-9a-fA-F]{6})?))*',
        },
        ordering: { default: 'alphabetical', enum: ['config', 'alphabetical'], optional: 1 },
        shape: { default: 'circle', enum: ['full', 'circle', 'dense', 'none'], optional: 1 },
      },
    }).optional(),
    u2f: string({ format: { appid: { optional: 1 }, origin: { optional: 1 } } }).optional(),
    'user-tag-access': string({
      format: {
        'user-allow': { default: 'free', enum: ['none', 'list', 'existing', 'free'], optional: 1 },
        'user-allow-list': {
          optional: 1,
          pattern: '(?^i:[a-z0-9_][a-z0-9_\\-\\+\\.]*)(?:;(?^i:[a-z0-9_][a-z0-9_\\-\\+\\.]*))*',
        },
      },
    }).optional(),
    webauthn: string({
      format: {
        'allow-subdomains': { default: 1, optional: 1, type: 'boolean' },
        id: { optional: 1 },
        origin: { optional: 1 },
        rp: { optional: 1 },
      },
    }).optional(),
  }),
  returns: nothing,
  refuses: [
    'crs',
    'fencing',
    'ha',
    'http_proxy',
    'max_workers',
    'migration',
    'migration_unsecure',
    'notify',
    'replication',
    'u2f',
    'webauthn',
  ],
});

/** `since`: number of the last event seen; `Last-Event-ID` counts first. */
export const streamEvents = defineMethod({
  verb: 'GET',
  path: '/cluster/events',
  summary: 'Events of the cluster as they happen, as server-sent events or over a WebSocket',
  permission: { user: 'all' },
  params: z.object({
    since: integer({ minimum: 0 }).optional(),
  }),
  returns: z.custom<CroftEvent>(),
  extension: true,
  transport: 'events',
});

export const clusterMethods = [
  listCluster,
  listResources,
  listClusterTasks,
  getNextId,
  getClusterStatus,
  getOptions,
  updateOptions,
  streamEvents,
] as const;
