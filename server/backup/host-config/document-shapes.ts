// What restored documents must look like: a backup may come from anybody, and a document of another shape would break whoever reads it.
import { z } from 'zod';
import type { Json } from '../../cluster/cluster-store.ts';

const short = z.string().max(1000);
const id = z.string().min(1).max(200);
const seconds = z.number().int().nonnegative();
const plainValue = z.union([z.string().max(64 * 1024), z.number()]);
const config = z.record(z.string().regex(/^[a-z][a-z0-9_-]*$/), plainValue);

const guestSnapshot = z.looseObject({
  config,
  snaptime: seconds,
  description: z.string().optional(),
  parent: id.optional(),
});

/** As `server/access/documents.ts`, `pools.ts` and `guest-document.ts` have them; by kind, grants and pools one by one. */
const shapes: Readonly<Record<string, z.ZodType>> = {
  guests: z.looseObject({
    kind: z.enum(['qemu', 'lxc']),
    vmid: z.number().int().min(100).max(999_999_999),
    node: id,
    config,
    snapshots: z.record(id, guestSnapshot).optional(),
    parent: id.optional(),
    createdAt: z.number().nonnegative(),
  }),
  storages: z.object({ type: id }).catchall(z.union([z.string(), z.number(), z.boolean(), z.null()])),
  'backup-jobs': z.strictObject({
    options: z
      .object({ schedule: z.string().max(128), enabled: z.boolean() })
      .catchall(z.union([z.string(), z.number(), z.boolean()])),
    since: z.number().nonnegative(),
  }),
  users: z.strictObject({
    enable: z.boolean(),
    expire: seconds,
    comment: short.optional(),
    email: short.optional(),
    firstname: short.optional(),
    lastname: short.optional(),
    groups: z.array(id),
  }),
  groups: z.strictObject({ comment: short.optional() }),
  roles: z.strictObject({ privs: z.array(id) }),
  tokens: z.strictObject({
    comment: short.optional(),
    expire: seconds,
    privsep: z.boolean(),
    hash: z.string().regex(/^[0-9a-f]{64}$/),
  }),
  passwords: z.strictObject({ hash: z.string().max(1000) }),
  'two-factor': z.strictObject({
    totp: z.array(
      z.strictObject({
        id,
        description: short,
        created: seconds,
        enable: z.boolean(),
        key: z.looseObject({}),
        lastStep: z.number(),
      }),
    ),
    recovery: z.looseObject({}).optional(),
    totpFailures: seconds,
    totpLocked: z.boolean(),
    failures: seconds,
    lockedUntil: seconds,
  }),
  'ssh-keys': z.strictObject({
    keys: z.array(z.strictObject({ name: id, key: z.string().max(20_000) })).max(1000),
  }),
  realms: z.strictObject({ type: id, comment: short.optional(), default: z.boolean().optional() }),
  options: z.record(z.string(), z.unknown()),
  nodes: z.strictObject({
    description: z.string().optional(),
    'startall-onboot-delay': z.number().int().nonnegative().optional(),
    'ballooning-target': z.number().int().min(0).max(100).optional(),
  }),
  'notification-targets': z.record(z.string(), z.unknown()),
  'notification-matchers': z.record(z.string(), z.unknown()),
  'notification-secrets': z.record(z.string(), z.unknown()),
  acl: z.strictObject({
    path: z.string().regex(/^\//),
    type: z.enum(['user', 'group', 'token']),
    ugid: id,
    roleid: id,
    propagate: z.boolean(),
  }),
  pools: z.strictObject({
    id,
    comment: short.optional(),
    vms: z.array(z.number().int()),
    storage: z.array(id),
  }),
};

/** Kinds whose documents can be restored as they are. */
export function isKnownKind(kind: string): boolean {
  return Object.hasOwn(shapes, kind);
}

/** Has it the shape of its kind (`acl` and `pools`: of one entry)? */
export function hasShape(kind: string, value: Json): boolean {
  return Object.hasOwn(shapes, kind) && shapes[kind]!.safeParse(value).success;
}
