// Long programs with the real kernel: lines as they come, and an end that leaves neither children nor mounts.
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { runProgram } from './run-program.ts';

const usual = () => {
  const lines: string[] = [];
  const signal = new AbortController().signal;
  const onLine = (line: string) => void lines.push(line);
  return { lines, options: { signal, timeoutMs: 10_000, intention: 'try', onLine } };
};

it('hands on lines of both outputs, and says which one was the error', async () => {
  const { lines, options } = usual();
  await runProgram('printf', ['one\\rtwo\\n\\nthree'], options);
  expect(lines).toEqual(['one', 'two', 'three']);
  const failing = runProgram(
    'sh',
    ['-c', 'echo first; echo "E: the reason" >&2; echo "I: later" >&2; exit 3'],
    options,
  );
  await expect(failing).rejects.toMatchObject({ code: 'command-failed', message: 'try: E: the reason' });
});

it('cancelled or too slow, everything it started is gone, and what it mounted', async () => {
  const mounts = readFileSync('/proc/self/mounts', 'utf8');
  const script = 'mount -t tmpfs croft-test /mnt; sleep 86399 & echo started; sleep 86399';
  const abort = new AbortController();
  const { options } = usual();
  const onLine = () => abort.abort();
  const run = runProgram('sh', ['-c', script], { ...options, signal: abort.signal, onLine });
  await expect(run).rejects.toMatchObject({ code: 'cancelled' });
  await expect(runProgram('sh', ['-c', script], { ...options, timeoutMs: 300 })).rejects.toMatchObject({
    code: 'timeout',
  });
  const { lines, options: again } = usual();
  await runProgram('sh', ['-c', 'exit 0'], again);
  expect(lines).toEqual([]);
  expect(readFileSync('/proc/self/mounts', 'utf8')).toBe(mounts);
  const found = usual();
  await expect(runProgram('nothing-of-this-name', [], found.options)).rejects.toMatchObject({
    code: 'command-failed',
  });
});
