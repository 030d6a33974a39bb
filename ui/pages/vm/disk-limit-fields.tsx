// The fields of a VM's disk that say how fast it may be.
import { For } from 'solid-js';
import { type BoundForm, BoundSelect, BoundText } from '../../components/bound-field.tsx';
import type { DiskOptions } from '../../forms/vm-disk.ts';
import { type Direction, type LimitUnit, limitNames, waysOf } from '../../forms/vm-disk-limits.ts';
import { t } from '../../i18n/index.ts';
import { Columns } from '../guest/form-group.tsx';

const modes = ['none', 'together', 'each'] as const;
const wayWords = { '': 'both', _rd: 'rd', _wr: 'wr' } as const;

export function DiskLimitFields(props: { of: BoundForm<DiskOptions> }) {
  return (
    <fieldset class="flex flex-col gap-3">
      <legend class="mb-1 text-sm font-medium">{t('vmDisk.limits')}</legend>
      <For each={['mbps', 'iops'] as const}>{(unit) => <Unit of={props.of} unit={unit} />}</For>
    </fieldset>
  );
}

function Unit(props: { of: BoundForm<DiskOptions>; unit: LimitUnit }) {
  const mode = () => props.of.form[`${props.unit}Mode`];
  return (
    <Columns>
      <BoundSelect
        of={props.of}
        name={`${props.unit}Mode`}
        label={t(`vmDisk.${props.unit}Mode`)}
        span={6}
        choices={modes.map((one) => ({ value: one, label: t(`vmDisk.mode.${one}`) }))}
      />
      <For each={waysOf(mode())}>{(way) => <Way of={props.of} unit={props.unit} way={way} />}</For>
    </Columns>
  );
}

/** A limit, what may be above it for a while, and for how long. */
function Way(props: { of: BoundForm<DiskOptions>; unit: LimitUnit; way: Direction }) {
  const [limit, burst, length] = limitNames[props.unit](props.way);
  const way = () => t(`vmDisk.way.${wayWords[props.way]}`);
  const unit = () => t(`vmDisk.${props.unit}Unit`);
  const inputmode = props.unit === 'mbps' ? 'decimal' : 'numeric';
  return (
    <>
      <BoundText
        of={props.of}
        name={limit}
        label={t('vmDisk.limit', { way: way() })}
        span={2}
        suffix={unit()}
        inputmode={inputmode}
      />
      <BoundText
        of={props.of}
        name={burst}
        label={t('vmDisk.burst', { way: way() })}
        span={2}
        suffix={unit()}
        inputmode={inputmode}
      />
      <BoundText
        of={props.of}
        name={length}
        label={t('vmDisk.length', { way: way() })}
        span={2}
        suffix={t('startup.seconds')}
        inputmode="numeric"
      />
    </>
  );
}
