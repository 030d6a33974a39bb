// The catalogue of container templates: what can be built here or downloaded.
import { z } from 'zod';
import { defineMethod } from './method.ts';
import { nodeName, storageId, string } from './params.ts';
import { replyFlag, taskStarted } from './reply.ts';

export const catalogueEntry = z.object({
  /** The name of the file to be, `debian-13-standard_13.1-1_amd64.tar.zst`; what POST is given. */
  template: z.string(),
  package: z.string(),
  /** Family and version, `debian-13`. */
  os: z.string(),
  /** `system` for plain systems. */
  section: z.string(),
  type: z.literal('lxc'),
  version: z.string(),
  architecture: z.string().optional(),
  headline: z.string(),
  description: z.string().optional(),
  infopage: z.string().optional(),
  /** Whence it is downloaded; empty for what is built here. */
  location: z.string(),
  /** Of the file; left out where it is not known before it is made. */
  sha512sum: z.string().optional(),
  /** Croft's own: 1 when it is built on this machine from its distribution's packages, 0 when it is downloaded. */
  build: replyFlag,
  /** Croft's own: 0 when this machine cannot make it now; `problem` says why. */
  available: replyFlag,
  problem: z.string().optional(),
});
export type CatalogueEntry = z.output<typeof catalogueEntry>;

export const listTemplates = defineMethod({
  verb: 'GET',
  path: '/nodes/{node}/aplinfo',
  summary: 'Lists the container templates that can be had',
  permission: { user: 'all' },
  params: z.object({ node: nodeName() }),
  returns: z.array(catalogueEntry),
});

export const makeTemplate = defineMethod({
  verb: 'POST',
  path: '/nodes/{node}/aplinfo',
  summary: 'Downloads or builds a template of the catalogue into a storage',
  permission: { check: ['perm', '/storage/{storage}', ['Datastore.AllocateTemplate']] },
  params: z.object({
    node: nodeName(),
    storage: storageId(),
    /** The `template` of an entry, or its `package`, `debian-13`. */
    template: string({ maxLength: 255 }, (text) =>
      /^[A-Za-z0-9][A-Za-z0-9._+~-]*$/.test(text) ? undefined : 'not the name of a template',
    ),
  }),
  returns: taskStarted,
});

export const aplinfoMethods = [listTemplates, makeTemplate] as const;
