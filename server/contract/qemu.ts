// All methods of virtual machines that this version has.
import { qemuAgentMethods } from './qemu-agent.ts';
import { qemuConfigMethods } from './qemu-config.ts';
import { qemuConsoleMethods } from './qemu-console.ts';
import { qemuStatusMethods } from './qemu-status.ts';

export const qemuMethods = [
  ...qemuStatusMethods,
  ...qemuConfigMethods,
  ...qemuConsoleMethods,
  ...qemuAgentMethods,
] as const;
