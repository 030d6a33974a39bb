// Named sizes of new guests (instance types): Croft's own. A list for the whole cluster, for VMs and for containers.
import { z } from 'zod';
import { defineMethod } from './method.ts';
import { choice, integer, string } from './params.ts';
import { nothing } from './reply.ts';

const mayChange = { check: ['perm', '/', ['Sys.Modify']] } as const;
const sizeId = () => string({ pattern: '[a-z0-9][a-z0-9-]{0,39}' });
const kind = () => choice(['qemu', 'lxc']);

/** Text of one line. */
function brokenLine(text: string): string | undefined {
  return /[\p{Cc}\u2028\u2029]/u.test(text) ? 'must be one line' : undefined;
}

/** Memory in MiB, the disk in GiB. Bounds are those of the guests' own settings, and of what a list can show. */
const fields = {
  name: string({ maxLength: 64 }, brokenLine),
  cores: integer({ minimum: 1, maximum: 8192 }),
  memory: integer({ minimum: 16, maximum: 64 * 1024 * 1024 }),
  disk: integer({ minimum: 1, maximum: 1024 * 1024 }),
  description: string({ maxLength: 256 }, brokenLine).optional(),
  /** Its place among the sizes of its kind, from 0; at the end when it is left out or too large. */
  position: integer({ minimum: 0, maximum: 1000 }).optional(),
};

const size = z.object({
  id: z.string(),
  kind: z.enum(['qemu', 'lxc']),
  /** Missing for the ones that come with the system: programs show a word of their language. */
  name: z.string().optional(),
  cores: z.number(),
  memory: z.number(),
  disk: z.number(),
  description: z.string().optional(),
});
export type GuestSizeItem = z.infer<typeof size>;

export const listGuestSizes = defineMethod({
  verb: 'GET',
  path: '/cluster/guest-sizes',
  summary: 'Named sizes of new guests, in their order',
  permission: { user: 'all' },
  params: z.object({ kind: kind().optional() }),
  returns: z.array(size),
  extension: true,
});

export const createGuestSize = defineMethod({
  verb: 'POST',
  path: '/cluster/guest-sizes',
  summary: 'Add a named size; answers its id',
  permission: mayChange,
  params: z.object({ kind: kind(), id: sizeId().optional(), ...fields }),
  returns: z.string(),
  extension: true,
});

export const updateGuestSize = defineMethod({
  verb: 'PUT',
  path: '/cluster/guest-sizes/{id}',
  summary: 'Change a named size, or its place; guests made of it stay as they are',
  permission: mayChange,
  params: z.object({ id: sizeId(), ...z.object(fields).partial().shape }),
  returns: nothing,
  extension: true,
});

export const deleteGuestSize = defineMethod({
  verb: 'DELETE',
  path: '/cluster/guest-sizes/{id}',
  summary: 'Remove a named size; guests made of it stay as they are',
  permission: mayChange,
  params: z.object({ id: sizeId() }),
  returns: nothing,
  extension: true,
});

export const resetGuestSizes = defineMethod({
  verb: 'DELETE',
  path: '/cluster/guest-sizes',
  summary: 'Go back to the sizes that come with the system',
  permission: mayChange,
  params: z.object({}),
  returns: nothing,
  extension: true,
});

export const guestSizeMethods = [
  listGuestSizes,
  createGuestSize,
  updateGuestSize,
  deleteGuestSize,
  resetGuestSizes,
] as const;
