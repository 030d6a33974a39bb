// Roles: named sets of privileges; the built-in ones of the API (version 9) and how custom ones are read.
import { type Privilege, privileges } from '../contract/permission.ts';

const known: ReadonlySet<string> = new Set(privileges);

/** Is it one of the API's privileges? */
export function isPrivilege(word: string): word is Privilege {
  return known.has(word);
}

const vmAudit: Privilege[] = ['VM.Audit', 'VM.GuestAgent.Audit'];
const vmUse: Privilege[] = [
  'VM.Backup',
  'VM.Config.CDROM',
  'VM.Config.Cloudinit',
  'VM.Console',
  'VM.GuestAgent.FileRead',
  'VM.GuestAgent.FileSystemMgmt',
  'VM.GuestAgent.FileWrite',
  'VM.PowerMgmt',
];
const vmManage: Privilege[] = [
  'VM.Allocate',
  'VM.Clone',
  'VM.Config.CPU',
  'VM.Config.Disk',
  'VM.Config.HWType',
  'VM.Config.Memory',
  'VM.Config.Network',
  'VM.Config.Options',
  'VM.GuestAgent.Unrestricted',
  'VM.Migrate',
  'VM.Replicate',
  'VM.Snapshot',
  'VM.Snapshot.Rollback',
];
const datastoreUser: Privilege[] = ['Datastore.AllocateSpace', 'Datastore.Audit'];
const datastoreAdmin: Privilege[] = [...datastoreUser, 'Datastore.Allocate', 'Datastore.AllocateTemplate'];
const mappingUser: Privilege[] = ['Mapping.Audit', 'Mapping.Use'];
const poolAdmin: Privilege[] = ['Pool.Allocate', 'Pool.Audit'];
const sdnUser: Privilege[] = ['SDN.Audit', 'SDN.Use'];
const sdnAdmin: Privilege[] = [...sdnUser, 'SDN.Allocate'];
const sysAdmin: Privilege[] = ['Sys.Audit', 'Sys.Console', 'Sys.Syslog'];
const userAdmin: Privilege[] = ['Group.Allocate', 'Realm.AllocateUser', 'User.Modify'];
const vmAdmin: Privilege[] = [...vmAudit, ...vmUse, ...vmManage];

/**
 * The built-in roles. What only the administrator has: `Permissions.Modify`, `Realm.Allocate`, `Sys.AccessNetwork`,
 * `Sys.Incoming`, `Sys.Modify`, `Sys.PowerMgmt`; and `Mapping.Modify`, which `PVEMappingAdmin` has too.
 */
const builtIn: Readonly<Record<string, readonly Privilege[]>> = {
  Administrator: privileges,
  NoAccess: [],
  PVEAdmin: [
    ...vmAdmin,
    ...datastoreAdmin,
    ...mappingUser,
    ...poolAdmin,
    ...sdnAdmin,
    ...sysAdmin,
    ...userAdmin,
  ],
  PVEAuditor: [...vmAudit, 'Datastore.Audit', 'Mapping.Audit', 'Pool.Audit', 'SDN.Audit', 'Sys.Audit'],
  PVEDatastoreAdmin: datastoreAdmin,
  PVEDatastoreUser: datastoreUser,
  PVEMappingAdmin: [...mappingUser, 'Mapping.Modify'],
  PVEMappingUser: mappingUser,
  PVEPoolAdmin: poolAdmin,
  PVEPoolUser: ['Pool.Audit'],
  PVESDNAdmin: sdnAdmin,
  PVESDNUser: sdnUser,
  PVESysAdmin: sysAdmin,
  PVETemplateUser: ['VM.Audit', 'VM.Clone'],
  PVEUserAdmin: userAdmin,
  PVEVMAdmin: vmAdmin,
  PVEVMUser: [...vmAudit, ...vmUse],
};

/** Built-in role to its privileges. */
export const builtInRoles: ReadonlyMap<string, ReadonlySet<Privilege>> = new Map(
  Object.entries(builtIn).map(([id, list]) => [id, new Set(list)]),
);

/** Cancels every other role on its path. */
export const noAccessRole = 'NoAccess';
