// The field of named sizes that both create dialogs have: it fills in processor, memory and disk, and knows what was entered.
import { Show } from 'solid-js';
import { createGuestSizes } from '../../api/guest-sizes.ts';
import { SelectField } from '../../components/field.tsx';
import { bytes } from '../../format/show.ts';
import { builtInWord, fieldsOf, type GuestSizeItem, type Sized, sizeOf } from '../../forms/guest-sizes.ts';
import { t, tn, tOr } from '../../i18n/index.ts';

const mebibyte = 1024 ** 2;

export function sizeName(size: GuestSizeItem): string {
  const word = builtInWord(size);
  return word === undefined ? (size.name ?? size.id) : tOr(`guestSize.${word}`, size.id);
}

/** What it is made of, in words. */
export function sizeText(size: GuestSizeItem, withDisk: boolean): string {
  return [
    tn('unit.cores', size.cores),
    bytes(size.memory * mebibyte),
    ...(withDisk ? [bytes(size.disk * 1024 * mebibyte)] : []),
  ].join(', ');
}

/** Not there where no size has a name. `entered`: what the fields hold; the disk only where it has a size to choose. */
export function SizeField(props: {
  kind: GuestSizeItem['kind'];
  entered: Sized;
  onSize: (size: ReturnType<typeof fieldsOf>) => void;
}) {
  const sizes = createGuestSizes(props.kind);
  const list = () => sizes.data() ?? [];
  const chosen = () => sizeOf(list(), props.entered);
  return (
    <Show when={list().length > 0}>
      <SelectField
        label={t('create.size')}
        class="sm:col-span-6"
        value={chosen()?.id ?? ''}
        none={t('create.sizeOwn')}
        onValue={(id) => {
          const size = list().find((one) => one.id === id);
          if (size) props.onSize(fieldsOf(size));
        }}
        choices={list().map((size) => ({
          value: size.id,
          label: t('create.sizeText', {
            name: sizeName(size),
            what: sizeText(size, props.entered.diskGiB !== undefined),
          }),
        }))}
        hint={chosen()?.description}
      />
    </Show>
  );
}
