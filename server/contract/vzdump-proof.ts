// Methods that try restores: a backup is proven by a guest made of it, which starts and answers, and is removed again. Croft's own.
import { z } from 'zod';
import { defineMethod } from './method.ts';
import { choice, integer, nodeName, storageId, string } from './params.ts';
import { replyFlag, taskStarted } from './reply.ts';

/**
 * What is waited for. `auto`: of a VM the agent when its configuration has one, else its screen; of a container that its init is up.
 * `agent` and `screen` are for VMs, `port` (which its system listens on) for containers; `running`: up for a while, its system's own word
 * where it has one.
 */
export const testWaits = ['auto', 'agent', 'port', 'screen', 'running'] as const;
export type TestWait = (typeof testWaits)[number];

/** Seconds from the start on, where nothing else is said; a guest that took longer did not come up. */
export const defaultTestSeconds = 600;

/** How a restore is tried; jobs have the same options with `test-` before the name. */
export const testOptions = {
  /** TCP, of a container: what must be listened on. Alone it means `wait=port`. */
  port: integer({ minimum: 1, maximum: 65_535 }).optional(),
  /** Where the guest's volumes are while it is tried; default: where they were. */
  storage: storageId().optional(),
  /** Seconds from its start on. */
  timeout: integer({ minimum: 10, maximum: 7200, default: defaultTestSeconds }).optional(),
  wait: choice(testWaits, { default: 'auto' }).optional(),
} as const;

/** What came of trying a restore. Times in seconds since the epoch; parts that were not reached are missing. */
export const restoreProof = z.object({
  /** Of this notation. */
  version: z.literal(1),
  state: z.enum(['proven', 'failed']),
  /** Volume id of the backup. */
  volume: z.string(),
  kind: z.enum(['qemu', 'lxc']),
  /** The guest that was backed up. */
  vmid: z.number(),
  node: z.string(),
  /** The task. */
  upid: z.string(),
  started: z.number(),
  ended: z.number(),
  /** How long it took to restore, in seconds, and the bytes restored (zeros are counted apart). */
  restoreSeconds: z.number().optional(),
  restoredBytes: z.number().optional(),
  zeroBytes: z.number().optional(),
  /** From its start to what was waited for, in seconds. */
  bootSeconds: z.number().optional(),
  /** What was waited for, and for how long at most, in seconds. */
  wait: z.enum(['agent', 'port', 'screen', 'running']),
  port: z.number().optional(),
  timeout: z.number(),
  /** What came, in words: `agent answers (Debian GNU/Linux 13)`. */
  came: z.string().optional(),
  /** What it was at when it failed, and why. */
  phase: z.enum(['restore', 'start', 'wait']).optional(),
  problem: z.string().optional(),
  /** What its disks were read, in bytes; of VMs. */
  readBytes: z.number().optional(),
  /** What it had, in MiB, when that was less than in its configuration. */
  memory: z.number().optional(),
  /** Of VMs: whether it ran with the processor's help. */
  accelerator: z.enum(['kvm', 'tcg']).optional(),
  /** Is there a picture of its screen? */
  picture: replyFlag,
  /** What it had not of the backup's configuration, or otherwise, one a line. */
  notes: z.array(z.string()),
});
export type RestoreProof = z.output<typeof restoreProof>;

/** What lists say of a proof: `time` is its end, in seconds since the epoch. */
export const listedProof = z.object({
  state: z.enum(['proven', 'failed']),
  time: z.number(),
  picture: replyFlag,
  /** Of a failed one. */
  problem: z.string().optional(),
});
export type ListedProof = z.output<typeof listedProof>;

export const testBackup = defineMethod({
  verb: 'POST',
  path: '/nodes/{node}/vzdump/test',
  summary:
    'Tries to restore a backup: to a temporary guest without a network, which is started, waited for and removed. Returns the task',
  params: z.object({
    ...testOptions,
    /** KiB per second; 0 for no limit. */
    bwlimit: integer({ minimum: 0, default: 'restore limit from storage configuration' }).optional(),
    node: nodeName(),
    volume: string(),
  }),
  returns: taskStarted,
  permission: { user: 'all' },
  extension: true,
});

export const readProof = defineMethod({
  verb: 'GET',
  path: '/nodes/{node}/vzdump/proof',
  summary: 'What came of the newest try to restore a backup',
  params: z.object({ node: nodeName(), volume: string() }),
  returns: restoreProof,
  permission: { user: 'all' },
  extension: true,
});

export const readProofPicture = defineMethod({
  verb: 'GET',
  path: '/nodes/{node}/vzdump/picture',
  summary: 'The screen of the guest at the end of the newest try to restore a backup, as a PNG',
  params: z.object({ node: nodeName(), volume: string() }),
  returns: z.any(),
  permission: { user: 'all' },
  extension: true,
});

export const vzdumpProofMethods = [testBackup, readProof, readProofPicture] as const;
