// Lines of /proc/PID/stat, whatever a program is called.
import { expect, test } from 'vitest';
import { readStat } from './terminal-processes.ts';

const rest = 'S 1 4242 4242 34816 4242 4194304 100 0 0 0 1 2 0 0 20 0 1 0 987654 1000 200';

test('pid, terminal and begin', () => {
  expect(readStat(`4242 (bash) ${rest}`)).toEqual({ pid: 4242, tty: 34816, begun: '987654' });
  expect(readStat(`4242 (a) R 1 2 3 (b) ${rest}`)).toEqual({ pid: 4242, tty: 34816, begun: '987654' });
  expect(readStat('nonsense')).toBeUndefined();
  expect(readStat('4242 (bash) S 1')).toBeUndefined();
});
