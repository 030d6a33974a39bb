// What a walk over all methods of a running daemon needs: plausible parameters for each, and who ought to be let in.
import type { MethodDeclaration } from '../../server/contract/method.ts';
import type { PermissionCheck, Privilege } from '../../server/contract/permission.ts';

/** A finished task, a running VM with its disk, a running container with a snapshot, a user that is not the one asking. */
export interface WalkWorld {
  readonly node: string;
  readonly upid: string;
  readonly vmid: number;
  readonly ctid: number;
  readonly snapshot: string;
  /** Volume id of a backup of the VM. */
  readonly backup: string;
  /** Volume id of a container template. */
  readonly template: string;
  /** No guest has it. */
  readonly freeId: number;
  readonly otherUser: string;
}

/** The guest that a method is asked about. */
export function guestOf({ path }: MethodDeclaration, world: WalkWorld): number {
  return path.startsWith(ofContainers) ? world.ctid : world.vmid;
}

/** All targets of notifications have names of their own. */
const endpointOf = ({ path }: MethodDeclaration) => `walk-${path.split('/')[4]}`;

const ofContainers = '/nodes/{node}/lxc/{vmid}';

/** Values by the parameter's name, for whichever method has it in its path or cannot do without. */
function plausible(world: WalkWorld): Readonly<Record<string, string>> {
  return {
    node: world.node,
    upid: world.upid,
    vmid: String(world.vmid),
    userid: world.otherUser,
    username: world.otherUser,
    tokenid: 'walk',
    // Of a second factor, and of a backup job.
    id: 'walk',
    poolid: 'walk',
    groupid: 'staff',
    roleid: 'PVEAuditor',
    storage: 'local',
    volume: `local:${world.vmid}/vm-${world.vmid}-disk-0.qcow2`,
    timeframe: 'hour',
    path: '/',
    roles: 'PVEAuditor',
    password: 'not-the-right-one',
    // Nobody's, and none that the daemon may ask: it must refuse, not hang.
    url: 'http://127.0.0.1:9/file.iso',
    pid: '1',
    file: '/etc/hostname',
    feature: 'snapshot',
    port: '5900',
    vncticket: 'PVEVNC:none',
    command: 'ping',
    content: 'iso',
    filename: 'walk.iso',
    size: '+1G',
    disk: 'scsi0',
    idlist: 'scsi5',
    key: 'ctrl-alt-delete',
    type: 'dir',
    answers: '[system]\nhostname = "walk"\n',
    confirm: 'nothing',
    ostemplate: world.template,
    template: 'debian-13',
    newid: String(world.freeId),
    snapname: world.snapshot,
    ds: 'cpu',
    service: 'sshd',
    iface: 'vmbr0',
    'pci-id-or-mapping': '0000:00:02.0',
    search: 'example.com',
    timezone: 'UTC',
    data: '127.0.0.1 localhost',
    name: 'walk',
    // Of scans, and of disks put to use.
    ...{ server: '127.0.0.1', portal: '127.0.0.1:9', vg: 'walk', 'volume-group': 'walk', device: '/dev/sdz' },
    // Of a copy of a volume.
    target: `local:${world.freeId}/vm-${world.freeId}-disk-0.qcow2`,
    ...{ schedule: 'daily', 'prune-backups': 'keep-last=1' },
    // Of a restore of the configuration.
    items: 'users/nobody@pve@0',
    // Of targets of notifications.
    ...{ token: 'walk', 'from-address': 'walk@example.org', method: 'post' },
    // Of a named size.
    kind: 'qemu',
    cores: '1',
    memory: '512',
  };
}

/** Where a method of containers means something else by the same name. */
function plausibleForContainers(world: WalkWorld): Readonly<Record<string, string>> {
  return { vmid: String(world.ctid), path: '/etc/hostname', disk: 'rootfs', volume: 'rootfs' };
}

/** The path with its parameters filled in, and the required parameters beside it. */
export function fillMethod(
  declaration: MethodDeclaration,
  world: WalkWorld,
): { path: string; params: Record<string, string> } {
  const values: Readonly<Record<string, string>> = {
    ...plausible(world),
    ...(declaration.path.startsWith(ofContainers) ? plausibleForContainers(world) : {}),
    // A new container is one with a number of its own.
    ...(declaration.path === '/nodes/{node}/lxc' ? { vmid: String(world.freeId) } : {}),
    // Of a generated file, not of a storage.
    ...(declaration.path.endsWith('/cloudinit/dump') ? { type: 'user' } : {}),
    // A storage, not a volume.
    ...(declaration.path.endsWith('/copy-volume') ? { target: 'local' } : {}),
    // Of QEMU's monitor, not of the agent.
    ...(declaration.path.endsWith('/monitor') ? { command: 'info status' } : {}),
    ...(declaration.path.startsWith('/cluster/guest-sizes') ? { disk: '8' } : {}),
    ...(declaration.path.includes('/notifications/endpoints/') ? { name: endpointOf(declaration) } : {}),
    ...(declaration.path.includes('/vzdump/') ? { volume: world.backup } : {}),
    // Of the node, not of a guest.
    ...(declaration.path.startsWith('/nodes/{node}/disks') ? { disk: '/dev/sda' } : {}),
  };
  const valueFor = (name: string): string => {
    const value = values[name];
    if (value === undefined)
      throw new Error(
        `${declaration.verb} ${declaration.path}: the walk knows no value for parameter '${name}'`,
      );
    return value;
  };
  const inPath = new Set<string>();
  const path = declaration.path.replace(/\{([^}]+)\}/g, (_match, name: string) => {
    inPath.add(name);
    return encodeURIComponent(valueFor(name));
  });
  const required = Object.entries(declaration.params.shape)
    .filter(([name, schema]) => !inPath.has(name) && !schema.isOptional())
    .map(([name]): [string, string] => [name, valueFor(name)]);
  // None of its parameters is required by itself.
  if (declaration.verb === 'POST' && declaration.path.endsWith('/vzdump'))
    required.push(['vmid', valueFor('vmid')]);
  return { path, params: Object.fromEntries(required) };
}

/**
 * Does a declared permission hold for somebody who has the same privileges on every path, asks about another user than
 * itself and gives these parameters? An evaluation of its own, so that the daemon's is checked against something.
 */
export function ought(
  check: PermissionCheck,
  has: (privilege: Privilege) => boolean,
  params: Readonly<Record<string, unknown>>,
): boolean {
  switch (check[0]) {
    case 'and':
      return (check.slice(1) as PermissionCheck[]).every((part) => ought(part, has, params));
    case 'or':
      return (check.slice(1) as PermissionCheck[]).some((part) => ought(part, has, params));
    case 'perm': {
      const [, , privileges, ...options] = check;
      const option = (name: string) => {
        const at = options.indexOf(name);
        return at < 0 ? undefined : options[at + 1];
      };
      const needs = option('require_param');
      if (typeof needs === 'string' && params[needs] === undefined) return false;
      return option('any') === 1 ? privileges.some(has) : privileges.every(has);
    }
    case 'userid-param':
      return check[1] === 'self' ? false : has('Realm.AllocateUser');
    case 'userid-group':
      return check[1].some(has);
    case 'perm-modify':
      return has('Permissions.Modify');
  }
}
