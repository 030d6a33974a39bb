import { describe, expect, test } from 'vitest';
import {
  checkJobTry,
  checkTry,
  jobTryParams,
  newJobTry,
  newTry,
  readJobTry,
  type TryForm,
  takesPort,
  tryParams,
  waitsOf,
} from './try-restore.ts';

const form = (part: Partial<TryForm> = {}): TryForm => ({ ...newTry, ...part });

describe('one try', () => {
  test('says only what is not as usual', () => {
    expect(tryParams(form())).toEqual({});
    expect(
      tryParams(form({ testWait: 'port', testPort: ' 80 ', testSeconds: '60', testStorage: 'fast' }), 'lxc'),
    ).toEqual({ wait: 'port', port: 80, timeout: 60, storage: 'fast' });
    expect(tryParams(form({ testSeconds: '' }))).toEqual({});
  });

  test('asks for a port only where one is', () => {
    expect(waitsOf('qemu')).toEqual(['auto', 'agent', 'screen', 'running']);
    expect(waitsOf('lxc')).toEqual(['auto', 'port', 'running']);
    expect(waitsOf(undefined)).toContain('screen');
    expect(takesPort('auto', 'lxc')).toBe(true);
    expect(takesPort('auto', 'qemu')).toBe(false);
    expect(takesPort('running', undefined)).toBe(false);
    expect(tryParams(form({ testPort: '80' }), 'qemu')).toEqual({});
  });

  test.each<[Partial<TryForm>, object]>([
    [{}, {}],
    [{ testWait: 'port' }, { testPort: 'port' }],
    [{ testWait: 'port', testPort: '80' }, {}],
    [{ testPort: '0' }, { testPort: 'port' }],
    [{ testPort: '65536' }, { testPort: 'port' }],
    [{ testPort: 'ssh' }, { testPort: 'port' }],
    [{ testPort: 'ssh', testWait: 'running' }, {}],
    [{ testSeconds: '9' }, { testSeconds: 'seconds' }],
    [{ testSeconds: '7201' }, { testSeconds: 'seconds' }],
    [{ testSeconds: '1.5' }, { testSeconds: 'seconds' }],
    [{ testSeconds: '10' }, {}],
  ])('%j: %j', (part, problems) => {
    expect(checkTry(form(part))).toEqual(problems);
  });
});

describe('tries of a job', () => {
  test('come back as they were', () => {
    const options = {
      ...{ 'test-schedule': 'sat 04:00', 'test-guests': 'all', 'test-wait': 'port', 'test-port': 22 },
      ...{ 'test-timeout': 120, 'test-storage': 'fast' },
    };
    expect(jobTryParams(readJobTry(options))).toEqual(options);
    expect(jobTryParams(readJobTry({}))).toEqual({});
  });

  test('without a schedule keep what is for those by hand, and nothing that is wrong', () => {
    const kept = { ...readJobTry({ 'test-wait': 'running', 'test-timeout': 60 }), testSeconds: 'x' };
    expect(jobTryParams(kept)).toEqual({ 'test-wait': 'running' });
    expect(checkJobTry(kept)).toEqual({});
  });

  test('need a schedule where they have one', () => {
    expect(checkJobTry({ ...newJobTry, tests: true, testSchedule: ' ' })).toEqual({
      testSchedule: 'schedule',
    });
    expect(checkJobTry({ ...newJobTry, tests: true })).toEqual({});
  });
});
