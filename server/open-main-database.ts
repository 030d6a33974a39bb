// Opens the daemon's main database, or says why the daemon must not start: what is damaged is never replaced by something empty.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { appliancePaths } from './core/appliance-layout.ts';
import { AppError, asAppError } from './core/errors.ts';
import type { Logger } from './core/log.ts';
import { type Db, openDatabase } from './db/database.ts';
import { databaseProblem } from './db/database-error.ts';
import { restoreAsRequested } from './db/restore-config.ts';
import { mainSchema } from './db/schemas.ts';

export interface MainDatabaseOptions {
  readonly dataDir: string;
  readonly log: Logger;
  /** Go back to the copy of before the last schema upgrade, when a newer version made that upgrade on its trial. */
  readonly allowReturn: boolean;
  /** Where the boot scripts say that the state could not be used; default the appliance's. */
  readonly stateProblem?: string;
}

/** `problem`: damaged, too new, or the state partition cannot be used; for `startRescue`. Other failures are thrown. */
export function openMainDatabase({
  dataDir,
  log,
  allowReturn,
  stateProblem = join(appliancePaths.boot, 'state-problem'),
}: MainDatabaseOptions): { db: Db } | { problem: AppError } {
  if (existsSync(stateProblem)) {
    const [sentence = 'the state cannot be used', ...detail] = readFileSync(stateProblem, 'utf8')
      .trim()
      .split('\n');
    return { problem: new AppError('unavailable', sentence, { detail: detail.join('\n') }) };
  }
  restoreAsRequested({ dataDir, schema: mainSchema, log });
  try {
    const path = join(dataDir, 'croft.db');
    return { db: openDatabase({ path, schema: mainSchema, durability: 'full', log, allowReturn }) };
  } catch (error) {
    if (databaseProblem(error) === undefined) throw error;
    return { problem: asAppError(error) };
  }
}
