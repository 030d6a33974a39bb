// Parts of forms about guests: a titled group of fields, what few need behind a title, a storage or a bridge as a choice.
import type { JSX } from 'solid-js';
import type { StorageChoice } from '../../api/choices.ts';
import type { Choice } from '../../components/field.tsx';
import { bytes } from '../../format/show.ts';
import { t } from '../../i18n/index.ts';

/** A storage with the space that is left. */
export function storageChoice(one: StorageChoice): Choice {
  return {
    value: one.storage,
    label:
      one.avail === undefined
        ? one.storage
        : t('create.storageFree', { storage: one.storage, free: bytes(one.avail) }),
  };
}

/** A bridge with what was noted about it. */
export function bridgeChoice(one: { iface: string; comments: string }): Choice {
  return { value: one.iface, label: one.comments === '' ? one.iface : `${one.iface} – ${one.comments}` };
}

export function FormGroup(props: { title: string; children: JSX.Element }) {
  return (
    <fieldset class="min-w-0">
      <legend class="mb-2 text-xs font-semibold tracking-wide text-muted uppercase">{props.title}</legend>
      <div class="grid items-start gap-x-4 gap-y-3 sm:grid-cols-6">{props.children}</div>
    </fieldset>
  );
}

/** As wide as its group. */
export function Wide(props: { children: JSX.Element }) {
  return <div class="min-w-0 sm:col-span-6">{props.children}</div>;
}

/** What few need, closed to begin with unless something of it is in use. */
export function MoreSettings(props: { open?: boolean; children: JSX.Element }) {
  return (
    <details open={props.open ?? false}>
      <summary class="py-1 text-sm font-medium">{t('ct.nic.more')}</summary>
      <div class="pt-2">{props.children}</div>
    </details>
  );
}
