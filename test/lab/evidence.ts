// What is kept of machines when a test fails: serial log, screenshot, journal, QEMU's own words.
import { copyFileSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Machine } from './machine.ts';
import { files } from './qemu-args.ts';
import { lastLines } from './serial.ts';
import type { Ssh } from './ssh.ts';

const results = fileURLToPath(new URL('../../test-results/lab', import.meta.url));

export interface Witness {
  readonly machine: Machine;
  /** Where the journal is asked for, if it still answers. */
  readonly ssh?: Ssh;
}

/** Where it is kept for this test. */
export function evidenceFolder(testName: string): string {
  return join(results, testName.replaceAll(/[^\w.-]+/g, '-').slice(0, 120));
}

/** Lines of each console that go into the test's own output: the folder is out of reach where the checkout is thrown away. */
const shownLines = 40;

/** Writes all that can be had into a folder named for the test, and the ends of the consoles to standard error. Never fails. */
export async function collectEvidence(testName: string, witnesses: readonly Witness[]): Promise<void> {
  const folder = evidenceFolder(testName);
  rmSync(folder, { recursive: true, force: true });
  for (const witness of witnesses) {
    const own = join(folder, witness.machine.id);
    mkdirSync(own, { recursive: true });
    await collect(witness, own).catch((error: unknown) =>
      writeFileSync(join(own, 'incomplete'), `${error}\n`),
    );
    const console = lastLines(witness.machine.serial.transcript(), shownLines);
    process.stderr.write(`lab: ${witness.machine.id} said last, on its console:\n${console}\n`);
  }
  process.stderr.write(`lab: what the machines say is in ${folder}\n`);
}

async function collect({ machine, ssh }: Witness, folder: string): Promise<void> {
  for (const name of [files.serialLog, files.qemuLog]) {
    if (existsSync(machine.file(name))) copyFileSync(machine.file(name), join(folder, name));
  }
  writeFileSync(join(folder, 'serial.txt'), machine.serial.transcript());
  if (!machine.running) return;
  await machine.screenshot(join(folder, 'screen.png')).catch(() => {});
  if (!ssh) return;
  // Merged: nodes are given a machine id of their own after their boot, and the journal has both.
  const { stdout } = await ssh.run(
    ['journalctl', '--merge', '--no-pager', '--lines=20000', '--output=short-iso-precise'],
    {
      timeoutMs: 40_000,
    },
  );
  writeFileSync(join(folder, 'journal.txt'), stdout);
}
