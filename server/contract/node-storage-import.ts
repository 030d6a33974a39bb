// What a VM made of an appliance, a disk image or a configuration file on a storage would be.
import { z } from 'zod';
import { importItemCodes, importWhyCodes } from './import-report-words.ts';
import { defineMethod } from './method.ts';
import { nodeName, storageId, string } from './params.ts';
import { anyObject, replyFlag } from './reply.ts';

/** The API's words for what a user should know; everything else stands in the report. */
const importWarningTypes = [
  'cdrom-image-ignored',
  'efi-state-lost',
  'guest-is-running',
  'nvme-unsupported',
  'ova-needs-extracting',
  'ovmf-with-lsi-unsupported',
  'serial-port-socket-only',
] as const;

const codeValues = z.record(z.string(), z.string()).optional();

/** One thing that the source says, and what became of it. */
const importReportLine = z.object({
  /** In the source's words: `memory`, `disk box-disk1.vmdk`, `network adapter`, `hostpci0`. */
  item: z.string(),
  value: z.string().optional(),
  mapped: replyFlag,
  /** The configuration's key that it became, or, when `mapped` is 0, that waits for the user: a disk whose image is not there. */
  key: z.string().optional(),
  note: z.string().optional(),
  /** `item` as a code, unless it is the source's own word; what it names is text of strangers. */
  what: z.object({ code: z.enum(importItemCodes), values: codeValues }).optional(),
  /** `note` as codes. */
  why: z.array(z.object({ code: z.enum(importWhyCodes), values: codeValues })).optional(),
});

/**
 * A VM is made of it by `POST /nodes/{node}/qemu` with `create-args`, for each of `disks` the parameter
 * `<key>=<storage>:0,import-from=<volume id>` with its `disk-options`, and for each of `net` the property string of its fields.
 * Everything in it comes from the file: text of strangers.
 */
export const importMetadata = z.object({
  type: z.literal('vm'),
  /** The API knows this word only; `format` tells what it is. */
  source: z.literal('esxi'),
  /** What was read; beyond the API. `image`: a single disk image. */
  format: z.enum(['ova', 'ovf', 'conf', 'image']),
  'create-args': anyObject,
  /** Volume ids to import from, by the key of the drive: `scsi0` to `local:import/box.ova/box-disk1.vmdk`. */
  disks: z.record(z.string(), z.string()),
  /** Beyond the API: what has to stand behind the volume id, as without it the content is misread: `tpmstate0` to `version=v2.0`. */
  'disk-options': z.record(z.string(), z.string()).optional(),
  /** Fields of `netN`, as property strings have them: `{ model: 'virtio', macaddr: '...' }`. The bridge is the user's to choose. */
  net: z.record(z.string(), z.record(z.string(), z.string())),
  warnings: z.array(
    z.object({ type: z.enum(importWarningTypes), key: z.string().optional(), value: z.string().optional() }),
  ),
  /** Beyond the API: all that the source says, mapped or not. */
  report: z.array(importReportLine),
});
export type ImportMetadata = z.infer<typeof importMetadata>;
export type ImportReportLine = z.infer<typeof importReportLine>;
export type ImportWarning = ImportMetadata['warnings'][number];

export const getImportMetadata = defineMethod({
  verb: 'GET',
  path: '/nodes/{node}/storage/{storage}/import-metadata',
  summary: 'What a VM made of an importable file would be',
  permission: { user: 'all' },
  params: z.object({
    node: nodeName(),
    storage: storageId(),
    volume: string(),
  }),
  returns: importMetadata,
});
