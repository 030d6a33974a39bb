// The fields that both create dialogs have: number, node, memory, DNS.
import {
  type BoundForm,
  BoundNumber,
  BoundSelect,
  BoundText,
  type Span,
} from '../../components/bound-field.tsx';
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

/** Of the guest; empty for those of its node. */
export function DnsFields(props: {
  of: BoundForm<{ readonly nameserver: string; readonly searchdomain: string }>;
}) {
  const own = { span: 3, placeholder: t('ct.dns.asNode') } as const;
  return (
    <>
      <BoundText of={props.of} name="nameserver" label={t('ct.dns.nameserver')} {...own} />
      <BoundText of={props.of} name="searchdomain" label={t('ct.dns.searchdomain')} {...own} />
    </>
  );
}
