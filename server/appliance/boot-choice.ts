// Which slot boots: `slot` and `try` in the environment blocks of all ESPs, kept the same.
import { join } from 'node:path';
import { grubFolder, type Slot, slots } from '../core/appliance-layout.ts';
import { AppError, asAppError } from '../core/errors.ts';
import {
  changeGrubEnvFile,
  type GrubVariables,
  readGrubEnvFile,
  rebuildGrubEnvFile,
} from '../core/grub-env.ts';
import type { EspPartitions } from './esp-partitions.ts';

export interface BootChoice {
  /** The slot that boots by default; undefined when no block says it. */
  readonly slot: Slot | undefined;
  /** The slot that the next boot tries, by any of the blocks. GRUB empties only the block of the disk it booted from. */
  readonly try: Slot | undefined;
  /** Has every block the same `try`? When one is emptied already, GRUB has taken it. */
  readonly tryEverywhere: boolean;
  /** What is wrong, in sentences: damaged blocks, blocks that differ. */
  readonly problems: readonly string[];
}

export interface BootChoices {
  /** Reads all ESPs. Rejects only when there are none, or none can be mounted. */
  read(): Promise<BootChoice>;
  /**
   * Writes to all ESPs; `try: undefined` empties it, `slot` left out stays what `read` says. A damaged block is left
   * alone unless `rebuild`. Answers what is wrong still; rejects when not even one was written. Repeatable.
   */
  write(change: BootChange, options: { readonly rebuild: boolean }): Promise<readonly string[]>;
}

export interface BootChange {
  readonly slot?: Slot;
  readonly try: Slot | undefined;
}

interface Block {
  readonly device: string;
  readonly variables: GrubVariables | undefined;
  readonly problem: AppError | undefined;
}

const grubEnvName = 'grubenv';
const envFile = (folder: string) => join(folder, grubFolder, grubEnvName);

export function createBootChoices(esps: EspPartitions): BootChoices {
  async function blocks(): Promise<Block[]> {
    const found: Block[] = [];
    for (const device of await esps.list()) {
      try {
        const variables = await esps.mounted(device, 'read', (folder) => readGrubEnvFile(envFile(folder)));
        found.push({ device, variables, problem: undefined });
      } catch (error) {
        found.push({ device, variables: undefined, problem: asAppError(error) });
      }
    }
    return found;
  }

  async function writeOne(block: Block, values: BootChange, rebuild: boolean): Promise<void> {
    const variables = { slot: values.slot, try: values.try ?? '' };
    await esps.mounted(block.device, 'write', async (folder) => {
      const path = envFile(folder);
      try {
        await changeGrubEnvFile(path, variables);
      } catch (error) {
        if (!rebuild || asAppError(error).code !== 'wrong-state') throw error;
        const known = Object.entries(variables).filter(
          (pair): pair is [string, string] => pair[1] !== undefined,
        );
        await rebuildGrubEnvFile(path, new Map(known));
      }
    });
  }

  return {
    read: async () => choiceOf(await blocks()),

    async write(change, { rebuild }) {
      const now = await blocks();
      const slot = change.slot ?? choiceOf(now).slot;
      const values: BootChange = { try: change.try, ...(slot === undefined ? {} : { slot }) };
      const problems: string[] = [];
      let failure: AppError | undefined;
      for (const block of now) {
        try {
          await writeOne(block, values, rebuild);
        } catch (error) {
          failure = asAppError(error);
          problems.push(`boot partition ${block.device}: ${failure.message}`);
        }
      }
      if (failure && problems.length === now.length)
        throw new AppError(failure.code, `cannot write which slot boots: ${failure.message}`, {
          cause: failure,
        });
      return problems;
    },
  };
}

function choiceOf(blocks: readonly Block[]): BootChoice {
  const readable = blocks.flatMap(({ variables }) => (variables ? [variables] : []));
  const problems = blocks.flatMap(({ device, problem }) =>
    problem ? [`boot partition ${device}: ${problem.message}`] : [],
  );
  const first = blocks.find(({ problem }) => problem)?.problem;
  if (readable.length === 0 && first && first.code !== 'wrong-state') throw first;
  const defaults = readable.map((variables) => slotOf(variables.get('slot')));
  const tries = readable.map((variables) => slotOf(variables.get('try')));
  if (new Set(defaults).size > 1)
    problems.push(
      `The boot partitions differ: they name ${defaults.map((slot) => slot ?? 'no slot').join(' and ')} as the default`,
    );
  return {
    slot: defaults.find((slot) => slot !== undefined),
    try: tries.find((slot) => slot !== undefined),
    tryEverywhere: tries.every((slot) => slot !== undefined),
    problems,
  };
}

function slotOf(text: string | undefined): Slot | undefined {
  return slots.find((slot) => slot === text);
}
