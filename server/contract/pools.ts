// Pools: sets of guests and storages on which rights are granted together.
import { z } from 'zod';
import { defineMethod } from './method.ts';
import { boolean, choice, readList, string } from './params.ts';
import { nothing } from './reply.ts';

const poolId = () =>
  string({ format: 'pve-poolid' }, (text) =>
    /^[A-Za-z0-9._-]+(\/[A-Za-z0-9._-]+){0,2}$/.test(text) ? undefined : 'not a valid pool ID',
  );

const members = {
  storage: string({ format: 'pve-storage-id-list' }, (text) =>
    readList(text).every((id) => /^[a-z][a-z0-9._-]{0,98}[a-z0-9]$/i.test(id))
      ? undefined
      : 'not a list of storage IDs',
  ).optional(),
  vms: string({ format: 'pve-vmid-list' }, (text) =>
    readList(text).every((id) => /^[1-9][0-9]{2,8}$/.test(id))
      ? undefined
      : 'not a list of numbers of guests',
  ).optional(),
};

/** A line of `/cluster/resources`; of guests that the caller may not audit, only what identifies them. */
const member = z.looseObject({
  id: z.string(),
  node: z.string(),
  type: z.enum(['qemu', 'lxc', 'storage']),
  storage: z.string().optional(),
  vmid: z.number().optional(),
});

export const listPools = defineMethod({
  verb: 'GET',
  path: '/pools',
  summary: 'Pools that the caller may audit; with `poolid` that one, with its members',
  permission: { user: 'all' },
  params: z.object({
    poolid: poolId().optional(),
    type: choice(['qemu', 'lxc', 'storage'], { requires: 'poolid' }).optional(),
  }),
  returns: z.array(
    z.object({ poolid: z.string(), comment: z.string().optional(), members: z.array(member).optional() }),
  ),
});

export const createPool = defineMethod({
  verb: 'POST',
  path: '/pools',
  summary: 'Create a pool',
  permission: { check: ['perm', '/pool/{poolid}', ['Pool.Allocate']] },
  params: z.object({ comment: string().optional(), poolid: poolId() }),
  returns: nothing,
});

const poolChange = z.object({
  'allow-move': boolean({ default: 0 }).optional(),
  comment: string().optional(),
  delete: boolean({ default: 0 }).optional(),
  poolid: poolId(),
  ...members,
});

export const updatePool = defineMethod({
  verb: 'PUT',
  path: '/pools',
  summary: 'Put guests and storages into a pool, or take them out',
  permission: { check: ['perm', '/pool/{poolid}', ['Pool.Allocate']] },
  params: poolChange,
  returns: nothing,
});

export const deletePool = defineMethod({
  verb: 'DELETE',
  path: '/pools',
  summary: 'Delete an empty pool',
  permission: { check: ['perm', '/pool/{poolid}', ['Pool.Allocate']] },
  params: z.object({ poolid: poolId() }),
  returns: nothing,
});

export const getPool = defineMethod({
  verb: 'GET',
  path: '/pools/{poolid}',
  summary: 'One pool; newer clients ask GET /pools with `poolid`',
  permission: { check: ['perm', '/pool/{poolid}', ['Pool.Audit']] },
  params: z.object({ poolid: poolId(), type: choice(['qemu', 'lxc', 'storage']).optional() }),
  returns: z.object({ comment: z.string().optional(), members: z.array(member) }),
});

export const updatePoolByPath = defineMethod({
  verb: 'PUT',
  path: '/pools/{poolid}',
  summary: 'As PUT /pools',
  permission: { check: ['perm', '/pool/{poolid}', ['Pool.Allocate']] },
  params: poolChange,
  returns: nothing,
});

export const deletePoolByPath = defineMethod({
  verb: 'DELETE',
  path: '/pools/{poolid}',
  summary: 'As DELETE /pools',
  permission: { check: ['perm', '/pool/{poolid}', ['Pool.Allocate']] },
  params: z.object({ poolid: poolId() }),
  returns: nothing,
});

export const poolMethods = [
  listPools,
  createPool,
  updatePool,
  deletePool,
  getPool,
  updatePoolByPath,
  deletePoolByPath,
] as const;
