// What the kernel says about a path below a hostile root, in words for the caller.
import { AppError } from './errors.ts';
import { codeOf } from './root-walk.ts';

/** In words, with the path inside the root alone: the host's paths are no business of the caller's. */
export function explained(path: string, error: unknown): AppError {
  if (error instanceof AppError) {
    return error.code === 'unsupported' && !error.message.startsWith(path)
      ? new AppError('unsupported', `${path}: ${error.message}`, { cause: error })
      : error;
  }
  const code = codeOf(error);
  const detail = error instanceof Error ? error.message : String(error);
  const say = (kind: AppError['code'], text: string) => new AppError(kind, text, { detail, cause: error });
  switch (code) {
    case 'ENOENT':
      return say('not-found', `${path} does not exist`);
    case 'ENOTDIR':
      return say('wrong-state', `${path}: a part of it is not a folder`);
    case 'EISDIR':
      return say('wrong-state', `${path} is a folder`);
    case 'ENOTEMPTY':
      return say('wrong-state', `${path} is a folder that is not empty`);
    case 'ELOOP':
      return say('invalid-input', `${path}: too many links`);
    case 'ENAMETOOLONG':
      return say('invalid-input', `${path.slice(0, 80)}...: the name is too long`);
    case 'ENOSPC':
    case 'EDQUOT':
      return say('no-capacity', `${path}: no space is left`);
    case 'EROFS':
      return say('wrong-state', `${path} is on a read-only file system`);
    case 'EBUSY':
      return say('busy', `${path} is in use`);
    default:
      return say('unavailable', `${path}: ${code ?? 'it cannot be opened'}`);
  }
}
