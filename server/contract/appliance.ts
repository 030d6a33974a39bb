// The appliance: live or installed, its disks, the installation, slots and updates, its state. All Croft's own.
import { z } from 'zod';
import { defineMethod } from './method.ts';
import { boolean, nodeName, string } from './params.ts';
import { replyFlag, taskStarted } from './reply.ts';

const audit = { check: ['perm', '/nodes/{node}', ['Sys.Audit']] } as const;
const modify = { check: ['perm', '/nodes/{node}', ['Sys.Modify']] } as const;

const slotName = z.enum(['A', 'B']);

/** What came of the newest update, or of a return to the previous version. Times in seconds since the epoch. */
export const updateOutcome = z.object({
  at: z.number(),
  outcome: z.enum(['pending', 'committed', 'fell-back', 'refused']),
  from: z.string(),
  to: z.string(),
  /** Why it fell back or was refused, in words. */
  reason: z.string().optional(),
});

export const applianceStatus = z.object({
  /** `none`: this machine runs Croft without its image (a development machine). */
  mode: z.enum(['none', 'live', 'installed']),
  version: z.string(),
  /** When the image was built, ISO 8601. */
  built: z.string().optional(),
  firmware: z.enum(['bios', 'uefi']),
  slot: slotName.optional(),
  /** This boot is on trial: it is kept only when the health check passes. */
  trial: replyFlag,
  slots: z.array(
    z.object({
      name: slotName,
      version: z.string().optional(),
      built: z.string().optional(),
      bytes: z.number().optional(),
      running: replyFlag,
      /** The one that boots by default. */
      default: replyFlag,
    }),
  ),
  last: updateOutcome.optional(),
  state: z.object({ schema: z.number(), totalBytes: z.number(), freeBytes: z.number() }).optional(),
  /** What an admin should know now: `State partition is full`, `Slot B runs, but A boots by default`. */
  warnings: z.array(z.string()),
});
export type ApplianceStatus = z.output<typeof applianceStatus>;

export const getAppliance = defineMethod({
  verb: 'GET',
  path: '/nodes/{node}/appliance',
  summary: 'Live or installed, slots, updates, state',
  permission: audit,
  params: z.object({ node: nodeName() }),
  returns: applianceStatus,
  extension: true,
});

const machineFacts = z.object({
  firmware: z.enum(['bios', 'uefi']),
  memoryBytes: z.number(),
  disks: z.array(
    z.object({
      path: z.string(),
      name: z.string(),
      ids: z.array(z.string()),
      model: z.string(),
      serial: z.string(),
      sizeBytes: z.number(),
      sectorBytes: z.number(),
      transport: z.string(),
      rotational: z.boolean(),
      contents: z.array(
        z.object({
          device: z.string(),
          sizeBytes: z.number(),
          type: z.string(),
          label: z.string(),
          description: z.string(),
          mountpoint: z.string().optional(),
        }),
      ),
      croft: z
        .object({
          hostname: z.string().optional(),
          version: z.string().optional(),
          stateSchema: z.number().optional(),
          keepable: z.boolean(),
          reason: z.string().optional(),
        })
        .optional(),
      /** Why it cannot be chosen. */
      problem: z.string().optional(),
    }),
  ),
  nics: z.array(
    z.object({
      name: z.string(),
      mac: z.string(),
      link: z.boolean(),
      speedMbit: z.number().optional(),
      driver: z.string().optional(),
      addresses: z.array(z.string()),
    }),
  ),
  /** Console keymaps that the image has, as `system.keyboard` takes them; left out where there is no list of them. */
  keymaps: z.array(z.string()).optional(),
  /** Time zones that the image has, as `system.timezone` takes them; left out where there is no list of them. */
  timezones: z.array(z.string()).optional(),
});
export type MachineFactsReply = z.output<typeof machineFacts>;

export const getInstallFacts = defineMethod({
  verb: 'GET',
  path: '/nodes/{node}/appliance/machine',
  summary: 'Disks with what is on them, network cards with their link',
  permission: audit,
  params: z.object({ node: nodeName() }),
  returns: machineFacts,
  extension: true,
});

/** Problems by their place in the answer file, `disk.devices`; `line` counts from 1, 0 when the text has no such place. */
const answerProblem = z.object({ key: z.string(), line: z.number(), message: z.string() });
export type AnswerProblem = z.output<typeof answerProblem>;

const installCheck = z.object({
  problems: z.array(answerProblem),
  /** What would be destroyed, in sentences. */
  destroys: z.array(z.string()),
  warnings: z.array(z.string()),
});
export type InstallCheck = z.output<typeof installCheck>;

export const checkInstall = defineMethod({
  verb: 'POST',
  path: '/nodes/{node}/appliance/check',
  summary: 'Would an installation with these answers work, and what would it destroy?',
  permission: audit,
  params: z.object({
    node: nodeName(),
    /** The answer file: TOML. */
    answers: string({ maxLength: 65_536 }),
  }),
  returns: installCheck,
  extension: true,
});

export const install = defineMethod({
  verb: 'POST',
  path: '/nodes/{node}/appliance/install',
  summary: 'Install onto a disk',
  permission: modify,
  params: z.object({
    node: nodeName(),
    /** The answer file: TOML. A password in it keeps to `rootPassword` of answer-file.ts, or it is refused by name. */
    answers: string({ maxLength: 65_536 }),
    /** Names of the disks that will be erased, as typed: `sda` or `sda,sdb`. Must match the answers. */
    confirm: string({ maxLength: 200 }),
  }),
  returns: taskStarted,
  extension: true,
});

export const uploadUpdate = defineMethod({
  verb: 'POST',
  path: '/nodes/{node}/appliance/upload',
  summary: 'Update from an uploaded file',
  permission: modify,
  /** The update file is the body itself, `application/octet-stream`, with its length. */
  params: z.object({ node: nodeName() }),
  returns: taskStarted,
  transport: 'stream',
  extension: true,
});

export const downloadUpdate = defineMethod({
  verb: 'POST',
  path: '/nodes/{node}/appliance/update',
  summary: 'Update from a URL',
  permission: modify,
  params: z.object({ node: nodeName(), url: string({ pattern: 'https?://.*', maxLength: 2048 }) }),
  returns: taskStarted,
  extension: true,
});

export const bootOtherSlot = defineMethod({
  verb: 'POST',
  path: '/nodes/{node}/appliance/switch',
  summary: 'Boot the other slot on trial: the update that was written, or the previous version',
  permission: {
    check: ['and', ['perm', '/nodes/{node}', ['Sys.Modify']], ['perm', '/nodes/{node}', ['Sys.PowerMgmt']]],
  },
  params: z.object({ node: nodeName() }),
  returns: taskStarted,
  extension: true,
});

export const confirmSlot = defineMethod({
  verb: 'POST',
  path: '/nodes/{node}/appliance/confirm',
  summary: 'Keep the slot that runs: boot it by default from now on',
  permission: modify,
  params: z.object({ node: nodeName() }),
  returns: z.null(),
  extension: true,
});

export const factoryReset = defineMethod({
  verb: 'POST',
  path: '/nodes/{node}/appliance/reset',
  summary: 'Forget all settings and start as on the first day, at the next boot; reboots',
  permission: modify,
  params: z.object({
    node: nodeName(),
    /** The node's name, as typed. */
    confirm: string({ maxLength: 63 }),
    /** Also destroy guests' disks, ISO images and backups on the local disks. */
    'destroy-guests': boolean({ default: 0 }).default(false),
  }),
  returns: taskStarted,
  extension: true,
});

export const exportState = defineMethod({
  verb: 'GET',
  path: '/nodes/{node}/appliance/state',
  summary: 'The state as a file: settings, keys, logs. Holds secrets',
  permission: { check: ['and', ['perm', '/nodes/{node}', ['Sys.Modify']], ['perm', '/', ['Sys.Modify']]] },
  params: z.object({ node: nodeName() }),
  returns: z.any(),
  transport: 'stream',
  extension: true,
});

export const applianceMethods = [
  getAppliance,
  getInstallFacts,
  checkInstall,
  install,
  uploadUpdate,
  downloadUpdate,
  bootOtherSlot,
  confirmSlot,
  factoryReset,
  exportState,
] as const;
