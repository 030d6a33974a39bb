// Named sizes of new guests: those that come with the system, and what was made of them; one document for the whole cluster.
import { randomBytes } from 'node:crypto';
import type { ClusterStore, Json } from '../cluster/cluster-store.ts';
import type { GuestSizeItem } from '../contract/guest-sizes.ts';
import { AppError, hasCode, invalidInput } from '../core/errors.ts';

export const guestSizesKey = 'options/guest-sizes';
/** More than anybody looks through. */
const mostSizes = 100;
const attempts = 8;

type Kind = GuestSizeItem['kind'];
export interface GuestSizeFields {
  readonly name?: string | undefined;
  readonly cores?: number | undefined;
  /** MiB. */
  readonly memory?: number | undefined;
  /** GiB. */
  readonly disk?: number | undefined;
  /** Empty: none. */
  readonly description?: string | undefined;
  /** Among those of its kind, from 0. */
  readonly position?: number | undefined;
}

const of = (kind: Kind, prefix: string, word: string, cores: number, memory: number, disk: number) => ({
  ...{ id: `${prefix}-${word}`, kind, cores, memory, disk },
});

export const builtInSizes: readonly GuestSizeItem[] = [
  of('qemu', 'vm', 'tiny', 1, 1024, 16),
  of('qemu', 'vm', 'small', 2, 2048, 32),
  of('qemu', 'vm', 'medium', 2, 4096, 64),
  of('qemu', 'vm', 'large', 4, 8192, 128),
  of('qemu', 'vm', 'huge', 8, 16_384, 256),
  // Containers need no kernel and no desktop of their own.
  of('lxc', 'ct', 'tiny', 1, 256, 4),
  of('lxc', 'ct', 'small', 1, 512, 8),
  of('lxc', 'ct', 'medium', 2, 2048, 16),
  of('lxc', 'ct', 'large', 4, 4096, 32),
  of('lxc', 'ct', 'huge', 8, 8192, 64),
];

export class GuestSizes {
  readonly #store: ClusterStore;

  constructor(store: ClusterStore) {
    this.#store = store;
  }

  list(kind?: Kind): GuestSizeItem[] {
    return this.#read().sizes.filter((one) => kind === undefined || one.kind === kind);
  }

  /** Answers its id. Throws `already-exists` for an id that is taken. */
  async create(
    kind: Kind,
    id: string | undefined,
    fields: GuestSizeFields & Required<Pick<GuestSizeFields, 'name' | 'cores' | 'memory' | 'disk'>>,
  ): Promise<string> {
    const made = id ?? `${kind === 'qemu' ? 'vm' : 'ct'}-${randomBytes(4).toString('hex')}`;
    await this.#change((sizes) => {
      if (sizes.some((one) => one.id === made))
        throw new AppError('already-exists', `there is a size '${made}' already`);
      if (sizes.length >= mostSizes) throw invalidInput({ name: `there can be at most ${mostSizes} sizes` });
      const size = merged({ id: made, kind, cores: 1, memory: 16, disk: 1 }, fields);
      return placed(sizes, size, fields.position ?? mostSizes);
    });
    return made;
  }

  /** Changes the fields given. Throws `not-found`. */
  async update(id: string, fields: GuestSizeFields): Promise<void> {
    await this.#change((sizes) => {
      const size = merged(find(sizes, id), fields);
      if (fields.position === undefined) return sizes.map((one) => (one.id === id ? size : one));
      return placed(
        sizes.filter((one) => one.id !== id),
        size,
        fields.position,
      );
    });
  }

  /** Throws `not-found`. */
  async delete(id: string): Promise<void> {
    await this.#change((sizes) => {
      find(sizes, id);
      return sizes.filter((one) => one.id !== id);
    });
  }

  async reset(): Promise<void> {
    await this.#store.delete(guestSizesKey);
  }

  #read(): { sizes: readonly GuestSizeItem[]; version: number } {
    const stored = this.#store.read(guestSizesKey);
    const value = stored?.value as { sizes: readonly GuestSizeItem[] } | undefined;
    return { sizes: value?.sizes ?? builtInSizes, version: stored?.version ?? 0 };
  }

  /** Planned again when somebody was faster. */
  async #change(plan: (sizes: readonly GuestSizeItem[]) => readonly GuestSizeItem[]): Promise<void> {
    for (let attempt = 1; ; attempt += 1) {
      const { sizes, version } = this.#read();
      try {
        await this.#store.write(guestSizesKey, { sizes: plan(sizes) as unknown as Json }, version);
        return;
      } catch (error) {
        if (!hasCode(error, 'wrong-state') || attempt >= attempts) throw error;
      }
    }
  }
}

function find(sizes: readonly GuestSizeItem[], id: string): GuestSizeItem {
  const found = sizes.find((one) => one.id === id);
  if (!found) throw new AppError('not-found', `no such size '${id}'`);
  return found;
}

function merged(size: GuestSizeItem, fields: GuestSizeFields): GuestSizeItem {
  const { id, kind } = size;
  const name = (fields.name ?? size.name)?.trim();
  if (name === '') throw invalidInput({ name: 'must not be empty' });
  const description = (fields.description ?? size.description)?.trim();
  return {
    ...{ id, kind },
    ...(name === undefined ? {} : { name }),
    ...{
      cores: fields.cores ?? size.cores,
      memory: fields.memory ?? size.memory,
      disk: fields.disk ?? size.disk,
    },
    ...(description ? { description } : {}),
  };
}

/** All of them with the size at its place among those of its kind; VMs come first. */
function placed(others: readonly GuestSizeItem[], size: GuestSizeItem, position: number): GuestSizeItem[] {
  const among = others.filter((one) => one.kind === size.kind);
  const own = [...among.slice(0, position), size, ...among.slice(position)];
  const rest = others.filter((one) => one.kind !== size.kind);
  return size.kind === 'qemu' ? [...own, ...rest] : [...rest, ...own];
}
