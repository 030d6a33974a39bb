// The installer's routes as a handler sees them: refused where nothing can be installed, secrets gone however a task ends.
import { describe, expect, test } from 'vitest';
import type { Installer, InstallJob } from '../../contract/installer.ts';
import { AppError } from '../../core/errors.ts';
import type { TaskRecord } from '../../tasks/task.ts';
import { type ApplianceInstallParts, applianceInstallRoutes } from './appliance-install.ts';

const facts = { firmware: 'bios' as const, memoryBytes: 1, disks: [], nics: [] };

const job: InstallJob = { id: 'job-12345', disks: ['sda'], hostname: 'server1', after: 'none' };

function world(tasks: Partial<ApplianceInstallParts['tasks']> = {}) {
  const calls: unknown[][] = [];
  const installer = {
    accept: async (...args: unknown[]) => {
      calls.push(['accept', ...args.slice(0, 2)]);
      return job;
    },
    finish: async (given: InstallJob) => void calls.push(['finish', given.id]),
    check: async () => ({ problems: [], destroys: ['x'], warnings: [] }),
  } as unknown as Installer;
  const errors: unknown[] = [];
  const routes = applianceInstallRoutes({
    installer,
    machine: async () => facts,
    tasks: { start: async () => 'UPID:x', wait: async () => ({}) as TaskRecord, ...tasks },
    onError: (error) => errors.push(error),
  });
  return { calls, errors, routes };
}

function call(
  routes: ReturnType<typeof applianceInstallRoutes>,
  path: string,
  params: object,
): Promise<unknown> {
  const route = routes.find(({ declaration }) => declaration.path.endsWith(path));
  const request = { params, caller: { requester: 'root@pam' }, signal: new AbortController().signal };
  return Promise.resolve().then(() => route?.handler(request as never) as unknown);
}

const given = { node: 'pve1', answers: '[disk]', confirm: 'sda' };

describe('install', () => {
  test('accepts, starts, and forgets when the task has ended', async () => {
    const ended = Promise.withResolvers<TaskRecord>();
    const { calls, routes } = world({ wait: () => ended.promise });
    expect(await call(routes, '/install', given)).toBe('UPID:x');
    expect(calls).toEqual([['accept', '[disk]', 'sda']]);
    ended.resolve({} as TaskRecord);
    await new Promise(setImmediate);
    expect(calls.at(-1)).toEqual(['finish', 'job-12345']);
  });

  test('a task that cannot be started leaves no secret', async () => {
    const start = async () => {
      throw new AppError('unavailable', 'the disk is full');
    };
    const { calls, routes } = world({ start });
    await expect(call(routes, '/install', given)).rejects.toThrow('the disk is full');
    expect(calls.at(-1)).toEqual(['finish', 'job-12345']);
  });

  test('what fails behind the answer is told to the log', async () => {
    const { errors, routes } = world({ wait: () => Promise.reject(new Error('stopped')) });
    await call(routes, '/install', given);
    await new Promise(setImmediate);
    expect(errors).toHaveLength(1);
  });

  test('what is in the machine is told without a live system too', async () => {
    const tasks = { start: async () => '', wait: async () => ({}) as TaskRecord };
    const parts = { installer: undefined, machine: async () => facts, tasks, onError: () => {} };
    expect(await call(applianceInstallRoutes(parts), '/machine', given)).toEqual(facts);
  });

  test.each(['/check', '/install'])('%s is refused without a live system', async (path) => {
    const tasks = world().routes && { start: async () => '', wait: async () => ({}) as TaskRecord };
    const routes = applianceInstallRoutes({
      ...{ installer: undefined, machine: async () => facts, tasks },
      onError: () => {},
    });
    await expect(call(routes, path, given)).rejects.toMatchObject({ code: 'unsupported' });
  });
});
