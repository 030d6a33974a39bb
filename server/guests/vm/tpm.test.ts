// The end of an emulated TPM: it goes, with all that it or a start that was cut off left; a stranger with its number stays.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { tpmSocketPath } from './run-directory.ts';
import { endTpm } from './tpm.ts';

let runtimeDir: string;
let child: ChildProcess | undefined;
beforeEach(async () => {
  runtimeDir = await mkdtemp(join(tmpdir(), 'croft-tpm-'));
  await mkdir(join(runtimeDir, '100'));
});
afterEach(async () => {
  child?.kill('SIGKILL');
  await rm(runtimeDir, { recursive: true, force: true });
});

/** A process that looks like the VM's TPM, or like that of another. */
async function pretend(vmid: number, script: string): Promise<ChildProcess> {
  const control = `type=unixio,path=${tpmSocketPath(runtimeDir, vmid)},mode=0600`;
  child = spawn(process.execPath, ['-e', `${script}; setInterval(() => {}, 1000); console.log(1)`, control], {
    ...{ argv0: 'swtpm', stdio: ['ignore', 'pipe', 'ignore'] },
  });
  await once(child.stdout!, 'data');
  await writeFile(join(runtimeDir, 'tpm-100.pid'), `${child.pid}\n`);
  return child;
}

test.each([
  ['', 'SIGTERM'],
  ["process.on('SIGTERM', () => {})", 'SIGKILL'],
])('one that runs %s ends by %s', async (script, signal) => {
  const tpm = await pretend(100, script);
  const ended = once(tpm, 'exit');
  await writeFile(tpmSocketPath(runtimeDir, 100), '');
  for (const left of ['log', 'new']) await writeFile(join(runtimeDir, `tpm-100.${left}`), 'keys');
  await endTpm(runtimeDir, 100);
  expect(await ended).toEqual([null, signal]);
  expect(await readdir(runtimeDir, { recursive: true })).toEqual(['100']);
});

test('somebody else who has its number by now is left alone', async () => {
  const other = await pretend(101, '');
  await endTpm(runtimeDir, 100);
  expect([other.exitCode, other.signalCode]).toEqual([null, null]);
  expect(await readdir(runtimeDir)).toEqual(['100']);
});

test.each(['', '0', '1', '-1', 'x', '99999999'])('a number %j is nobody', async (text) => {
  await writeFile(join(runtimeDir, 'tpm-100.pid'), text);
  await endTpm(runtimeDir, 100);
  expect(await readdir(runtimeDir)).toEqual(['100']);
});
