// The calls about files and trees, of storages that hold disks only: each refuses.
import { AppError } from '../../server/core/errors.ts';
import type { Storage } from '../plugin.ts';

type FileCalls = Pick<
  Storage,
  | 'beginImport'
  | 'writeImport'
  | 'importPath'
  | 'readImport'
  | 'commitImport'
  | 'discardImport'
  | 'describeImport'
  | 'putBeside'
  | 'readBeside'
  | 'annotate'
  | 'limitsTrees'
>;

const refuse = async (): Promise<never> => {
  throw new AppError('unsupported', 'this storage holds disks of guests only, no files');
};

export const noFiles: FileCalls = {
  beginImport: refuse,
  writeImport: refuse,
  importPath: refuse,
  readImport: refuse,
  commitImport: refuse,
  describeImport: refuse,
  putBeside: refuse,
  readBeside: refuse,
  // There is never one to be discarded.
  discardImport: async () => {},
  limitsTrees: async () => false,
  async annotate() {
    throw new AppError('unsupported', 'notes and protection are not kept on this storage');
  },
};
