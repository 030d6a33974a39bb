// The version method, the first that every client calls.
import { z } from 'zod';
import { defineMethod } from './method.ts';

export const getVersion = defineMethod({
  verb: 'GET',
  path: '/version',
  summary: 'Version of the API, and of Croft',
  permission: { user: 'all' },
  params: z.object({}),
  returns: z.object({
    version: z.string(),
    release: z.string(),
    repoid: z.string(),
    console: z.string().optional(),
  }),
});

export const versionMethods = [getVersion] as const;
