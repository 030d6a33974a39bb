// Building blocks of replies: the API's 0/1 flags, nothing, the name of a task, lists of sub-paths.
import { z } from 'zod';

/** A boolean as the API answers it. */
export const replyFlag = z.union([z.literal(0), z.literal(1)]);

/** A boolean in the API's notation. */
export function flag(value: boolean): 0 | 1 {
  return value ? 1 : 0;
}

/** The method answers nothing. */
export const nothing = z.null();

/** The method starts a task and answers its UPID at once. */
export const taskStarted = z.string();

/** What lies below a path, as directory-like methods answer it. */
export const subdirectories = z.array(
  z.looseObject({ subdir: z.string().optional(), name: z.string().optional() }),
);

/** An object whose fields the API does not fix. */
export const anyObject = z.record(z.string(), z.unknown());
