// What methods of snapshots have alike for virtual machines and containers.
import { guestPath } from './guest-path.ts';
import { string } from './params.ts';
import type { PermissionCheck } from './permission.ts';
import { brokenFormat } from './property-formats.ts';

/** Who may take, change and remove snapshots. */
export const snapshotPermission = ['perm', '/vms/{vmid}', ['VM.Snapshot']] as const satisfies PermissionCheck;

export const snapshotPath = {
  ...guestPath,
  snapname: string({ format: 'pve-configid', maxLength: 40 }, (text) => brokenFormat('pve-configid', text)),
};

/** The list of snapshots ends with the guest as it is, under this name. */
const currentSnapshotName = 'current';

export const newSnapshotName = string({ format: 'pve-configid', maxLength: 40 }, (text) =>
  text === currentSnapshotName
    ? `'${currentSnapshotName}' is what the state of now is called: choose another name`
    : brokenFormat('pve-configid', text),
);
