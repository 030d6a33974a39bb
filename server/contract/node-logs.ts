// Logs of a node: syslog lines by number, the journal by cursor, and the report for support.
import { z } from 'zod';
import { defineMethod } from './method.ts';
import { integer, nodeName, string } from './params.ts';

const mayReadLogs = { check: ['perm', '/nodes/{node}', ['Sys.Syslog']] } as const;
const day = '^\\d{4}-\\d{2}-\\d{2}( \\d{2}:\\d{2}(:\\d{2})?)?$';

/**
 * `total` lines stand beside the data; `reason` (a sentence) when there is no log to read, or not all was counted. At most
 * 5,000 lines at once.
 */
export const readSyslog = defineMethod({
  verb: 'GET',
  path: '/nodes/{node}/syslog',
  summary: 'Lines of the system log, oldest first',
  permission: mayReadLogs,
  params: z.object({
    limit: integer({ minimum: 0 }).optional(),
    node: nodeName(),
    service: string({ maxLength: 128 }).optional(),
    since: string({ pattern: day }).optional(),
    start: integer({ minimum: 0 }).optional(),
    until: string({ pattern: day }).optional(),
  }),
  returns: z.array(z.object({ n: z.number(), t: z.string() })),
});

/**
 * The first member is the cursor of the first entry, the last one that of the last; between them are the lines. Empty, with
 * a `reason` beside the data, where there is no journal. At most 5,000 entries at once: the last ones, or with `since` or
 * `startcursor` the first ones.
 */
export const readJournal = defineMethod({
  verb: 'GET',
  path: '/nodes/{node}/journal',
  summary: 'Lines of the journal, with cursors to go on from',
  permission: mayReadLogs,
  params: z.object({
    endcursor: string().optional(),
    lastentries: integer({ minimum: 0 }).optional(),
    node: nodeName(),
    since: integer({ minimum: 0 }).optional(),
    startcursor: string().optional(),
    until: integer({ minimum: 0 }).optional(),
  }),
  returns: z.array(z.string()),
});

export const getNodeReport = defineMethod({
  verb: 'GET',
  path: '/nodes/{node}/report',
  summary:
    'A text about this node for whoever helps: versions, hardware, network, storages, guests; no secrets',
  permission: { check: ['perm', '/nodes/{node}', ['Sys.Audit']] },
  params: z.object({ node: nodeName() }),
  returns: z.string(),
});

export const nodeLogMethods = [readSyslog, readJournal, getNodeReport] as const;
