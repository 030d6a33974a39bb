// The field of named sizes that both create dialogs have: it fills in processor, memory and disk, and knows what was entered.
import { SelectField } from '../../components/field.tsx';
import { bytes } from '../../format/show.ts';
import { type GuestSize, type Sized, sizeById, sizeOf } from '../../forms/guest-sizes.ts';
import { t, tn } from '../../i18n/index.ts';

const mebibyte = 1024 ** 2;

/** `entered`: what the fields hold; `withDisk`: the size of the disk belongs to it. */
export function SizeField(props: {
  sizes: readonly GuestSize[];
  entered: Sized;
  onSize: (size: GuestSize) => void;
}) {
  const text = (size: GuestSize) =>
    [
      tn('unit.cores', Number(size.cores)),
      bytes(Number(size.memoryMiB) * mebibyte),
      ...(props.entered.diskGiB === undefined ? [] : [bytes(Number(size.diskGiB) * 1024 * mebibyte)]),
    ].join(', ');
  return (
    <SelectField
      label={t('create.size')}
      class="sm:col-span-6"
      value={sizeOf(props.sizes, props.entered) ?? ''}
      none={t('create.sizeOwn')}
      onValue={(id) => {
        const size = sizeById(props.sizes, id);
        if (size) props.onSize(size);
      }}
      choices={props.sizes.map((size) => ({
        value: size.id,
        label: t('create.sizeText', { name: t(`guestSize.${size.id as 'small'}`), what: text(size) }),
      }))}
    />
  );
}
