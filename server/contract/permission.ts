// Who may call a method: the API's permission expressions, kept in the form in which the API publishes them.

/** All privileges of the API (version 9.1), append-only. */
export const privileges = [
  'Datastore.Allocate',
  'Datastore.AllocateSpace',
  'Datastore.AllocateTemplate',
  'Datastore.Audit',
  'Group.Allocate',
  'Mapping.Audit',
  'Mapping.Modify',
  'Mapping.Use',
  'Permissions.Modify',
  'Pool.Allocate',
  'Pool.Audit',
  'Realm.Allocate',
  'Realm.AllocateUser',
  'SDN.Allocate',
  'SDN.Audit',
  'SDN.Use',
  'Sys.AccessNetwork',
  'Sys.Audit',
  'Sys.Console',
  'Sys.Incoming',
  'Sys.Modify',
  'Sys.PowerMgmt',
  'Sys.Syslog',
  'User.Modify',
  'VM.Allocate',
  'VM.Audit',
  'VM.Backup',
  'VM.Clone',
  'VM.Config.CDROM',
  'VM.Config.CPU',
  'VM.Config.Cloudinit',
  'VM.Config.Disk',
  'VM.Config.HWType',
  'VM.Config.Memory',
  'VM.Config.Network',
  'VM.Config.Options',
  'VM.Console',
  'VM.GuestAgent.Audit',
  'VM.GuestAgent.FileRead',
  'VM.GuestAgent.FileSystemMgmt',
  'VM.GuestAgent.FileWrite',
  'VM.GuestAgent.Unrestricted',
  'VM.Migrate',
  'VM.PowerMgmt',
  'VM.Replicate',
  'VM.Snapshot',
  'VM.Snapshot.Rollback',
] as const;
export type Privilege = (typeof privileges)[number];

/** `any`, 1: one of the privileges is enough; without it all are needed. A path holds `{parameter}` placeholders. */
export type PermissionCheck =
  | readonly ['perm', string, readonly Privilege[], ...unknown[]]
  | readonly ['and' | 'or', ...PermissionCheck[]]
  | readonly ['userid-param', 'self' | 'Realm.AllocateUser']
  | readonly ['userid-group', readonly Privilege[], ...unknown[]]
  | readonly ['perm-modify', string];

/** What people may do to their own user, and who manages it, too. */
export const ownOrManagedUser = [
  'or',
  ['userid-param', 'self'],
  ['userid-group', ['User.Modify']],
] as const satisfies PermissionCheck;

/**
 * `world`: without logging in. `all`: every user that is logged in; the handler shows each only what it may see.
 * `check`: the expression must hold for the user.
 */
export interface Permission {
  readonly user?: 'world' | 'all';
  readonly check?: PermissionCheck;
}
