// Methods of a virtual machine's snapshots.
import { z } from 'zod';
import { configReply } from './guest-config-parts.ts';
import { auditGuest, guestPath } from './guest-path.ts';
import { newSnapshotName, snapshotPath, snapshotPermission } from './guest-snapshot-parts.ts';
import { defineMethod } from './method.ts';
import { boolean, string } from './params.ts';
import { taskStarted } from './reply.ts';

export const listVmSnapshots = defineMethod({
  verb: 'GET',
  path: '/nodes/{node}/qemu/{vmid}/snapshot',
  summary: "Lists a VM's snapshots, and as `current` what it is now.",
  params: z.object(guestPath),
  returns: z.array(
    z.object({
      name: z.string(),
      description: z.string(),
      /** Which one it came after. */
      parent: z.string().optional(),
      /** Seconds since the epoch; not with `current`. */
      snaptime: z.number().optional(),
      /** With its memory. */
      vmstate: z.number().optional(),
      /** With `current` only. */
      running: z.number().optional(),
      digest: z.string().optional(),
    }),
  ),
  permission: { check: auditGuest },
});

export const createVmSnapshot = defineMethod({
  verb: 'POST',
  path: '/nodes/{node}/qemu/{vmid}/snapshot',
  summary: 'Takes a snapshot of a VM: its disks and its configuration, with `vmstate` also its memory.',
  params: z.object({
    ...guestPath,
    description: string().optional(),
    snapname: newSnapshotName,
    vmstate: boolean().optional(),
  }),
  returns: taskStarted,
  permission: { check: snapshotPermission },
});

export const indexVmSnapshot = defineMethod({
  verb: 'GET',
  path: '/nodes/{node}/qemu/{vmid}/snapshot/{snapname}',
  summary: 'Lists what there is below a snapshot.',
  params: z.object(snapshotPath),
  /** `cmd` is what clients read. */
  returns: z.array(z.object({ cmd: z.string(), subdir: z.string().optional() })),
  permission: { user: 'all' },
});

export const deleteVmSnapshot = defineMethod({
  verb: 'DELETE',
  path: '/nodes/{node}/qemu/{vmid}/snapshot/{snapname}',
  summary: 'Removes a snapshot; with `force` from the configuration even when a storage fails.',
  params: z.object({ ...snapshotPath, force: boolean().optional() }),
  returns: taskStarted,
  permission: { check: snapshotPermission },
});

export const readVmSnapshotConfig = defineMethod({
  verb: 'GET',
  path: '/nodes/{node}/qemu/{vmid}/snapshot/{snapname}/config',
  summary: "Reads the VM's configuration as it was.",
  params: z.object(snapshotPath),
  returns: configReply,
  permission: {
    check: ['perm', '/vms/{vmid}', ['VM.Snapshot', 'VM.Snapshot.Rollback', 'VM.Audit'], 'any', 1],
  },
});

export const setVmSnapshotConfig = defineMethod({
  verb: 'PUT',
  path: '/nodes/{node}/qemu/{vmid}/snapshot/{snapname}/config',
  summary: 'Changes the description of a snapshot.',
  params: z.object({ ...snapshotPath, description: string().optional() }),
  returns: z.null(),
  permission: { check: snapshotPermission },
});

export const rollbackVmSnapshot = defineMethod({
  verb: 'POST',
  path: '/nodes/{node}/qemu/{vmid}/snapshot/{snapname}/rollback',
  summary:
    'Takes a VM back to a snapshot; it goes on from its memory when that was kept, else with `start` starts.',
  params: z.object({ ...snapshotPath, start: boolean({ default: 0 }).optional() }),
  returns: taskStarted,
  permission: { check: ['perm', '/vms/{vmid}', ['VM.Snapshot', 'VM.Snapshot.Rollback'], 'any', 1] },
});

export const qemuSnapshotMethods = [
  listVmSnapshots,
  createVmSnapshot,
  indexVmSnapshot,
  deleteVmSnapshot,
  readVmSnapshotConfig,
  setVmSnapshotConfig,
  rollbackVmSnapshot,
] as const;
