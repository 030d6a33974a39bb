// What is kept of machines when a test fails: serial log, screenshot, journal, QEMU's own words.
import { copyFileSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Machine } from './machine.ts';
import { files } from './qemu-args.ts';
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

/** Writes all that can be had into a folder named for the test; answers the folder. Never fails. */
export async function collectEvidence(testName: string, witnesses: readonly Witness[]): Promise<string> {
  const folder = evidenceFolder(testName);
  rmSync(folder, { recursive: true, force: true });
  for (const witness of witnesses) {
    const own = join(folder, witness.machine.id);
    mkdirSync(own, { recursive: true });
    await collect(witness, own).catch((error: unknown) =>
      writeFileSync(join(own, 'incomplete'), `${error}\n`),
    );
  }
  return folder;
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
