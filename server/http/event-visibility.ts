// Which events a caller may see: the same privileges as for reading the objects that they tell of.
import type { CroftEvent } from '../contract/events.ts';
import type { Privilege } from '../contract/permission.ts';
import type { Caller } from './route.ts';

/** May the caller see the event? Asked for each event, so that a change of permissions counts at once. */
export function maySee(caller: Caller, event: CroftEvent): boolean {
  switch (event.type) {
    case 'reset':
      return true;
    case 'resource':
      return maySeeResource(caller, event.resource.id);
    case 'resource-gone':
      return maySeeResource(caller, event.id);
    case 'task':
      return maySeeTask(caller, event.task.user, event.task.node);
    case 'task-log':
      return maySeeUpid(caller, event.upid);
    case 'config':
      return maySeePath(caller, event.path);
  }
}

/** A resource by its id: `qemu/100`, `node/pve1`, `storage/pve1/local`. */
function maySeeResource(caller: Caller, id: string): boolean {
  const [type, first = '', second = ''] = id.split('/');
  switch (type) {
    case 'qemu':
    case 'lxc':
      return caller.may(`/vms/${first}`, 'VM.Audit');
    case 'node':
      return caller.may(`/nodes/${first}`, 'Sys.Audit');
    case 'storage':
      return (
        caller.may(`/storage/${second}`, 'Datastore.Audit') ||
        caller.may(`/storage/${second}`, 'Datastore.AllocateSpace')
      );
    default:
      return false;
  }
}

/** Own tasks, also those started with a token of the same user, and all of a node with Sys.Audit on it. */
export function maySeeTask(caller: Caller, requester: string, node: string): boolean {
  const owner = requester.split('!', 1)[0];
  return (caller.userid !== '' && owner === caller.userid) || caller.may(`/nodes/${node}`, 'Sys.Audit');
}

/** `UPID:node:pid:pstart:starttime:type:id:user:` */
function maySeeUpid(caller: Caller, upid: string): boolean {
  const fields = upid.split(':');
  return maySeeTask(caller, fields[7] ?? '', fields[1] ?? '');
}

const auditPrivileges: readonly (readonly [RegExp, Privilege])[] = [
  [/^\/vms(\/|$)/, 'VM.Audit'],
  [/^\/storage(\/|$)/, 'Datastore.Audit'],
  [/^\/pool(\/|$)/, 'Pool.Audit'],
  [/^\/sdn(\/|$)/, 'SDN.Audit'],
  [/^\/mapping(\/|$)/, 'Mapping.Audit'],
];

function maySeePath(caller: Caller, path: string): boolean {
  const privilege = auditPrivileges.find(([pattern]) => pattern.test(path))?.[1] ?? 'Sys.Audit';
  return caller.may(path, privilege);
}
