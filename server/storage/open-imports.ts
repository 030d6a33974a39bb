// Which imports of a storage somebody still holds: they outlive the processes that the storage's calls run in.
import type { Storage } from '../../storage-plugins/plugin.ts';

/**
 * The same storage; `held` has the ids of imports between their begin and their end. One whose writing failed is not held: whoever goes
 * on with it all the same (a task) says so itself.
 */
export function followImports(storage: Storage, held: Set<string>): Storage {
  return {
    ...storage,
    async beginImport(...args) {
      const begun = await storage.beginImport(...args);
      held.add(begun.id);
      return begun;
    },
    async writeImport(...args) {
      try {
        return await storage.writeImport(...args);
      } catch (error) {
        held.delete(args[1]);
        throw error;
      }
    },
    async commitImport(...args) {
      const volume = await storage.commitImport(...args);
      held.delete(args[1]);
      return volume;
    },
    async discardImport(...args) {
      held.delete(args[1]);
      await storage.discardImport(...args);
    },
  };
}
