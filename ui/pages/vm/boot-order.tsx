// The control that puts a VM's devices into the order in which it boots from them.
import ArrowDown from 'lucide-solid/icons/arrow-down';
import ArrowUp from 'lucide-solid/icons/arrow-up';
import { createMemo, For } from 'solid-js';
import { IconButton } from '../../components/button.tsx';
import { CheckField } from '../../components/field.tsx';
import { devicesOf } from '../../forms/vm-config.ts';
import { t } from '../../i18n/index.ts';
import { useGuest } from '../guest/guest-context.ts';
import type { ControlProps } from '../guest/setting-list.tsx';

/** Edits device keys with `;` between. */
export function BootOrder(props: ControlProps) {
  const vm = useGuest();
  const order = () => props.value.split(';').filter(Boolean);
  const setOrder = (next: readonly string[]) => props.onValue(next.join(';'));
  const bootable = createMemo(() =>
    devicesOf(vm.config.data() ?? []).filter(
      (one) => one.kind === 'disk' || one.kind === 'cdrom' || one.kind === 'network',
    ),
  );
  const all = () => [
    ...order(),
    ...bootable()
      .map((one) => one.key)
      .filter((key) => !order().includes(key)),
  ];
  /** What kind of device it is; nothing of one that the order names and the VM does not have. */
  const told = (key: string) => {
    const device = bootable().find((one) => one.key === key);
    return device && t(`device.${device.kind}`);
  };
  const cannotMove = (key: string, by: number) => {
    const at = order().indexOf(key);
    return at >= 0 && order()[at + by] !== undefined ? undefined : t('options.noFurther');
  };
  function move(key: string, by: number): void {
    const next = [...order()];
    const at = next.indexOf(key);
    const other = next[at + by];
    if (at < 0 || other === undefined) return;
    next[at + by] = key;
    next[at] = other;
    setOrder(next);
  }
  return (
    <>
      <p class="text-sm text-muted">{t('options.bootHint')}</p>
      <ol class="flex flex-col gap-1">
        <For each={all()}>
          {(key) => (
            <li class="flex items-center gap-1 rounded-md border border-line px-3 py-0.5">
              <div class="flex-1">
                <CheckField
                  label={key}
                  hint={told(key) ?? ''}
                  checked={order().includes(key)}
                  onValue={(on) => setOrder(on ? [...order(), key] : order().filter((one) => one !== key))}
                />
              </div>
              <IconButton
                small
                label={t('options.earlier', { what: key })}
                reason={cannotMove(key, -1)}
                onClick={() => move(key, -1)}
              >
                <ArrowUp size={14} />
              </IconButton>
              <IconButton
                small
                label={t('options.later', { what: key })}
                reason={cannotMove(key, 1)}
                onClick={() => move(key, 1)}
              >
                <ArrowDown size={14} />
              </IconButton>
            </li>
          )}
        </For>
      </ol>
    </>
  );
}
