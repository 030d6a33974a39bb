// Machines for tests: handed to the test, ended always, and looked at first when the test fails.
import { randomInt } from 'node:crypto';
import { expect } from 'vitest';
import { AppError } from '../../server/core/errors.ts';
import { prepareBase } from './base.ts';
import { collectEvidence, type Witness } from './evidence.ts';
import { findIso } from './iso-image.ts';
import { prune } from './lab-cache.ts';
import { type Machine, machineId } from './machine.ts';
import { type LabNode, startNode } from './node.ts';
import { recordedIds, sweep } from './run-folder.ts';

/** Runs `test` with a machine that `make` started (or only created), and takes it away. */
export async function useMachine<T>(
  make: () => Promise<Machine>,
  test: (machine: Machine) => Promise<T>,
): Promise<T> {
  await sweep();
  const machine = await make();
  return watched([{ machine }], () => test(machine));
}

/** Runs `test` with that many nodes of the newest ISO on a private network of their own, and takes them away. */
export async function withLab<T>(count: number, test: (nodes: LabNode[]) => Promise<T>): Promise<T> {
  await sweep();
  prune(recordedIds());
  const base = await prepareBase(await findIso(), {
    say: (line) => process.stderr.write(`lab base: ${line}\n`),
  });
  const segment = randomInt(24_000, 40_000);
  const starts = Array.from({ length: count }, (_, index) =>
    startNode(base, index + 1, { segment, id: machineId(`lab${index + 1}`) }),
  );
  const ready = await Promise.allSettled(starts);
  const nodes = ready.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  return watched(nodes, () => {
    const failed = ready.find((one) => one.status === 'rejected');
    if (failed) throw failed.reason;
    return test(nodes);
  });
}

async function watched<T>(witnesses: readonly Witness[], test: () => Promise<T>): Promise<T> {
  try {
    return await test();
  } catch (error) {
    // What a program in the machine said before it failed: its last line alone is seldom the reason.
    if (error instanceof AppError && error.detail) process.stderr.write(`${error.detail}\n`);
    await collectEvidence(expect.getState().currentTestName ?? 'no-test', witnesses);
    throw error;
  } finally {
    for (const { machine, ssh } of witnesses) {
      await ssh?.close();
      await machine.dispose();
    }
  }
}
