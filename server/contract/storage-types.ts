// The types of storage that a node knows: their options, as forms need them, and what their volumes can do.
import { z } from 'zod';
import { defineMethod } from './method.ts';
import { nodeName } from './params.ts';
import { replyFlag } from './reply.ts';

const option = z.object({
  name: z.string(),
  type: z.enum(['string', 'boolean', 'integer', 'path', 'content-list', 'node-list', 'secret', 'choice']),
  /** The words allowed, of a `choice`. */
  choices: z.array(z.string()).optional(),
  required: replyFlag,
  /** It cannot change once the storage is created. */
  fixed: replyFlag,
  description: z.string(),
  /** It is no parameter of its own: it is given in `plugin-options`. */
  apart: replyFlag.optional(),
});

const capability = z.object({
  feature: z.string(),
  formats: z.array(z.string()),
  /** Of the volume: as it is, its snapshots, a base. */
  states: z.array(z.enum(['current', 'snapshot', 'base'])),
  /** Also while a running guest has the volume open. */
  live: replyFlag,
});

const storageType = z.object({
  type: z.string(),
  options: z.array(option),
  /** Kinds of content that it can hold. */
  content: z.array(z.string()),
  /** Of new disk images, the default first; empty: none. */
  'image-formats': z.array(z.string()),
  /** Of new volumes of containers, the default first; empty: none. */
  'root-formats': z.array(z.string()),
  /** Every node sees the same volumes. */
  shared: replyFlag,
  /** Programs that it needs, with the Debian package of each. */
  programs: z.array(z.object({ program: z.string(), package: z.string() })),
  capabilities: z.array(capability),
});
export type StorageType = z.output<typeof storageType>;
export type StorageTypeOption = z.output<typeof option>;
export type StorageTypeCapability = z.output<typeof capability>;

export const listStorageTypes = defineMethod({
  verb: 'GET',
  path: '/nodes/{node}/storage-types',
  summary: 'Types of storage that the node knows: options and abilities',
  permission: { user: 'all' },
  params: z.object({ node: nodeName() }),
  returns: z.array(storageType),
  extension: true,
});

export const storageTypeMethods = [listStorageTypes] as const;
