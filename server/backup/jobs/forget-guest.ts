// A guest that is removed for good is taken out of the jobs that name it: its number may be another guest's one day.
import type { ClusterStore } from '../../cluster/cluster-store.ts';
import { readList } from '../../contract/params.ts';
import { AppError, hasCode } from '../../core/errors.ts';
import { findJob, type JobOptions, jobKey, listJobs, renderJob } from './job-document.ts';

/** How often somebody else may be faster. */
const mostTries = 20;

/**
 * From the guests that jobs mean, and from those that they leave out. A job that meant nobody else is removed, as Proxmox VE does.
 * Answers a line about each job that was changed. Repeatable.
 */
export async function forgetInJobs(store: ClusterStore, vmid: number): Promise<string[]> {
  const lines: string[] = [];
  for (const { id } of listJobs(store)) {
    const line = await forgetIn(store, id, vmid);
    if (line !== undefined) lines.push(line);
  }
  return lines;
}

async function forgetIn(store: ClusterStore, id: string, vmid: number): Promise<string | undefined> {
  for (let tries = 0; tries < mostTries; tries += 1) {
    const job = findJob(store, id);
    const options = job && withoutGuest(job.options, vmid);
    if (!job || options === job.options) return undefined;
    try {
      if (options === undefined) {
        await store.delete(jobKey(id), job.version);
        return `backup job '${id}' meant no other guest, and was removed`;
      }
      await store.write(jobKey(id), renderJob({ ...job, options }), job.version);
      return `removed from backup job '${id}'`;
    } catch (error) {
      if (!hasCode(error, 'wrong-state')) throw error;
    }
  }
  throw new AppError('busy', `backup job '${id}' changes all the time; try again`);
}

/** The same when they do not name it; undefined when nobody is left that they mean. */
function withoutGuest(options: JobOptions, vmid: number): JobOptions | undefined {
  const { vmid: meant, exclude, ...others } = options;
  const without = (list: string | undefined) => readList(list).filter((one) => Number(one) !== vmid);
  const [left, leftOut] = [without(meant), without(exclude)];
  if (left.length === readList(meant).length && leftOut.length === readList(exclude).length) return options;
  if (meant !== undefined && left.length === 0) return undefined;
  return {
    ...others,
    ...(left.length === 0 ? {} : { vmid: left.join(',') }),
    ...(leftOut.length === 0 ? {} : { exclude: leftOut.join(',') }),
  };
}
