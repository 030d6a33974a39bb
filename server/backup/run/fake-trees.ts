// Containers that have no files, standing still for a backup that nobody reads: for the development server.
import { gibibyte } from '../../core/units.ts';
import type { StillTrees } from './ct-source.ts';

/** What `createFakeOrders` takes for a container's files. */
export const fakeTrees: StillTrees = {
  begin: async (_parts, _context, { idMap, exclude, standardExcludes }, texts) => ({
    ...{ idMap, exclude, standardExcludes, texts, parts: [] },
    estimatedBytes: gibibyte,
  }),
  end: async () => {},
};
