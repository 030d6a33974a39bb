// Hanging up ends what runs on the terminal, and nothing on terminals of other worlds that have the same device number.
import { type ChildProcess, spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { afterEach, expect, it } from 'vitest';
import { openTerminal } from './pty-terminal.ts';
import { type ProcessLine, readStat } from './terminal-processes.ts';

const terminals = 12;
/** As a container has it: processes and terminals numbered from the beginning. util-linux's script(1) runs each on a terminal. */
const otherWorld = `
  mount -t devpts -o newinstance,ptmxmode=0666 none /dev/pts &&
  mount --bind /dev/pts/ptmx /dev/ptmx &&
  for number in $(seq ${terminals}); do script -qc 'exec sleep 777' /dev/null & done; wait`;

let world: ChildProcess | undefined;
afterEach(() => {
  // Its first process is the init of its process namespace: all the others end with it.
  world?.kill('SIGKILL');
});

/** Those that sleep for so long, here or there. */
function sleeping(seconds: string): ProcessLine[] {
  return readdirSync('/proc').flatMap((pid) => {
    try {
      const words = /^\d+$/.test(pid) ? readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0') : [];
      if (words[0] !== 'sleep' || words[1] !== seconds) return [];
      return readStat(readFileSync(`/proc/${pid}/stat`, 'utf8')) ?? [];
    } catch {
      return [];
    }
  });
}

it('ends what runs on the terminal, and leaves the terminals of containers alone', async () => {
  world = spawn('unshare', ['--mount', '--pid', '--fork', '--kill-child', 'sh', '-c', otherWorld], {
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  const terminal = openTerminal('sh', ['-c', 'sleep 778 & sleep 778'], { columns: 80, rows: 24 });
  await expect.poll(() => sleeping('778').length, { timeout: 5000 }).toBe(2);
  await expect.poll(() => sleeping('777').length, { timeout: 5000 }).toBe(terminals);
  const there = sleeping('777');
  // Else nothing would be shown: one of them has the number of ours.
  expect(there.map(({ tty }) => tty)).toContain(sleeping('778')[0]?.tty);
  const ended = new Promise<void>((resolve) => terminal.onEnd(resolve));
  terminal.close();
  await ended;
  await expect.poll(() => sleeping('778').length, { timeout: 5000 }).toBe(0);
  // Past the time after which what did not hear is killed.
  await new Promise((resolve) => setTimeout(resolve, 4000));
  expect(sleeping('777')).toEqual(there);
}, 30_000);
