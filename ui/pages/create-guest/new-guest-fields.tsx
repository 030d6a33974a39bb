// The fields that both create dialogs have: number, node, memory.
import { type BoundForm, BoundNumber, BoundSelect, type Span } from '../../components/bound-field.tsx';
import type { NewGuest } from '../../forms/create-guest.ts';
import { t } from '../../i18n/index.ts';

interface FieldProps {
  of: BoundForm<NewGuest>;
}

export function VmidField(props: FieldProps & { label: string; span: Span }) {
  return <BoundNumber of={props.of} name="vmid" label={props.label} span={props.span} />;
}

export function NodeField(props: FieldProps & { nodes: readonly string[] }) {
  return (
    <BoundSelect
      of={props.of}
      name="node"
      label={t('create.node')}
      span={2}
      choices={props.nodes.map((node) => ({ value: node, label: node }))}
    />
  );
}

export function MemoryField(props: FieldProps) {
  return <BoundNumber of={props.of} name="memoryMiB" label={t('create.memory')} span={2} suffix="MiB" />;
}
