// How fast a backup is read: rarely set, shown when it is.
import { type BoundForm, BoundText } from '../../components/bound-field.tsx';
import { t } from '../../i18n/index.ts';
import { MoreSettings } from '../guest/form-group.tsx';

export function SpeedLimit(props: { of: BoundForm<{ limitMib: string }> }) {
  return (
    <MoreSettings open={props.of.form.limitMib !== ''}>
      <BoundText
        of={props.of}
        name="limitMib"
        label={t('volume.limit')}
        hint={t('volume.limitHint')}
        suffix="MiB/s"
        inputmode="decimal"
      />
    </MoreSettings>
  );
}
