// Privileges by area in plain words: to be chosen for a role, or as what somebody has.
import { createUniqueId, For, Show } from 'solid-js';
import type { Privilege } from '../../../server/contract/permission.ts';
import { Badge } from '../../components/panel.tsx';
import { t } from '../../i18n/index.ts';
import { byArea } from './privileges.ts';

/** What somebody has. `held`: privilege to 1 when it reaches what lies below, else 0. */
export function HeldPrivileges(props: {
  held: Readonly<Record<string, number>>;
  /** Nothing lies below the path. */
  leaf: boolean;
}) {
  const areas = () => byArea((one) => Object.hasOwn(props.held, one));
  return (
    <div class="grid gap-x-8 gap-y-4 md:grid-cols-2">
      <For each={areas()}>
        {({ area, privileges }) => (
          <section aria-label={t(`privilegeArea.${area}`)}>
            <h3 class="mb-1 text-sm font-semibold">{t(`privilegeArea.${area}`)}</h3>
            <ul class="flex flex-col gap-1 text-sm">
              <For each={privileges}>
                {(one) => (
                  <li class="break-words" title={one}>
                    {t(`privilege.${one}`)}
                    <Show when={!props.leaf && props.held[one] !== 1}>
                      {' '}
                      <Badge title={t('permissions.onlyHereHint')}>{t('permissions.onlyHere')}</Badge>
                    </Show>
                  </li>
                )}
              </For>
            </ul>
          </section>
        )}
      </For>
    </div>
  );
}

interface PrivilegeChoiceProps {
  chosen: ReadonlySet<Privilege>;
  onChosen: (chosen: ReadonlySet<Privilege>) => void;
  /** They are only shown. */
  fixed: boolean;
}

/** Check marks, each area with one for all of it. */
export function PrivilegeChoice(props: PrivilegeChoiceProps) {
  const id = createUniqueId();
  const change = (some: readonly Privilege[], on: boolean) => {
    const next = new Set(props.chosen);
    for (const one of some) {
      if (on) next.add(one);
      else next.delete(one);
    }
    props.onChosen(next);
  };
  const count = (some: readonly Privilege[]) => some.filter((one) => props.chosen.has(one)).length;
  return (
    <div class="flex flex-col gap-5">
      <For each={byArea()}>
        {({ area, privileges }) => (
          <fieldset class="min-w-0">
            <legend class="mb-1.5 flex w-full items-center gap-2.5 border-b border-line pb-1 text-sm font-semibold">
              <input
                type="checkbox"
                id={`${id}-${area}`}
                class="size-4 shrink-0 accent-accent pointer-coarse:size-5"
                aria-label={t('roles.allOf', { area: t(`privilegeArea.${area}`) })}
                disabled={props.fixed}
                checked={count(privileges) === privileges.length}
                prop:indeterminate={count(privileges) > 0 && count(privileges) < privileges.length}
                onChange={(event) => change(privileges, event.currentTarget.checked)}
              />
              <label for={`${id}-${area}`} class="flex-1">
                {t(`privilegeArea.${area}`)}
              </label>
              <span class="num text-xs font-normal text-muted">
                {t('roles.countOf', { count: count(privileges), all: privileges.length })}
              </span>
            </legend>
            <div class="grid gap-x-6 sm:grid-cols-2">
              <For each={privileges}>
                {(one) => (
                  <label class="flex items-start gap-2.5 py-1 text-sm pointer-coarse:py-2.5">
                    <input
                      type="checkbox"
                      class="mt-0.5 size-4 shrink-0 accent-accent pointer-coarse:size-5"
                      disabled={props.fixed}
                      checked={props.chosen.has(one)}
                      onChange={(event) => change([one], event.currentTarget.checked)}
                    />
                    <span class="min-w-0 break-words">
                      {t(`privilege.${one}`)}
                      <span class="block font-mono text-xs text-muted">{one}</span>
                    </span>
                  </label>
                )}
              </For>
            </div>
          </fieldset>
        )}
      </For>
    </div>
  );
}
