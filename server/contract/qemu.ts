// All methods of virtual machines that this version has.
import { qemuAgentMethods } from './qemu-agent.ts';
import { qemuCloudInitMethods } from './qemu-cloudinit.ts';
import { qemuConfigMethods } from './qemu-config.ts';
import { qemuConsoleMethods } from './qemu-console.ts';
import { qemuCopyMethods } from './qemu-copies.ts';
import { qemuMonitorMethods } from './qemu-monitor.ts';
import { qemuSnapshotMethods } from './qemu-snapshot.ts';
import { qemuStatusMethods } from './qemu-status.ts';

export const qemuMethods = [
  ...qemuStatusMethods,
  ...qemuConfigMethods,
  ...qemuCopyMethods,
  ...qemuCloudInitMethods,
  ...qemuConsoleMethods,
  ...qemuAgentMethods,
  ...qemuMonitorMethods,
  ...qemuSnapshotMethods,
] as const;
