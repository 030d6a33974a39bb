// The paths that there are, as suggestions with a word on what each names.
import { createMemo } from 'solid-js';
import type { Query } from '../../api/query.ts';
import type { Suggestion } from '../../components/suggest-field.tsx';
import { t } from '../../i18n/index.ts';
import { live } from '../../live/store.ts';
import type { Group, Pool } from './access-data.ts';
import { type KnownPath, knownPaths, pathKind } from './acl-paths.ts';

interface Sources {
  readonly pools: Query<Pool[]>;
  readonly groups: Query<Group[]>;
  readonly realms: Query<{ realm: string }[]>;
}

export function createKnownPaths(of: Sources): () => Suggestion[] {
  return createMemo(() =>
    knownPaths({
      resources: Object.values(live.resources).filter((one) => one !== undefined),
      pools: (of.pools.data() ?? []).map((one) => one.poolid),
      groups: (of.groups.data() ?? []).map((one) => one.groupid),
      realms: (of.realms.data() ?? []).map((one) => one.realm),
    }).map((known) => ({ value: known.path, label: describe(known) })),
  );
}

const describe = ({ kind, name }: KnownPath) =>
  name === '' ? t(`permissions.on.${kind}`) : `${t(`permissions.on.${kind}`)}: ${name}`;

/** What a path names, in a word. */
export const pathWord = (path: string): string => t(`permissions.on.${pathKind(path)}`);
