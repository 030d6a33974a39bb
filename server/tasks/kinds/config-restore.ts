// Task `configrestore`: chosen items of a configuration's backup are brought back, the documents all at once, then the files.

import type { HostConfig } from '../../backup/host-config/host-config.ts';
import { planRestore, readChosen } from '../../backup/host-config/restore-plan.ts';
import { AppError } from '../../core/errors.ts';
import { quietContext, type WorkContext } from '../../core/work-context.ts';
import type { LockRef, TaskKind } from '../task.ts';

export interface ConfigRestoreParams {
  readonly volume: string;
  /** `id@digest`. */
  readonly items: readonly string[];
  /** Under which the passphrase is kept in memory, if one was given: it is not stored. */
  readonly passphraseId: string | undefined;
}

export interface ConfigRestoreParts {
  readonly config: HostConfig;
  /** Undefined once the daemon that was told it is gone. */
  passphrase(id: string): string | undefined;
  /** Keeps a copy of the database as it is, for the way back; answers its name. Absent where there is none. */
  keepCopy?(): Promise<string>;
}

/** Goes on after a crash: a mark that is written with the documents says that they are, and a file that is as wanted is left alone. */
export function configRestoreKind(parts: ConfigRestoreParts): TaskKind<ConfigRestoreParams, object> {
  const { config } = parts;
  const { store, clock, files } = config.parts;
  const plan = async (context: WorkContext, { volume, items, passphraseId }: ConfigRestoreParams) => {
    if (items.length === 0) return planRestore([], [], () => undefined, 0);
    const passphrase = passphraseId === undefined ? undefined : parts.passphrase(passphraseId);
    if (passphraseId !== undefined && passphrase === undefined)
      throw new AppError('cancelled', 'the passphrase is not known any more: begin the restore again');
    const { items: compared } = await config.compare(context, volume, passphrase);
    return planRestore(compared, readChosen(items), (key) => store.read(key), clock.now());
  };
  return {
    type: 'configrestore',
    describe: ({ items }) =>
      `Restore ${items.length === 1 ? 'an item' : `${items.length} items`} of the configuration`,
    objectId: () => '',
    locks: ({ items }) => locksOf(items),
    check: async (params) => void (await plan(quietContext(), params)),
    steps: [
      {
        name: 'keep-copy',
        async run(context) {
          const name = await parts.keepCopy?.();
          if (name !== undefined)
            context.log(`the configuration as it was is kept: croft state restore ${name}`);
        },
      },
      {
        name: 'write-documents',
        async run(context, params) {
          if (config.restoredBy() === context.upid) return;
          const { writes, lines, warnings } = await plan(context, params);
          await store.batch([...writes, config.restoredMark(context.upid)]);
          for (const line of lines) context.log(line);
          for (const line of warnings) context.warn(line);
        },
      },
      {
        name: 'write-files',
        async run(context, params) {
          const items = params.items.filter((item) => item.startsWith('file/'));
          const { files: wanted } = await plan(context, { ...params, items });
          for (const { name, text } of wanted) {
            await files.find((file) => file.name === name)?.write?.(text);
            context.log(`wrote ${name}`);
          }
        },
      },
    ],
    afterCrash: 'resume',
    cancellable: false,
  };
}

/** What is restored is the task's alone, and one restore runs at a time. */
function locksOf(items: readonly string[]): LockRef[] {
  const guests = items.flatMap((item): LockRef[] => {
    const vmid = /^guests\/(\d+)@/.exec(item)?.[1];
    return vmid === undefined ? [] : [{ scope: 'guest', id: vmid }];
  });
  return [...guests, { scope: 'name', id: 'configrestore' }];
}
