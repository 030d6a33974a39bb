// Template bases: a template is unpacked once on each storage, into a volume of guest 0 that every container of it is cloned from.
import { createHash } from 'node:crypto';
import type { VolumeInfo } from '../../../storage-plugins/plugin.ts';
import { hasCode } from '../../core/errors.ts';
import type { WorkContext } from '../../core/work-context.ts';
import { canDo } from '../volume-features.ts';
import { ctIdMap } from './ct-driver.ts';
import type { CtStorages } from './ct-storages.ts';
import { unmakeCtVolume } from './ct-volumes.ts';

/** One base: on which storage, and by which key. Plain data, stored with tasks. */
export type TemplateBase = {
  readonly storage: string;
  /** `tmpl-<digest>`. */
  readonly word: string;
};

/** No guest's: the node's own. */
const nobody = 0;

/** The template file's name, size and time of change, and the id map: another file under the same name makes another base. */
export function templateBaseOf(
  storage: string,
  template: string,
  info: Pick<VolumeInfo, 'sizeBytes' | 'createdAt'>,
  unprivileged: boolean,
): TemplateBase {
  const facts = [template, info.sizeBytes, info.createdAt, unprivileged ? ctIdMap : undefined];
  const key = createHash('sha256').update(JSON.stringify(facts)).digest('hex').slice(0, 20);
  return { storage, word: `tmpl-${key}` };
}

/** Can trees on the storage be cloned from a base? Else each container is unpacked on its own. */
export function hasBases(storages: CtStorages, storage: string): boolean {
  return (
    canDo(storages, storage, 'template', 'subvol', 'current').possible &&
    canDo(storages, storage, 'linked-clone', 'subvol', 'base').possible
  );
}

/** How many are made at once, and who waits for whom, is the matter of one process: bases are of this node. */
export interface TemplateBases {
  /**
   * The volume's name. When it is not there, `fill` is handed the name of an empty tree to unpack into; creations of the same
   * template wait meanwhile, and the first of them tries again when it failed.
   */
  ensure(context: WorkContext, base: TemplateBase, fill: (volume: string) => Promise<void>): Promise<string>;
  /** Takes away what an interrupted `ensure` left, unless another is at it. The finished base stays: it is a cache. Repeatable. */
  discard(context: WorkContext, base: TemplateBase): Promise<void>;
}

export function createTemplateBases(storages: CtStorages): TemplateBases {
  const making = new Map<string, Promise<unknown>>();
  const keyOf = ({ storage, word }: TemplateBase) => `${storage} ${word}`;
  const unfinished = ({ storage, word }: TemplateBase) => ({ storage, name: `vm-${nobody}-${word}` });

  async function find(context: WorkContext, { storage, word }: TemplateBase): Promise<string | undefined> {
    const there = await storages
      .storage(storage)
      .list(context, { contents: ['rootdir'], vmid: nobody })
      .catch((error: unknown) => {
        if (hasCode(error, 'not-found')) return [];
        throw error;
      });
    return there.find(({ name }) => name.includes(`base-${nobody}-${word}.`))?.name;
  }

  async function make(
    context: WorkContext,
    base: TemplateBase,
    fill: (volume: string) => Promise<void>,
  ): Promise<string> {
    // What a crash left: its file system may be half of a template.
    await unmakeCtVolume(storages, context, nobody, unfinished(base));
    const storage = storages.storage(base.storage);
    const { name } = await storage.createDisk(context, {
      ...{ vmid: nobody, format: 'subvol', sizeBytes: 0, name: unfinished(base).name },
    });
    await fill(`${base.storage}:${name}`);
    return (await storage.makeBase(context, name)).name;
  }

  return {
    async ensure(context, base, fill) {
      const key = keyOf(base);
      for (let told = false; ; told = true) {
        const other = making.get(key);
        if (other) {
          if (!told) context.log('waiting for another container to unpack the template');
          await untilEither(other, context.signal);
          continue;
        }
        // Nothing is awaited between looking and taking the place.
        const made = (async () => (await find(context, base)) ?? (await make(context, base, fill)))();
        making.set(key, made);
        try {
          return await made;
        } finally {
          making.delete(key);
        }
      }
    },
    async discard(context, base) {
      const key = keyOf(base);
      if (making.has(key)) return;
      const gone = unmakeCtVolume(storages, context, nobody, unfinished(base));
      making.set(key, gone);
      try {
        await gone;
      } finally {
        making.delete(key);
      }
    },
  };
}

/** Resolves when the work has ended, well or not; rejects when the signal aborts before. */
async function untilEither(work: Promise<unknown>, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const stop = () => reject(signal.reason);
  signal.addEventListener('abort', stop, { once: true });
  try {
    await Promise.race([work.catch(() => {}), aborted]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
