// What is done inside a running container as its root: programs, a shell, files to and fro. All Croft's own.
import { z } from 'zod';
import { openedTerminal } from './guest-console-parts.ts';
import { guestPath } from './guest-path.ts';
import { normalPath } from './lxc-formats.ts';
import { defineMethod } from './method.ts';
import { array, integer, string } from './params.ts';

// The privileges over the agent of a VM mean just this: acting inside a guest with all rights. VM.Console does not, for
// it leads to a log-in.
const unrestricted = { check: ['perm', '/vms/{vmid}', ['VM.GuestAgent.Unrestricted']] } as const;

/** Text with control characters in it, which `string` refuses. */
function anyText(maxLength: number, check?: (text: string) => string | undefined) {
  return z
    .string()
    .max(maxLength, `value may only be ${maxLength} characters long`)
    .check((context) => {
      const broken = check?.(context.value);
      if (broken !== undefined)
        context.issues.push({ code: 'custom', message: broken, input: context.value });
    })
    .meta({ facts: { type: 'string', maxLength } });
}

/** An argument that the kernel takes: MAX_ARG_STRLEN, and no NUL (execve(2)). */
const argument = anyText(131_071, (text) =>
  text.includes('\0') ? 'an argument must not hold a NUL character' : undefined,
);

/** A program with its arguments: a JSON array, or the parameter given several times. */
const command = array(argument)
  .refine((argv) => (argv[0] ?? '') !== '', 'write a program, then its arguments')
  .meta({ facts: { type: 'array', items: { type: 'string', maxLength: 131_071 } } });

export const execInCt = defineMethod({
  verb: 'POST',
  path: '/nodes/{node}/lxc/{vmid}/exec',
  summary: 'Runs a program inside a running container as root, and answers when it has ended.',
  params: z.object({
    ...guestPath,
    command,
    /** What the program reads from its standard input. */
    input: anyText(262_144).optional(),
    /** Seconds until it is ended. */
    timeout: integer({ minimum: 1, maximum: 86_400, default: 600 }).default(600),
  }),
  /** At most 1 MiB of each output. */
  returns: z.object({ exitcode: z.number(), stdout: z.string(), stderr: z.string() }),
  permission: unrestricted,
  extension: true,
});

export const openCtShell = defineMethod({
  verb: 'POST',
  path: '/nodes/{node}/lxc/{vmid}/shell',
  summary: 'Prepares a terminal with a root shell, or the given program, without log-in: for `vncwebsocket`.',
  params: z.object({ ...guestPath, command: command.optional() }),
  returns: openedTerminal,
  permission: { check: ['and', ['perm', '/vms/{vmid}', ['VM.Console']], unrestricted.check] },
  extension: true,
});

/** A file's path inside; links in it are followed inside only. */
const filePath = () =>
  string({ maxLength: 4095 }, (text) =>
    (normalPath(text) ?? '/') === '/' || text.endsWith('/')
      ? "write a file's absolute path inside the container, without '.' or '..'"
      : undefined,
  );

export const pullCtFile = defineMethod({
  verb: 'GET',
  path: '/nodes/{node}/lxc/{vmid}/file',
  summary: 'Reads a file of a running container. The reply is the file itself, application/octet-stream.',
  params: z.object({ ...guestPath, path: filePath() }),
  returns: z.any(),
  permission: {
    check: ['perm', '/vms/{vmid}', ['VM.GuestAgent.FileRead', 'VM.GuestAgent.Unrestricted'], 'any', 1],
  },
  transport: 'stream',
  extension: true,
});

export const pushCtFile = defineMethod({
  verb: 'PUT',
  path: '/nodes/{node}/lxc/{vmid}/file',
  summary: 'Writes a file of a running container. The body is the file itself, application/octet-stream.',
  params: z.object({
    ...guestPath,
    path: filePath(),
    /** Octal. */
    mode: string({ pattern: '0?[0-7]{3}', default: '0644' }).default('0644'),
    /** Owners as the container counts them. */
    uid: integer({ minimum: 0, maximum: 4_294_967_294, default: 0 }).default(0),
    gid: integer({ minimum: 0, maximum: 4_294_967_294, default: 0 }).default(0),
  }),
  returns: z.null(),
  permission: {
    check: ['perm', '/vms/{vmid}', ['VM.GuestAgent.FileWrite', 'VM.GuestAgent.Unrestricted'], 'any', 1],
  },
  transport: 'stream',
  extension: true,
});

export const lxcInsideMethods = [execInCt, openCtShell, pullCtFile, pushCtFile] as const;
