// What the methods on the state of VMs and on that of containers share: the fields of a line, the span of recorded metrics.
import { z } from 'zod';
import { guestPath } from './guest-path.ts';
import { choice } from './params.ts';

/** Sizes and counters in bytes, `cpu` as the fraction of `cpus` in use, `uptime` in seconds. */
export const guestStatusFields = {
  vmid: z.number(),
  name: z.string().optional(),
  /** A paused or frozen guest is running for the API. */
  status: z.enum(['stopped', 'running']),
  cpu: z.number().optional(),
  cpus: z.number().optional(),
  mem: z.number().optional(),
  maxmem: z.number().optional(),
  disk: z.number().optional(),
  maxdisk: z.number().optional(),
  diskread: z.number().optional(),
  diskwrite: z.number().optional(),
  netin: z.number().optional(),
  netout: z.number().optional(),
  uptime: z.number().optional(),
  /** As the host counts: of QEMU, or of the first process inside. */
  pid: z.number().optional(),
  tags: z.string().optional(),
  template: z.number().optional(),
  lock: z.string().optional(),
};

/** Which of a guest's recorded metrics: the mean or the peak of each step, over which time. */
export const guestMetricsSpan = {
  ...guestPath,
  cf: choice(['AVERAGE', 'MAX']).optional(),
  timeframe: choice(['hour', 'day', 'week', 'month', 'year']),
};
