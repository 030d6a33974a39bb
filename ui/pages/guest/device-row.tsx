// One device or limit in a list of them: what it is, what it will be after a restart, what can be done.
import { type JSX, Show } from 'solid-js';
import { Button } from '../../components/button.tsx';
import { type Device, settingOf } from '../../forms/guest-config.ts';
import type { PropertyString } from '../../forms/property-string.ts';
import { t } from '../../i18n/index.ts';
import { useGuest } from './guest-context.ts';
import { WaitingChange } from './waiting-change.tsx';

interface RowProps {
  icon: JSX.Element;
  name: string;
  keyName?: string;
  text: JSX.Element;
  /** A change of it waits for a restart, and what it will be then. */
  waits: boolean;
  later: JSX.Element;
  /** The keys that are reverted together. */
  keys: readonly string[];
  children: JSX.Element;
}

function Row(props: RowProps) {
  return (
    <li class="flex flex-wrap items-center gap-x-3 gap-y-1 border-b border-line py-1.5 ps-4 pe-2 last:border-b-0">
      <span class="text-muted">{props.icon}</span>
      <div class="w-42 shrink-0 text-sm">
        <span class="font-medium">{props.name}</span>{' '}
        <span class="font-mono text-xs text-muted">{props.keyName}</span>
      </div>
      <div class="num min-w-48 flex-1 text-sm max-sm:min-w-56">
        <div class={`[overflow-wrap:anywhere] ${props.waits ? 'text-muted' : ''}`}>{props.text}</div>
        <Show when={props.waits}>
          <WaitingChange what={props.keyName ?? props.name} keys={props.keys}>
            {props.later}
          </WaitingChange>
        </Show>
      </div>
      <div class="flex items-center gap-1 max-sm:-ms-3 max-sm:flex-wrap">{props.children}</div>
    </li>
  );
}

/** A device; `told`: what it is, in a line. `children`: what can be done with it, while it is to stay. */
export function DeviceRow(props: {
  device: Device;
  icon: JSX.Element;
  name: string;
  /** `waiting`: what it will be, beside the sign that it waits. */
  told: (value: PropertyString, waiting: boolean) => JSX.Element;
  children: JSX.Element;
}) {
  const told = (value: PropertyString | undefined, waiting: boolean) =>
    value === undefined ? undefined : props.told(value, waiting);
  return (
    <Row
      icon={props.icon}
      name={props.name}
      keyName={props.device.key}
      text={told(props.device.current, false) ?? t('hardware.notYet')}
      waits={props.device.pending}
      later={told(props.device.wanted, true) ?? t('hardware.willBeRemoved')}
      keys={[props.device.key]}
    >
      <Show when={props.device.wanted}>{props.children}</Show>
    </Row>
  );
}

/** A limit that is made of one or a few settings; `told` gets what one of them is. */
export function LimitRow(props: {
  icon: JSX.Element;
  name: string;
  keys: readonly string[];
  told: (setting: (key: string) => string | undefined, which: 'current' | 'wanted') => string;
  onEdit: () => void;
}) {
  const guest = useGuest();
  const setting = (key: string) => settingOf(guest.config.data() ?? [], key);
  return (
    <Row
      icon={props.icon}
      name={props.name}
      text={props.told((key) => setting(key).current, 'current')}
      waits={props.keys.some((key) => setting(key).pending)}
      later={props.told((key) => setting(key).wanted, 'wanted')}
      keys={props.keys}
    >
      <EditButton what={props.name} onClick={props.onEdit} />
    </Row>
  );
}

/** One thing that can be done with a device; `name` says with which. */
export function DeviceButton(props: { label: string; name: string; onClick: () => void }) {
  return (
    <Button look="ghost" aria-label={props.name} onClick={props.onClick}>
      {props.label}
    </Button>
  );
}

export function EditButton(props: { what: string; onClick: () => void; reason?: string | undefined }) {
  return (
    <Button
      look="ghost"
      aria-label={t('options.editOne', { what: props.what })}
      reason={props.reason}
      onClick={props.onClick}
    >
      {t('common.edit')}
    </Button>
  );
}
