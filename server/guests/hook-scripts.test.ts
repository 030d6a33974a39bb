// Hook scripts as programs: what they are run with, what is kept of what they print, and how they are ended. And which may be named.
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { vmWorld } from '../../test/fixtures/vm-world.ts';
import { checkHookScript } from './hook-scripts.ts';
import { mostBytes, mostLines, runHookProcess } from './hook-scripts-process.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'croft-hook-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function script(body: string, mode = 0o755): string {
  const file = join(folder, 'hook.sh');
  writeFileSync(file, `#!/bin/sh\n${body}\n`);
  chmodSync(file, mode);
  return file;
}

async function run(
  file: string,
  options: { signal?: AbortSignal; timeoutMs?: number; graceMs?: number } = {},
) {
  const lines: string[] = [];
  const { signal = new AbortController().signal, timeoutMs = 20_000, ...more } = options;
  const failure = await runHookProcess(file, ['100', 'pre-start'], {
    ...{ signal, timeoutMs, ...more },
    onLine: (line) => lines.push(line),
  }).then(
    () => undefined,
    (error: unknown) => error,
  );
  return { lines, failure };
}

describe('a script', () => {
  test('gets the number and the phase, a clean environment, and nothing to read', async () => {
    process.env['HOOK_TEST_SECRET'] = 'x';
    const { lines, failure } = await run(script('echo "$#: $1 $2"; pwd; cat; env | cut -d= -f1 | sort'));
    delete process.env['HOOK_TEST_SECRET'];
    expect(failure).toBeUndefined();
    // PWD, OLDPWD, SHLVL and _ are the shell's own.
    const names = lines.slice(2).filter((name) => !/^(PWD|OLDPWD|SHLVL|_)$/.test(name));
    expect(lines.slice(0, 2)).toEqual(['2: 100 pre-start', '/']);
    expect(names).toEqual(['LANG', 'LC_ALL', 'PATH']);
  });

  test('leads a process group of its own', async () => {
    const { lines } = await run(script('echo "$$ $(cut -d" " -f5 /proc/$$/stat)"'));
    const [pid, group] = lines[0]!.split(' ');
    expect(group).toBe(pid);
  });

  test('that fails is told with its code and last words', async () => {
    const { lines, failure } = await run(script('echo first; echo "no disk" >&2; exit 3'));
    expect(lines.sort()).toEqual(['first', 'no disk']);
    expect(failure).toMatchObject({
      code: 'command-failed',
      message: 'exit code 3: no disk',
    });
    expect((await run(script('kill -9 $$'))).failure).toMatchObject({ message: 'ended by SIGKILL' });
  });

  test.each([
    ['that is not executable', () => script('true', 0o644), 'the script is not executable'],
    ['that is not there', () => join(folder, 'none'), 'the script does not exist'],
    ['that is a folder', () => folder, 'the script does not exist'],
  ])('%s is refused', async (_what, file, text) => {
    expect((await run(file())).failure).toMatchObject({ code: 'command-failed', message: text });
  });

  test('without its interpreter is refused', async () => {
    const file = script('true');
    writeFileSync(file, '#!/nonexistent/perl\n');
    expect((await run(file)).failure).toMatchObject({ message: 'the script cannot be run: ENOENT' });
  });

  test('that floods is cut: by lines, by bytes, without ends of lines; its last words are kept', async () => {
    const byLines = await run(script('seq 1 100000; exit 1'));
    expect(byLines.lines.slice(0, mostLines)).toEqual(
      Array.from({ length: mostLines }, (_, n) => `${n + 1}`),
    );
    expect(byLines.lines.slice(mostLines)).toEqual([
      `(${100_000 - mostLines - 5} lines left out)`,
      ...['99996', '99997', '99998', '99999', '100000'],
    ]);
    expect(byLines.failure).toMatchObject({ message: 'exit code 1: 100000' });
    const endless = await run(script('head -c 5000000 /dev/zero | tr "\\0" x'));
    expect(endless.failure).toBeUndefined();
    expect(endless.lines.join('').length).toBeLessThan(mostBytes + 10_000);
  });

  test('is ended with all that it started when it is cancelled, also what does not listen', async () => {
    const cancel = new AbortController();
    const pids = join(folder, 'pids');
    const file = script(
      `trap '' TERM; sh -c 'trap "" TERM; sleep 60' & echo $$ $! >${pids}; sleep 60; sleep 60`,
    );
    const ended = run(file, { signal: cancel.signal, graceMs: 200 });
    await expect
      .poll(() => existsSync(pids) && readFileSync(pids, 'utf8'), { interval: 10 })
      .toMatch(/\d \d+\n/);
    cancel.abort(new Error('cancelled by the test'));
    expect((await ended).failure).toMatchObject({ message: 'cancelled by the test' });
    for (const pid of readFileSync(pids, 'utf8').trim().split(' '))
      await expect.poll(() => isGone(pid)).toBe(true);
  });

  test('has its time', async () => {
    const { failure } = await run(script('echo waiting; sleep 60'), { timeoutMs: 100 });
    expect(failure).toMatchObject({ code: 'timeout', message: 'it did not end within 0.1 s' });
  });

  test('may leave a program in the background, which nobody waits for and nobody ends', async () => {
    const pids = join(folder, 'pid');
    const { failure } = await run(script(`sleep 30 & echo $! >${pids}`));
    expect(failure).toBeUndefined();
    const pid = readFileSync(pids, 'utf8').trim();
    expect(isGone(pid)).toBe(false);
    process.kill(Number(pid), 'SIGKILL');
  });
});

/** Ended, whoever has still to reap it. */
function isGone(pid: string): boolean {
  try {
    return /\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return true;
  }
}

test('only a snippet that is there can be named; what stays as it was is not asked again', async () => {
  const made = await vmWorld();
  await made.addVolume('local:snippets/hook.pl');
  await made.addVolume('local:iso/a.iso');
  const check = (hookscript: string, changedKeys = ['hookscript']) =>
    checkHookScript(made.parts.storages, { config: { hookscript }, changedKeys });
  await check('local:snippets/hook.pl');
  await check('local:snippets/none', []);
  for (const [volume, rule] of [
    ['local:snippets/none', 'none'],
    ['local:iso/a.iso', 'not in the snippets directory'],
    ['nowhere:snippets/a', 'nowhere'],
    ['local:snippets/../iso/a.iso', ''],
  ] as const)
    await expect(check(volume), volume).rejects.toMatchObject({
      code: 'invalid-input',
      fields: { hookscript: expect.stringContaining(rule) },
    });
  await made.dispose();
});
