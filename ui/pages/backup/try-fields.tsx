// How a restore is tried: what is waited for, how long, and where the disks are meanwhile. In jobs, and for one backup.
import { Show } from 'solid-js';
import type { GuestKind } from '../../../server/contract/guest-actions.ts';
import { type BoundForm, BoundNumber, BoundSelect } from '../../components/bound-field.tsx';
import type { Choice } from '../../components/field.tsx';
import { type TryForm, takesPort, waitsOf } from '../../forms/try-restore.ts';
import { t } from '../../i18n/index.ts';

/** Six columns of a group. `kind`: undefined for guests of both. */
export function TryFields(props: { of: BoundForm<TryForm>; kind?: GuestKind; storages: readonly Choice[] }) {
  const form = () => props.of.form;
  const hint = () => {
    const { testWait } = form();
    return t(
      testWait === 'auto' && props.kind ? `proof.waithint.auto.${props.kind}` : `proof.waithint.${testWait}`,
    );
  };
  const hasPort = () => takesPort(form().testWait, props.kind);
  return (
    <>
      <BoundSelect
        of={props.of}
        name="testWait"
        label={t('proof.wait')}
        span={hasPort() ? 4 : 6}
        choices={waitsOf(props.kind).map((value) => ({ value, label: t(`proof.wait.${value}`) }))}
        hint={hint()}
      />
      <Show when={hasPort()}>
        <BoundNumber
          of={props.of}
          name="testPort"
          label={t(props.kind === 'lxc' ? 'proof.port' : 'proof.portOfCts')}
          span={2}
        />
      </Show>
      <BoundSelect
        of={props.of}
        name="testStorage"
        label={t('restore.storage')}
        none={t('restore.sameStorage')}
        span={4}
        choices={props.storages}
        hint={t('proof.storageHint')}
      />
      <BoundNumber of={props.of} name="testSeconds" label={t('proof.timeout')} suffix="s" span={2} />
    </>
  );
}
