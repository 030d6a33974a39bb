// Tasks of a node: list, state, log, stopping.
import { z } from 'zod';
import { defineMethod } from './method.ts';
import { boolean, choice, integer, nodeName, string, vmid } from './params.ts';
import { nothing, subdirectories } from './reply.ts';
import type { TaskItem } from './tasks.ts';

export const listNodeTasks = defineMethod({
  verb: 'GET',
  path: '/nodes/{node}/tasks',
  summary: 'Tasks of a node, newest first',
  permission: { user: 'all' },
  params: z.object({
    errors: boolean({ default: 0 }).default(false),
    limit: integer({ minimum: 0, default: 50 }).default(50),
    node: nodeName(),
    since: integer().optional(),
    source: choice(['archive', 'active', 'all'], { default: 'archive' }).default('archive'),
    start: integer({ minimum: 0, default: 0 }).default(0),
    statusfilter: string({ format: 'pve-task-status-type-list' }).optional(),
    typefilter: string().optional(),
    until: integer().optional(),
    userfilter: string().optional(),
    vmid: vmid().optional(),
  }),
  returns: z.array(z.custom<TaskItem>()),
});

export const listTask = defineMethod({
  verb: 'GET',
  path: '/nodes/{node}/tasks/{upid}',
  summary: 'What is below a task',
  permission: { user: 'all' },
  params: z.object({
    node: nodeName(),
    upid: string(),
  }),
  returns: subdirectories,
});

export const stopTask = defineMethod({
  verb: 'DELETE',
  path: '/nodes/{node}/tasks/{upid}',
  summary: 'Cancel a task',
  permission: { user: 'all' },
  params: z.object({
    node: nodeName(),
    upid: string(),
  }),
  returns: nothing,
});

export const getTaskLog = defineMethod({
  verb: 'GET',
  path: '/nodes/{node}/tasks/{upid}/log',
  summary: 'Lines of a task log',
  permission: { user: 'all' },
  params: z.object({
    download: boolean().optional(),
    limit: integer({ minimum: 0, default: 50 }).default(50),
    node: nodeName(),
    start: integer({ minimum: 0, default: 0 }).default(0),
    upid: string(),
  }),
  returns: z.array(z.object({ n: z.number(), t: z.string() })),
});

export const getTaskStatus = defineMethod({
  verb: 'GET',
  path: '/nodes/{node}/tasks/{upid}/status',
  summary: 'State of a task',
  permission: { user: 'all' },
  params: z.object({
    node: nodeName(),
    upid: string(),
  }),
  returns: z.object({
    upid: z.string(),
    node: z.string(),
    pid: z.number(),
    pstart: z.number(),
    starttime: z.number(),
    type: z.string(),
    id: z.string(),
    user: z.string(),
    tokenid: z.string().optional(),
    status: z.enum(['running', 'stopped']),
    exitstatus: z.string().optional(),
  }),
});

export const nodeTaskMethods = [listNodeTasks, listTask, stopTask, getTaskLog, getTaskStatus] as const;
