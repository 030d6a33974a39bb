// Targets and matchers as the API has them: listed, made, changed and removed.
import type { ClusterStore, DocumentWrite, Json } from '../cluster/cluster-store.ts';
import type { MatcherItem } from '../contract/notification-matchers.ts';
import { type EndpointType, renderNamedValue } from '../contract/notification-parts.ts';
import { flag } from '../contract/reply.ts';
import { checkDigest } from '../core/config-digest.ts';
import { AppError, hasCode, invalidInput, notFound } from '../core/errors.ts';
import {
  digestOf,
  type EntryOptions,
  entryDigest,
  findMatcher,
  findTarget,
  listMatchers,
  listTargets,
  type Matcher,
  matcherKind,
  readSecrets,
  secretKind,
  type Target,
  targetKind,
} from './entries.ts';
import { readMatchRules } from './match-rules.ts';
import { changedTarget, type GivenOptions, type TargetState } from './target-options.ts';

export interface EntryChange {
  readonly given: GivenOptions;
  readonly remove?: readonly string[] | undefined;
  readonly digest?: string | undefined;
}

/** An entry in the API's notation of answers, without what is secret. */
type Shown = { readonly name: string; readonly [key: string]: unknown };

/**
 * All methods that change reject with `invalid-input` naming the options at fault, and with `wrong-state` when somebody else
 * changed the entry meanwhile.
 */
export interface NotificationConfig {
  targets(): Target[];
  endpoints(type: EndpointType): Shown[];
  /** `not-found`, also for one of another type. */
  endpoint(type: EndpointType, name: string): Shown;
  /** `already-exists`. */
  addEndpoint(type: EndpointType, name: string, given: GivenOptions): Promise<void>;
  changeEndpoint(type: EndpointType, name: string, change: EntryChange): Promise<void>;
  /** `busy` while a matcher names it. One that comes with the system is as at first again. */
  removeEndpoint(type: EndpointType, name: string): Promise<void>;
  matchers(): MatcherItem[];
  matcher(name: string): MatcherItem;
  addMatcher(name: string, given: GivenOptions): Promise<void>;
  changeMatcher(name: string, change: EntryChange): Promise<void>;
  removeMatcher(name: string): Promise<void>;
}

const removableOfMatchers = [
  ...[
    'comment',
    'disable',
    'invert-match',
    'match-calendar',
    'match-field',
    'match-severity',
    'mode',
    'target',
  ],
];

export function createNotificationConfig(store: ClusterStore): NotificationConfig {
  const requiredTarget = (type: EndpointType, name: string): Target => {
    const target = findTarget(store, name);
    if (target?.type !== type) throw notFound(`${type} endpoint`, name);
    return target;
  };
  const requiredMatcher = (name: string): Matcher => {
    const matcher = findMatcher(store, name);
    if (!matcher) throw notFound('matcher', name);
    return matcher;
  };

  const showTarget = (target: Target): Shown => {
    const { values = {} } = readSecrets(store, target.name);
    const secret = Object.keys(values).map((name) => renderNamedValue({ name }));
    return { ...shown(target), ...(secret.length === 0 ? {} : { secret }) };
  };

  async function writeTarget(
    name: string,
    type: EndpointType,
    { options, secrets }: TargetState,
    versions: { readonly entry: number; readonly secrets: number },
  ): Promise<void> {
    const writes: DocumentWrite[] = [
      { key: `${targetKind}/${name}`, value: { type, options }, ifVersion: versions.entry },
    ];
    const key = `${secretKind}/${name}`;
    if (Object.keys(secrets).length > 0)
      writes.push({ key, value: secrets as Json, ifVersion: versions.secrets });
    else if (versions.secrets > 0) writes.push({ key, delete: true, ifVersion: versions.secrets });
    await guarded(name, () => store.batch(writes));
  }

  function matcherOptions(
    before: EntryOptions,
    given: GivenOptions,
    remove: readonly string[] = [],
  ): EntryOptions {
    const options: Record<string, Json> = { ...before };
    for (const name of remove) {
      if (!removableOfMatchers.includes(name))
        throw invalidInput({ delete: `'${name.slice(0, 60)}' cannot be deleted` });
      delete options[name];
    }
    for (const [name, value] of Object.entries(given)) {
      // Flags are there or not: what comes with the system is so again.
      if (value === false) delete options[name];
      else if (value !== undefined) options[name] = value;
    }
    readMatchRules(options);
    const unknown = namesOf(options['target']).find((name) => !findTarget(store, name));
    if (unknown !== undefined) throw invalidInput({ target: `there is no target '${unknown}'` });
    return options;
  }

  return {
    targets: () => listTargets(store),
    endpoints: (type) =>
      listTargets(store)
        .filter((target) => target.type === type)
        .map((target) => ({ ...showTarget(target), origin: target.origin })),
    endpoint(type, name) {
      const target = requiredTarget(type, name);
      return { ...showTarget(target), digest: entryDigest(target, readSecrets(store, name).version) };
    },
    async addEndpoint(type, name, given) {
      if (findTarget(store, name)) throw alreadyExists('notification target', name);
      const state = changedTarget(type, { options: {}, secrets: {} }, given);
      await writeTarget(name, type, state, { entry: 0, secrets: readSecrets(store, name).version });
    },
    async changeEndpoint(type, name, { given, remove, digest }) {
      const target = requiredTarget(type, name);
      const secrets = readSecrets(store, name);
      checkDigest(digestOf(target, secrets.version), digest);
      const { version, ...values } = secrets;
      const state = changedTarget(type, { options: target.options, secrets: values }, given, remove);
      await writeTarget(name, type, state, { entry: target.version, secrets: version });
    },
    async removeEndpoint(type, name) {
      const target = requiredTarget(type, name);
      const user = listMatchers(store).find(({ options }) => namesOf(options['target']).includes(name));
      // What comes with the system is still there afterwards.
      if (user && target.origin === 'user-created')
        throw new AppError('busy', `cannot delete '${name}': the matcher '${user.name}' sends to it`, {
          data: { matcher: user.name },
        });
      const secrets = readSecrets(store, name).version;
      const writes: DocumentWrite[] = [];
      if (target.version > 0)
        writes.push({ key: `${targetKind}/${name}`, delete: true, ifVersion: target.version });
      if (secrets > 0) writes.push({ key: `${secretKind}/${name}`, delete: true, ifVersion: secrets });
      if (writes.length > 0) await guarded(name, () => store.batch(writes));
    },
    matchers: () =>
      listMatchers(store).map((matcher) => ({ ...(shown(matcher) as MatcherItem), origin: matcher.origin })),
    matcher(name) {
      const matcher = requiredMatcher(name);
      return { ...(shown(matcher) as MatcherItem), digest: entryDigest(matcher) };
    },
    async addMatcher(name, given) {
      if (findMatcher(store, name)) throw alreadyExists('matcher', name);
      const options = matcherOptions({}, given);
      await guarded(name, () => store.write(`${matcherKind}/${name}`, { options }, 0));
    },
    async changeMatcher(name, { given, remove, digest }) {
      const matcher = requiredMatcher(name);
      checkDigest(digestOf(matcher), digest);
      const options = matcherOptions(matcher.options, given, remove);
      await guarded(name, () => store.write(`${matcherKind}/${name}`, { options }, matcher.version));
    },
    async removeMatcher(name) {
      const { version } = requiredMatcher(name);
      if (version > 0) await guarded(name, () => store.delete(`${matcherKind}/${name}`, version));
    },
  };
}

function shown({ name, options }: Pick<Matcher, 'name' | 'options'>): Shown {
  const entries = Object.entries(options).map(([key, value]) => [
    key,
    typeof value === 'boolean' ? flag(value) : value,
  ]);
  return { ...Object.fromEntries(entries), name };
}

/** Of options: a list of names, or nothing. */
export function namesOf(value: Json | undefined): readonly string[] {
  return (value ?? []) as readonly string[];
}

function alreadyExists(kind: string, name: string): AppError {
  return new AppError('already-exists', `${kind} '${name}' already exists`, {
    fields: { name: 'already exists' },
  });
}

async function guarded(name: string, write: () => Promise<unknown>): Promise<void> {
  try {
    await write();
  } catch (error) {
    if (!hasCode(error, 'wrong-state')) throw error;
    throw new AppError('wrong-state', `'${name}' was changed meanwhile: try again`, { cause: error });
  }
}
