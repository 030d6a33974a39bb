// Parts of forms about guests: a titled group of fields, what few need behind a title, a storage, a bridge or what is set as a choice.
import { createMemo, type JSX } from 'solid-js';
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

/** A file with its size. */
export function fileChoice({ volid, size }: { volid: string; size: number }): Choice {
  return { value: volid, label: `${volid} (${bytes(size)})` };
}

/** A bridge with what was noted about it. */
export function bridgeChoice(one: { iface: string; comments: string }): Choice {
  return { value: one.iface, label: one.comments === '' ? one.iface : `${one.iface} – ${one.comments}` };
}

/** What is set is a choice too, though it is none that is offered (any more): opening the dialog and saving changes nothing. */
export function withOwn(choices: readonly Choice[], own: string): Choice[] {
  const there = own === '' || choices.some(({ value }) => value === own);
  return there ? [...choices] : [{ value: own, label: own }, ...choices];
}

export function FormGroup(props: { title: string; children: JSX.Element }) {
  return (
    <fieldset class="min-w-0">
      <legend class="mb-2 text-xs font-semibold tracking-wide text-muted uppercase">{props.title}</legend>
      <Columns>{props.children}</Columns>
    </fieldset>
  );
}

/** Six columns for fields, which say how many of them each takes; on phones one. */
export function Columns(props: { children: JSX.Element }) {
  return <div class="grid items-start gap-x-4 gap-y-3 sm:grid-cols-6">{props.children}</div>;
}

/** As wide as its group. */
export function Wide(props: { children: JSX.Element }) {
  return <div class="min-w-0 sm:col-span-6">{props.children}</div>;
}

/** What few need, closed to begin with unless something of it is in use. What is emptied again does not close it. */
export function MoreSettings(props: { open?: boolean; title?: string; children: JSX.Element }) {
  const open = createMemo<boolean>((was) => was || (props.open ?? false), false);
  return (
    <details open={open()}>
      <summary class="py-1 text-sm font-medium">{props.title ?? t('ct.nic.more')}</summary>
      <div class="pt-2">{props.children}</div>
    </details>
  );
}
