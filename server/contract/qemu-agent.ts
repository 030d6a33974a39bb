// Methods that talk to the agent inside a VM.
import { z } from 'zod';
import { guestPath } from './guest-path.ts';
import { defineMethod, type Verb } from './method.ts';
import { array, boolean, choice, integer, string } from './params.ts';
import type { Privilege } from './permission.ts';

const anyOf = (first: Privilege, ...more: Privilege[]) =>
  ({
    check: ['perm', '/vms/{vmid}', [first, ...more, 'VM.GuestAgent.Unrestricted'], 'any', 1],
  }) as const;
const unrestricted = {
  check: ['perm', '/vms/{vmid}', ['VM.GuestAgent.Unrestricted']],
} as const;
const audit = anyOf('VM.GuestAgent.Audit');
const fileSystems = anyOf('VM.GuestAgent.FileSystemMgmt');
const power = anyOf('VM.PowerMgmt');

/** What the agent answered, under `result`. */
const agentResult = z.object({ result: z.unknown() });

/** A method that passes one agent command without arguments. */
function agentCommand<const V extends Verb, const Name extends string>(
  verb: V,
  name: Name,
  summary: string,
  permission: ReturnType<typeof anyOf>,
) {
  return defineMethod({
    verb,
    path: `/nodes/{node}/qemu/{vmid}/agent/${name}`,
    summary,
    params: z.object(guestPath),
    returns: agentResult,
    permission,
  });
}

/** The commands of `POST .../agent`. */
export const agentCommands = [
  'fsfreeze-freeze',
  'fsfreeze-status',
  'fsfreeze-thaw',
  'fstrim',
  'get-fsinfo',
  'get-host-name',
  'get-memory-block-info',
  'get-memory-blocks',
  'get-osinfo',
  'get-time',
  'get-timezone',
  'get-users',
  'get-vcpus',
  'info',
  'network-get-interfaces',
  'ping',
  'shutdown',
  'suspend-disk',
  'suspend-hybrid',
  'suspend-ram',
] as const;

export const indexAgent = defineMethod({
  verb: 'GET',
  path: '/nodes/{node}/qemu/{vmid}/agent',
  summary: "Lists the agent's commands.",
  params: z.object(guestPath),
  returns: z.array(z.object({ name: z.string() })),
  permission: { user: 'all' },
});

export const runAgentCommand = defineMethod({
  verb: 'POST',
  path: '/nodes/{node}/qemu/{vmid}/agent',
  summary: 'Passes a command to the agent.',
  params: z.object({ ...guestPath, command: choice(agentCommands) }),
  returns: agentResult,
  permission: anyOf('VM.GuestAgent.Unrestricted'),
});

/** The commands that have a method of their own and take no arguments. */
export const agentCommandMethods = [
  agentCommand('POST', 'fsfreeze-freeze', 'Freezes the file systems.', fileSystems),
  agentCommand(
    'POST',
    'fsfreeze-status',
    'Are the file systems frozen?',
    anyOf('VM.GuestAgent.Audit', 'VM.GuestAgent.FileSystemMgmt'),
  ),
  agentCommand('POST', 'fsfreeze-thaw', 'Thaws the file systems.', fileSystems),
  agentCommand('POST', 'fstrim', 'Gives unused blocks of the file systems back.', fileSystems),
  agentCommand('GET', 'get-fsinfo', 'Lists the mounted file systems.', audit),
  agentCommand('GET', 'get-host-name', "Tells the guest's host name.", audit),
  agentCommand('GET', 'get-memory-block-info', 'Tells the size of memory blocks.', audit),
  agentCommand('GET', 'get-memory-blocks', 'Lists the memory blocks.', audit),
  agentCommand('GET', 'get-osinfo', "Tells the guest's operating system.", audit),
  agentCommand('GET', 'get-time', "Tells the guest's clock, nanoseconds since the epoch.", audit),
  agentCommand('GET', 'get-timezone', "Tells the guest's time zone.", audit),
  agentCommand('GET', 'get-users', 'Lists who is logged in.', audit),
  agentCommand('GET', 'get-vcpus', 'Lists the processors.', audit),
  agentCommand('GET', 'info', 'Tells the version and commands of the agent.', audit),
  agentCommand('GET', 'network-get-interfaces', 'Lists the network interfaces with addresses.', audit),
  agentCommand('POST', 'ping', 'Does the agent answer?', audit),
  agentCommand('POST', 'shutdown', 'Shuts the guest down.', power),
  agentCommand('POST', 'suspend-disk', 'Suspends the guest to its disk.', power),
  agentCommand('POST', 'suspend-hybrid', 'Suspends the guest to memory and disk.', power),
  agentCommand('POST', 'suspend-ram', 'Suspends the guest to memory.', power),
] as const;

export const execInVm = defineMethod({
  verb: 'POST',
  path: '/nodes/{node}/qemu/{vmid}/agent/exec',
  summary: 'Runs a program inside the guest; its end is told by `exec-status`.',
  params: z.object({
    ...guestPath,
    command: array(string()),
    'input-data': string({ maxLength: 65536 }).optional(),
  }),
  returns: z.object({ pid: z.number() }),
  permission: unrestricted,
});

export const readVmExecStatus = defineMethod({
  verb: 'GET',
  path: '/nodes/{node}/qemu/{vmid}/agent/exec-status',
  summary: 'Tells how a program inside the guest is doing.',
  params: z.object({ ...guestPath, pid: integer() }),
  returns: z.object({
    exited: z.number(),
    exitcode: z.number().optional(),
    signal: z.number().optional(),
    'out-data': z.string().optional(),
    'out-truncated': z.number().optional(),
    'err-data': z.string().optional(),
    'err-truncated': z.number().optional(),
  }),
  permission: unrestricted,
});

const mostBytes = 16 * 1024 * 1024;

export const readVmFile = defineMethod({
  verb: 'GET',
  path: '/nodes/{node}/qemu/{vmid}/agent/file-read',
  summary: 'Reads a file inside the guest; `truncated` when there is more.',
  params: z.object({
    ...guestPath,
    count: integer({ minimum: 1, maximum: mostBytes, default: String(mostBytes) }).optional(),
    decode: boolean({ default: 1 }).optional(),
    file: string(),
    offset: integer({ minimum: 0, default: 0 }).optional(),
  }),
  returns: z.object({ content: z.string(), truncated: z.number().optional() }),
  permission: anyOf('VM.GuestAgent.FileRead'),
});

export const writeVmFile = defineMethod({
  verb: 'POST',
  path: '/nodes/{node}/qemu/{vmid}/agent/file-write',
  summary: 'Writes a file inside the guest.',
  params: z.object({
    ...guestPath,
    content: string({ maxLength: 61440 }),
    encode: boolean({ default: 1 }).optional(),
    file: string(),
  }),
  returns: z.null(),
  permission: anyOf('VM.GuestAgent.FileWrite'),
});

export const setVmUserPassword = defineMethod({
  verb: 'POST',
  path: '/nodes/{node}/qemu/{vmid}/agent/set-user-password',
  summary: 'Sets the password of a user inside the guest.',
  params: z.object({
    ...guestPath,
    crypted: boolean({ default: 0 }).optional(),
    password: string({ minLength: 5, maxLength: 1024 }),
    username: string(),
  }),
  returns: agentResult,
  permission: unrestricted,
});

export const qemuAgentMethods = [
  indexAgent,
  runAgentCommand,
  ...agentCommandMethods,
  execInVm,
  readVmExecStatus,
  readVmFile,
  writeVmFile,
  setVmUserPassword,
] as const;
