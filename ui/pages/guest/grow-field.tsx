// How much a volume is to grow by.
import { TextField } from '../../components/field.tsx';
import { t } from '../../i18n/index.ts';

export function GrowField(props: {
  value: string;
  onValue: (value: string) => void;
  error: string | undefined;
  /** As it is now: `8G`. */
  size: string | undefined;
}) {
  return (
    <TextField
      label={t('hardware.growBy')}
      suffix="GiB"
      inputmode="numeric"
      value={props.value}
      onValue={props.onValue}
      error={props.error}
      hint={t('hardware.growHint', { size: props.size ?? '–' })}
      autofocus
    />
  );
}
