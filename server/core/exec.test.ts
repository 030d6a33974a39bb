// Programs as everybody here runs them: output, input, limits, and what is said when they fail.
import { afterEach, expect, it } from 'vitest';
import { exec } from './exec.ts';

const node = process.execPath;
const script = (text: string) => ['-e', text];

afterEach(() => {
  delete process.env['CROFT_EXEC_TEST'];
});

it('answers both outputs and the exit code, in a fixed locale, with the environment of the daemon', async () => {
  process.env['CROFT_EXEC_TEST'] = 'inherited';
  const text = `console.log(process.env.LC_ALL + process.env.CROFT_EXEC_TEST + process.env.MORE); console.error('side'); process.exitCode = 3`;
  const result = await exec(node, script(text), { env: { MORE: 'more' }, okExitCodes: [0, 3], cwd: '/' });
  expect(result).toEqual({ exitCode: 3, stdout: 'Cinheritedmore\n', stderr: 'side\n' });
});

it('gives input, and does not mind a program that reads none of it', async () => {
  const echo = `process.stdin.pipe(process.stdout)`;
  expect((await exec(node, script(echo), { input: 'grüße' })).stdout).toBe('grüße');
  expect((await exec(node, script(echo))).stdout).toBe('');
  await exec('true', [], { input: 'x'.repeat(1_000_000) });
});

it('says what failed in the words of the program', async () => {
  await expect(
    exec('sh', ['-c', 'echo one >&2; echo two >&2; exit 4'], { intention: 'try it' }),
  ).rejects.toMatchObject({ code: 'command-failed', message: 'try it: two', data: { exitCode: 4 } });
  await expect(exec('sh', ['-c', 'kill -KILL $$'], { intention: 'try it' })).rejects.toMatchObject({
    code: 'command-failed',
    message: 'try it: the program ended abnormally',
  });
  await expect(exec('croft-no-such-program', [])).rejects.toMatchObject({ code: 'unavailable' });
  await expect(exec('true', ['a\0b'])).rejects.toMatchObject({ code: 'command-failed' });
});

it('ends a program in time or when told to, also when a child of it holds its output open', async () => {
  const lasting = ['-c', 'sleep 5 & wait'];
  await expect(exec('sh', lasting, { timeoutMs: 50 })).rejects.toMatchObject({ code: 'timeout' });
  await expect(exec('sh', ['-c', 'sleep 5 &'], { timeoutMs: 200 })).rejects.toMatchObject({
    code: 'timeout',
  });
  const left = await exec('sh', ['-c', 'sleep 5 & echo said'], { timeoutMs: 2000, noOutput: true });
  expect(left).toEqual({ exitCode: 0, stdout: '', stderr: '' });
  const abort = new AbortController();
  const cancelled = exec('sh', lasting, { signal: abort.signal });
  setTimeout(() => abort.abort(), 20);
  await expect(cancelled).rejects.toMatchObject({ code: 'cancelled' });
  await expect(exec('true', [], { signal: abort.signal })).rejects.toMatchObject({ code: 'cancelled' });
});

it('more output than is wanted is an error', async () => {
  const many = { maxBytes: 1000, intention: 'read' };
  await expect(exec('sh', ['-c', 'yes'], many)).rejects.toMatchObject({ code: 'command-failed' });
  expect((await exec('printf', ['%01000d', '0'], many)).stdout).toHaveLength(1000);
});
