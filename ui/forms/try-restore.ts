// How a restore is tried, as forms have it: what is waited for, how long, and where the disks are meanwhile. Pure.
import type { GuestKind } from '../../server/contract/guest-actions.ts';
import { defaultTestSeconds, type TestWait, testWaits } from '../../server/contract/vzdump-proof.ts';
import { wholeNumber } from './plain-rules.ts';

export interface TryForm {
  readonly testWait: TestWait;
  /** What a container is to listen on; empty: nothing is asked of it. */
  readonly testPort: string;
  /** From its start on. */
  readonly testSeconds: string;
  /** Empty: where its disks were. */
  readonly testStorage: string;
}

export const newTry: TryForm = {
  ...{ testWait: 'auto', testPort: '', testSeconds: String(defaultTestSeconds), testStorage: '' },
};

/** What can be waited for: each kind has its own, jobs have them all. */
export function waitsOf(kind: GuestKind | undefined): readonly TestWait[] {
  if (kind === 'qemu') return testWaits.filter((wait) => wait !== 'port');
  return kind === 'lxc' ? ['auto', 'port', 'running'] : testWaits;
}

/** Does a port say anything? Only containers are asked for one. */
export function takesPort(wait: TestWait, kind: GuestKind | undefined): boolean {
  return kind !== 'qemu' && (wait === 'auto' || wait === 'port');
}

const shortest = 10;
const longest = 7200;
const highestPort = 65_535;
const isPort = (text: string) => {
  const port = wholeNumber(text);
  return port !== undefined && port >= 1 && port <= highestPort;
};
const isTime = (text: string) => {
  const seconds = wholeNumber(text);
  return seconds !== undefined && seconds >= shortest && seconds <= longest;
};

export type TryProblem = 'port' | 'seconds';

/** What would certainly be refused. */
export function checkTry(form: TryForm, kind?: GuestKind): Partial<Record<keyof TryForm, TryProblem>> {
  const port = form.testPort.trim();
  const badPort = takesPort(form.testWait, kind) && (port === '' ? form.testWait === 'port' : !isPort(port));
  return {
    ...(badPort ? { testPort: 'port' as const } : {}),
    ...(form.testSeconds.trim() === '' || isTime(form.testSeconds)
      ? {}
      : { testSeconds: 'seconds' as const }),
  };
}

/** The parameters of `vzdump/test`: only what is not as usual, and what is right. */
export function tryParams(form: TryForm, kind?: GuestKind) {
  const port = form.testPort.trim();
  const seconds = form.testSeconds.trim();
  return {
    ...(form.testWait === 'auto' ? {} : { wait: form.testWait }),
    ...(takesPort(form.testWait, kind) && isPort(port) ? { port: Number(port) } : {}),
    ...(isTime(seconds) && Number(seconds) !== defaultTestSeconds ? { timeout: Number(seconds) } : {}),
    ...(form.testStorage === '' ? {} : { storage: form.testStorage }),
  };
}

/** A try of all backups of a job, or of the one that waits longest, by a schedule. */
export interface JobTryForm extends TryForm {
  readonly tests: boolean;
  readonly testSchedule: string;
  readonly testGuests: 'one' | 'all';
}

export const newJobTry: JobTryForm = {
  ...newTry,
  ...{ tests: false, testSchedule: 'sun 05:00', testGuests: 'one' },
};

const text = (value: unknown): string =>
  typeof value === 'string' || typeof value === 'number' ? String(value) : '';

/** Of a job as the API answers it. */
export function readJobTry(job: Readonly<Record<string, unknown>>): JobTryForm {
  const schedule = text(job['test-schedule']);
  return {
    tests: schedule !== '',
    testSchedule: schedule || newJobTry.testSchedule,
    testGuests: job['test-guests'] === 'all' ? 'all' : 'one',
    testWait: testWaits.find((wait) => wait === job['test-wait']) ?? 'auto',
    testPort: text(job['test-port']),
    testSeconds: text(job['test-timeout']) || newTry.testSeconds,
    testStorage: text(job['test-storage']),
  };
}

/** Without a schedule nothing else is shown, and nothing else is wrong. */
export function checkJobTry(form: JobTryForm): Partial<Record<keyof JobTryForm, TryProblem | 'schedule'>> {
  if (!form.tests) return {};
  return { ...checkTry(form), ...(form.testSchedule.trim() === '' ? { testSchedule: 'schedule' } : {}) };
}

/** The options of a job. How it is tried by hand stays when there is no schedule. */
export function jobTryParams(form: JobTryForm) {
  const { wait, port, timeout, storage } = tryParams(form);
  return {
    ...(form.tests ? { 'test-schedule': form.testSchedule.trim() } : {}),
    ...(form.testGuests === 'all' ? { 'test-guests': 'all' as const } : {}),
    ...(wait === undefined ? {} : { 'test-wait': wait }),
    ...(port === undefined ? {} : { 'test-port': port }),
    ...(timeout === undefined ? {} : { 'test-timeout': timeout }),
    ...(storage === undefined ? {} : { 'test-storage': storage }),
  };
}

/** Those options, and what the API says of the tries. */
export const jobTryOptions = [
  ...(['test-schedule', 'test-guests', 'test-wait', 'test-port', 'test-timeout', 'test-storage'] as const),
];
export const jobTryFacts = ['next-run', 'last-run', 'last-upid', 'last-state', 'last-status'].map(
  (name) => `test-${name}`,
);
