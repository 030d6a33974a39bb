// Sends a suite or a benchmark of this project to a lab node, in one file that the node's own Node runs; and runs suites.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundleForAppliance } from '../appliance/bundle.ts';
import { closingOf } from '../appliance/tap.ts';
import { keep } from './kept-log.ts';
import type { LabNode } from './node.ts';

/** Node and its options; the bundle and its arguments follow. */
export const nodeOfAppliance = ['/usr/lib/croft/node', '--enable-source-maps'] as const;

/** The bundles' places on the node, by their entries. */
export const bundles = {
  'test/appliance/storage-conformance.ts': '/run/storage-conformance.mjs',
  'test/appliance/drbd-mirror.ts': '/run/drbd-mirror.mjs',
  'test/appliance/drbd-plugin-folder.ts': '/run/drbd-plugin.mjs',
  'bench/storage-appliance.ts': '/run/storage-bench.mjs',
} as const;

/** Answers where it is on the node. */
export async function sendBundle({ ssh }: LabNode, entry: keyof typeof bundles): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'croft-bundle-'));
  try {
    const file = join(folder, 'bundle.mjs');
    await bundleForAppliance(entry, file);
    await ssh.copyTo(file, bundles[entry]);
    return bundles[entry];
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const suiteWithinMs = 30 * 60_000;

/** Runs a suite that was sent; keeps what it said in that file; answers what failed, named with the file. */
export async function runSuite(
  { ssh }: LabNode,
  bundle: string,
  words: readonly string[],
  log: string,
): Promise<string[]> {
  const began = Date.now();
  const { stdout, stderr } = await ssh.run([...nodeOfAppliance, '--test-reporter=tap', bundle, ...words], {
    ...{ timeoutMs: suiteWithinMs, okExitCodes: [0, 1] },
  });
  const seconds = ((Date.now() - began) / 1000).toFixed(0);
  const kept = keep(log, `${stdout}\n# standard error\n${stderr}`);
  const { tests, pass, fail, skipped, failed } = closingOf(stdout);
  process.stderr.write(`${log}: ${pass} of ${tests} passed, ${skipped} skipped, ${seconds} s: ${kept}\n`);
  const wrong: string[] = fail > 0 && failed.length === 0 ? [`${fail} tests`] : [...failed];
  // Nothing may pass by having nothing to do.
  if (pass === 0) wrong.push('no test ran');
  return wrong.map((name) => `${log}: ${name}`);
}
