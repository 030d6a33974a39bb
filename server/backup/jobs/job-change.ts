// What a request makes of a backup job: the options as they will be stored, or which of them is wrong and why. Pure.
import type { NewBackupJob } from '../../contract/cluster-backup.ts';
import { readList } from '../../contract/params.ts';
import { pruneBackupsString } from '../../contract/prune-backups.ts';
import { invalidInput } from '../../core/errors.ts';
import { nearestWord } from '../../core/nearest-word.ts';
import { keepOfMaxFiles } from '../retention/keep-options.ts';
import { startTimeSchedule } from '../schedule/start-time.ts';
import type { JobOptions } from './job-document.ts';

/** Options of a request, all of them optional. */
export type GivenOptions = Partial<NewBackupJob>;

/** The ways to say which guests: they take each other's place. */
const choices = ['vmid', 'pool', 'tags', 'all'] as const;

/** The options of a new job; `invalid-input` by field. What depends on the rest of the system `requireFit` looks at. */
export function newJobOptions(given: GivenOptions): JobOptions {
  const options = readGiven(given);
  if (options.schedule === undefined)
    throw invalidInput({ schedule: "property is missing: write 'schedule', or 'starttime' with 'dow'" });
  return completed({ ...options, schedule: options.schedule });
}

/**
 * The options after a change; `remove` are names of options, as a request gives them. Naming guests in one way ends the others:
 * `all` ends `vmid`, `pool` and `tags`, and exceptions go with what they were made for.
 */
export function changedOptions(
  before: JobOptions,
  given: GivenOptions,
  remove: readonly string[],
): JobOptions {
  const ended = new Set<string>(remove.map((name) => checkedRemoval(name, given)));
  const set = readGiven(given);
  const chosen = choices.find((name) => set[name] !== undefined);
  if (chosen !== undefined && before[chosen] === undefined)
    for (const name of [...choices, 'exclude']) ended.add(name);
  // `all=0` is no way to say which guests.
  if (given.all === false) ended.add('all');
  const kept = Object.entries(before).filter(([name]) => !ended.has(name));
  return completed({ ...(Object.fromEntries(kept) as JobOptions), ...set });
}

/** Without what says nothing, the old notations in the new. */
function readGiven(given: GivenOptions): Partial<JobOptions> {
  const { id: _, stop: __, starttime, dow, maxfiles, ...rest } = given;
  const options: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(rest)) {
    if (value === undefined || value === '' || (name === 'all' && value === false)) continue;
    options[name] = name === 'vmid' || name === 'exclude' ? sameNumbersOnce(String(value)) : value;
  }
  if (starttime !== undefined) {
    if (rest.schedule !== undefined)
      throw invalidInput({ starttime: "cannot be set together with 'schedule'" });
    options['schedule'] = startTimeSchedule(starttime, dow);
  }
  if (maxfiles !== undefined) {
    if (rest['prune-backups'] !== undefined)
      throw invalidInput({ maxfiles: "cannot be set together with 'prune-backups'" });
    options['prune-backups'] = pruneBackupsString.render(keepOfMaxFiles(maxfiles));
  }
  const chosen = choices.filter((name) => options[name] !== undefined);
  const second = chosen[1];
  if (second !== undefined) throw invalidInput({ [second]: `conflicts with option '${chosen[0]}'` });
  return options as Partial<JobOptions>;
}

/** With what goes without saying: who names exceptions alone means all others. */
function completed(options: Omit<JobOptions, 'enabled'> & { readonly enabled?: boolean }): JobOptions {
  const { enabled = true, exclude } = options;
  const chosen = choices.find((name) => options[name] !== undefined);
  if (exclude !== undefined && chosen === 'vmid')
    throw invalidInput({ exclude: "conflicts with option 'vmid'" });
  if (chosen === undefined && exclude === undefined)
    throw invalidInput({
      vmid: "property is missing: write 'vmid', 'pool', 'tags' or 'all' to say which guests",
    });
  return { ...options, enabled, ...(chosen === undefined ? { all: true } : {}) };
}

function sameNumbersOnce(list: string): string {
  return [...new Set(readList(list))].join(',');
}

/** Options that a job can do without; append-only. */
const removable = [
  ...['all', 'bwlimit', 'comment', 'compress', 'dumpdir', 'enabled', 'exclude', 'exclude-path', 'fleecing'],
  ...['ionice', 'lockwait', 'mailnotification', 'mailto', 'maxfiles', 'mode', 'node', 'notes-template'],
  ...['notification-mode', 'pbs-change-detection-mode', 'performance', 'pigz', 'pool', 'protected'],
  ...['prune-backups', 'quiet', 'remove', 'repeat-missed', 'script', 'stdexcludes', 'stop', 'stopwait'],
  ...['storage', 'tags', 'tmpdir', 'vmid', 'zstd'],
  ...['test-schedule', 'test-guests', 'test-wait', 'test-port', 'test-timeout', 'test-storage'],
];

/** The option as it is stored. */
function checkedRemoval(name: string, given: GivenOptions): string {
  if (name === 'schedule' || name === 'starttime' || name === 'dow')
    throw invalidInput({ delete: `'${name}' cannot be deleted: a job has a schedule; disable it instead` });
  if (!removable.includes(name)) {
    const meant = nearestWord(name, removable);
    throw invalidInput({
      delete: `unknown option '${name.slice(0, 60)}'${meant === undefined ? '' : `: did you mean '${meant}'?`}`,
    });
  }
  if (given[name as keyof GivenOptions] !== undefined)
    throw invalidInput({ delete: `'${name}' cannot be set and deleted at once` });
  return name === 'maxfiles' ? 'prune-backups' : name;
}
