// Routes of /pools: by query as newer clients ask, and by path as older ones do.
import type { Access } from '../../access/access-service.ts';
import { permissionDenied } from '../../access/caller.ts';
import { poolPath } from '../../access/pools.ts';
import type { ResourceIndex } from '../../cluster/resource-index.ts';
import { readList } from '../../contract/params.ts';
import {
  createPool,
  deletePool,
  deletePoolByPath,
  getPool,
  listPools,
  updatePool,
  updatePoolByPath,
} from '../../contract/pools.ts';
import type { ResourceItem } from '../../contract/resources.ts';
import { type Caller, type Route, route } from '../route.ts';

export interface PoolRouteParts {
  readonly access: Access;
  readonly index: ResourceIndex;
}

interface UpdateParams {
  readonly poolid: string;
  readonly comment?: string | undefined;
  readonly vms?: string | undefined;
  readonly storage?: string | undefined;
  readonly delete?: boolean | undefined;
  readonly 'allow-move'?: boolean | undefined;
}

export function poolRoutes(parts: PoolRouteParts): Route[] {
  const { access } = parts;
  const update = async ({ params, caller }: { params: UpdateParams; caller: Caller }) => {
    await access.pools.update(caller, params.poolid, {
      comment: params.comment,
      vms: readList(params.vms).map(Number),
      storage: readList(params.storage),
      remove: params.delete ?? false,
      allowMove: params['allow-move'] ?? false,
    });
    return null;
  };
  const remove = async ({ params }: { params: { poolid: string } }) => {
    await access.pools.delete(params.poolid);
    return null;
  };
  return [
    route(listPools, ({ params, caller }) => {
      const { poolid } = params;
      if (poolid === undefined)
        return access.pools.list(caller).map(({ id, comment }) => ({ poolid: id, ...commentOf(comment) }));
      if (!caller.may(poolPath(poolid), 'Pool.Audit'))
        throw permissionDenied(`${poolPath(poolid)}, Pool.Audit`);
      return [{ poolid, ...poolWithMembers(parts, caller, poolid, params.type) }];
    }),
    route(createPool, async ({ params }) => {
      await access.pools.create(params.poolid, params.comment);
      return null;
    }),
    route(updatePool, update),
    route(deletePool, remove),
    route(getPool, ({ params, caller }) => poolWithMembers(parts, caller, params.poolid, params.type)),
    route(updatePoolByPath, update),
    route(deletePoolByPath, remove),
  ];
}

type Member = ResourceItem & { readonly type: 'qemu' | 'lxc' | 'storage' };

function poolWithMembers({ access, index }: PoolRouteParts, caller: Caller, poolid: string, type?: string) {
  const { comment, vms, storage } = access.pools.get(poolid);
  const guests = vms.flatMap((vmid) => index.get(`qemu/${vmid}`) ?? index.get(`lxc/${vmid}`) ?? []);
  const storages = storage.length === 0 ? [] : index.all().filter((item) => item.type === 'storage');
  const found = [...guests, ...storages.filter((item) => storage.includes(item.storage ?? ''))] as Member[];
  const members = found
    .filter((item) => type === undefined || item.type === type)
    .map((item) => (mayAudit(caller, item) ? { ...item } : nameOf(item)));
  return { ...commentOf(comment), members };
}

/** Who may look into a pool sees what is in it, not how it is. */
function nameOf({ id, node, type, vmid, storage }: Member) {
  return {
    id,
    node,
    type,
    ...(vmid === undefined ? {} : { vmid }),
    ...(storage === undefined ? {} : { storage }),
  };
}

function mayAudit(caller: Caller, item: Member): boolean {
  return item.type === 'storage'
    ? caller.may(`/storage/${item.storage}`, 'Datastore.Audit')
    : caller.may(`/vms/${item.vmid}`, 'VM.Audit');
}

function commentOf(comment: string | undefined) {
  return comment === undefined ? {} : { comment };
}
