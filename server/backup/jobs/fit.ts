// Whether a job's options fit the system that they are for: storages, pools, nodes, times, files, rights. Nothing here changes anything.
import type { Privilege } from '../../contract/permission.ts';
import { fleecingString } from '../../contract/vzdump.ts';
import { AppError, asAppError, invalidInput } from '../../core/errors.ts';
import type { Asker } from '../../guests/guest-requests.ts';
import { isRoot } from '../../guests/needed-privileges.ts';
import { keepsAll, parseKeepOptions } from '../retention/keep-options.ts';
import { resolveOptions } from '../run/backup-options.ts';
import { parseCalendarEvent } from '../schedule/calendar-event.ts';
import { nextRun } from '../schedule/upcoming-runs.ts';
import { checkExcludes } from '../trees/exclude-patterns.ts';
import type { JobOptions } from './job-document.ts';

/** What the check must know of the system. */
export interface JobWorld {
  /** What a storage may hold; undefined when there is none of that id. */
  contents(storage: string): readonly string[] | undefined;
  poolExists(id: string): boolean;
  nodeExists(name: string): boolean;
  /** Of this node. */
  zone(): string;
  now(): number;
}

/** Threads: more than any machine has. */
const mostThreads = 1024;
const mostExcludedPaths = 200;
const longestPath = 4096;

/** Throws `invalid-input` that names every field at fault with its rule. */
export function requireFit(options: JobOptions, world: JobWorld): void {
  const wrong: Record<string, string> = {};
  const rule = (field: string, broken: string | undefined) => {
    if (broken !== undefined) wrong[field] = broken;
  };
  rule('schedule', brokenSchedule(options.schedule, world));
  const tests = options['test-schedule'];
  if (tests !== undefined) {
    rule('test-schedule', brokenSchedule(tests, world));
    if (options.storage === undefined) rule('test-schedule', "needs 'storage': of a folder nothing is tried");
  }
  rule('test-storage', brokenTestStorage(options['test-storage'], world));
  if (options['test-wait'] === 'port' && options['test-port'] === undefined)
    rule('test-port', 'property is missing: name the port');
  rule('storage', brokenStorage(options.storage, 'backup', 'backups', world));
  const fleecing = options.fleecing === undefined ? undefined : fleecingString.parse(options.fleecing);
  if (fleecing?.ok) rule('fleecing', brokenStorage(fleecing.value.storage, 'images', 'disks of VMs', world));
  if (options.storage !== undefined && options.dumpdir !== undefined)
    rule('dumpdir', "conflicts with option 'storage'");
  for (const field of ['notes-template', 'protected'] as const)
    if (options[field] && options.storage === undefined)
      rule(field, "needs 'storage': a folder keeps no such thing");
  for (const field of ['dumpdir', 'tmpdir', 'script'] as const) rule(field, brokenPath(options[field]));
  for (const field of ['pigz', 'zstd'] as const) {
    const threads = options[field] ?? 0;
    if (threads < 0 || threads > mostThreads) rule(field, `must be from 0 to ${mostThreads} threads`);
  }
  rule('exclude-path', brokenExclusions(options['exclude-path']));
  if (options.pool !== undefined && !world.poolExists(options.pool))
    rule('pool', `pool '${options.pool.slice(0, 130)}' does not exist`);
  if (options.node !== undefined && !world.nodeExists(options.node))
    rule('node', `node '${options.node}' does not exist`);
  if (Object.keys(wrong).length > 0) throw invalidInput(wrong);
  // What the backup itself would refuse.
  resolveOptions(options, { defaults: {}, keepOfStorage: () => undefined, cpus: 1 });
}

function brokenSchedule(text: string, world: JobWorld): string | undefined {
  try {
    const event = parseCalendarEvent(text);
    return nextRun(event, world.now(), world.zone()) === undefined ? 'never comes' : undefined;
  } catch (error) {
    const { fields, message } = asAppError(error);
    return fields?.['schedule'] ?? message;
  }
}

function brokenStorage(
  id: string | undefined,
  content: string,
  words: string,
  world: JobWorld,
): string | undefined {
  if (id === undefined) return undefined;
  const contents = world.contents(id);
  if (contents === undefined) return `storage '${id}' does not exist`;
  return contents.includes(content) ? undefined : `storage '${id}' is not set up for ${words}`;
}

/** Guests of either kind may be tried. */
function brokenTestStorage(id: string | undefined, world: JobWorld): string | undefined {
  if (id === undefined) return undefined;
  const broken = (['images', 'rootdir'] as const).map((content) =>
    brokenStorage(id, content, 'volumes of guests', world),
  );
  return broken.every((why) => why !== undefined) ? broken[0] : undefined;
}

function brokenPath(path: string | undefined): string | undefined {
  if (path === undefined) return undefined;
  if (!path.startsWith('/') || path.length > longestPath) return 'must be an absolute path';
  if (/[\t\r\n]/.test(path)) return 'must be one line';
  return path.split('/').includes('..') ? "must not hold '..'" : undefined;
}

function brokenExclusions(patterns: readonly string[] | undefined): string | undefined {
  if (patterns === undefined) return undefined;
  if (patterns.length > mostExcludedPaths) return `must be ${mostExcludedPaths} patterns at most`;
  if (patterns.some((pattern) => /[\r\n]/.test(pattern))) return 'must be one pattern a line';
  try {
    checkExcludes(patterns);
    return undefined;
  } catch (error) {
    const { fields, message } = asAppError(error);
    return fields?.['exclude-path'] ?? message;
  }
}

/** Files of the node: whoever names them can overwrite or run anything there. */
const rootOptions = ['dumpdir', 'script', 'tmpdir'] as const;

/**
 * A job runs as root: nobody gets done by one what he may not do himself. By the published rights of `vzdump`, of which a job needs
 * those that hang on options. `before`: what is there already and stays needs no right.
 */
export function requireRights(asker: Asker, options: JobOptions, before?: JobOptions): void {
  for (const name of rootOptions)
    if (options[name] !== before?.[name] && !isRoot(asker))
      throw new AppError('forbidden', `only root@pam may set '${name}'`, { data: { key: name } });
  const need = (storage: string | undefined, privilege: Privilege) => {
    const path = `/storage/${storage}`;
    if (storage !== undefined && !asker.may(path, privilege))
      throw new AppError('forbidden', `Permission check failed (${path}, ${privilege})`);
  };
  const moved = options.storage !== before?.storage;
  if (moved) need(options.storage, 'Datastore.AllocateSpace');
  const keep = options['prune-backups'];
  if ((moved || keep !== before?.['prune-backups']) && !keepsAll(parseKeepOptions(keep)))
    need(options.storage, 'Datastore.Allocate');
  if (options['test-storage'] !== before?.['test-storage'])
    need(options['test-storage'], 'Datastore.AllocateSpace');
  if (options.fleecing !== undefined && options.fleecing !== before?.fleecing) {
    const fleecing = fleecingString.parse(options.fleecing);
    if (fleecing.ok) need(fleecing.value.storage, 'Datastore.AllocateSpace');
  }
}
