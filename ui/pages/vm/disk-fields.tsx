// The fields of a VM's disk that its dialogs share: how it behaves, and folded away what few need.
import { type JSX, Show } from 'solid-js';
import { BoundCheck, type BoundForm, BoundSelect, BoundText } from '../../components/bound-field.tsx';
import { Notice } from '../../components/panel.tsx';
import { asyncKinds, busCan, cacheModes, type DiskOptions, diskBuses } from '../../forms/vm-disk.ts';
import { t } from '../../i18n/index.ts';
import { Columns, MoreSettings } from '../guest/form-group.tsx';
import { DiskLimitFields } from './disk-limit-fields.tsx';

type Of = BoundForm<DiskOptions>;

/** `keyOn`: the key that a disk gets there; undefined when the bus is full. */
export function BusField(props: { of: Of; keyOn: string | undefined; span?: 3 | 6 }) {
  return (
    <BoundSelect
      of={props.of}
      name="bus"
      label={t('create.bus')}
      span={props.span ?? 3}
      choices={diskBuses.map((one) => ({ value: one, label: t(`bus.${one}`) }))}
      hint={props.keyOn && t(`vmDisk.busHint.${props.of.form.bus}`, { key: props.keyOn })}
      error={props.keyOn === undefined ? t('hardware.busFull') : undefined}
    />
  );
}

/** `first`: what comes first among what few need. */
export function DiskOptionFields(props: { of: Of; first?: JSX.Element }) {
  const form = () => props.of.form;
  const can = () => busCan(form().bus);
  return (
    <>
      <div>
        <BoundCheck of={props.of} name="backup" label={t('vmDisk.backup')} />
        <BoundCheck of={props.of} name="discard" label={t('vmDisk.discard')} hint={t('vmDisk.discardHint')} />
        <Show when={can().ssd}>
          <BoundCheck of={props.of} name="ssd" label={t('vmDisk.ssd')} hint={t('vmDisk.ssdHint')} />
        </Show>
      </div>
      <MoreSettings open={hasMore(form()) || moreNames.some((name) => props.of.error(name) !== undefined)}>
        <div class="flex flex-col gap-3">
          {props.first}
          <Columns>
            <BoundSelect
              of={props.of}
              name="cache"
              label={t('vmDisk.cache')}
              span={6}
              choices={[
                { value: '', label: t('vmDisk.cacheDefault') },
                ...cacheModes.map((one) => ({ value: one, label: t(`vmDisk.cache.${one}`) })),
              ]}
            />
            <BoundSelect
              of={props.of}
              name="aio"
              label={t('vmDisk.aio')}
              span={3}
              choices={[
                { value: '', label: t('vmDisk.aioDefault') },
                ...asyncKinds.map((one) => ({ value: one, label: t(`vmDisk.aio.${one}`) })),
              ]}
            />
            <BoundText
              of={props.of}
              name="serial"
              label={t('vmDisk.serial')}
              span={3}
              hint={t('vmDisk.serialHint')}
              mono
            />
          </Columns>
          <Show when={can().maker}>
            <div class="grid items-start gap-x-4 gap-y-3 sm:grid-cols-6">
              <BoundText of={props.of} name="vendor" label={t('vmDisk.vendor')} span={3} mono />
              <BoundText of={props.of} name="product" label={t('vmDisk.product')} span={3} mono />
              <BoundText
                of={props.of}
                name="wwn"
                label={t('vmDisk.wwn')}
                span={6}
                hint={t('vmDisk.wwnHint')}
                mono
              />
            </div>
          </Show>
          <Show when={form().cache === 'unsafe'}>
            <Notice tone="warn">{t('vmDisk.cacheUnsafe')}</Notice>
          </Show>
          <div>
            <BoundCheck
              of={props.of}
              name="detectZeroes"
              label={t('vmDisk.detectZeroes')}
              hint={t('vmDisk.detectZeroesHint')}
            />
            <Show when={can().iothread}>
              <BoundCheck
                of={props.of}
                name="iothread"
                label={t('vmDisk.iothread')}
                hint={t('vmDisk.iothreadHint')}
              />
            </Show>
            <Show when={can().readOnly}>
              <BoundCheck
                of={props.of}
                name="readOnly"
                label={t('vmDisk.readOnly')}
                hint={t('vmDisk.readOnlyHint')}
              />
            </Show>
          </div>
          <DiskLimitFields of={props.of} />
        </div>
      </MoreSettings>
    </>
  );
}

/** What can be wrong there beside the limits, which are seen when they are in use. */
const moreNames = ['aio', 'serial', 'wwn', 'vendor', 'product'] as const;

function hasMore(form: DiskOptions): boolean {
  return (
    form.cache !== '' ||
    form.aio !== '' ||
    [form.serial, form.wwn, form.vendor, form.product].some((text) => text !== '') ||
    !form.detectZeroes ||
    form.iothread ||
    form.readOnly ||
    form.mbpsMode !== 'none' ||
    form.iopsMode !== 'none'
  );
}
