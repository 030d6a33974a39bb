// What the contract suites expect of calls that must not work.
import { AppError } from '../../server/core/errors.ts';

/** The code of the error; `nothing was refused` when the work went well. Other errors than AppErrors are thrown on. */
export async function refused(work: Promise<unknown>): Promise<string> {
  try {
    await work;
  } catch (error) {
    if (error instanceof AppError) return error.code;
    throw error;
  }
  return 'nothing was refused';
}
