// Which migrations make up which database file. Append-only.
import type { Schema } from './migrate.ts';
import { documents } from './migrations/main/0001-documents.ts';
import { tasks } from './migrations/main/0002-tasks.ts';
import { series } from './migrations/metrics/0001-series.ts';

/** Configuration and tasks: opened with durability `full`. */
export const mainSchema: Schema = { migrations: [documents, tasks] };

/** Measured values: opened with durability `relaxed`. */
export const metricsSchema: Schema = { migrations: [series] };
