// Who has a file open, told by /proc (proc(5)).
import { readdir, readFile, readlink } from 'node:fs/promises';

/** Process ids of the programs with this name and argument that have the file open. */
export async function holdersOf(file: string, program: string, argument: string): Promise<number[]> {
  const found: number[] = [];
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    const name = await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => '');
    if (name.trim() !== program) continue;
    const words = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    if (!words.split('\0').includes(argument)) continue;
    const descriptors = await readdir(`/proc/${pid}/fd`).catch(() => []);
    const targets = await Promise.all(
      descriptors.map((fd) => readlink(`/proc/${pid}/fd/${fd}`).catch(() => '')),
    );
    if (targets.includes(file)) found.push(Number(pid));
  }
  return found;
}
