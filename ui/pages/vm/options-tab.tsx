// A VM's options: what it is called and how it behaves.
import ArrowDown from 'lucide-solid/icons/arrow-down';
import ArrowUp from 'lucide-solid/icons/arrow-up';
import { createMemo, createSignal, For, Show } from 'solid-js';
import type { ConfigChange } from '../../api/guests.ts';
import { Button, IconButton } from '../../components/button.tsx';
import { ErrorNote } from '../../components/error-note.tsx';
import { CheckField, TextArea, TextField } from '../../components/field.tsx';
import { Badge, Panel, Skeleton } from '../../components/panel.tsx';
import { agentEnabled, bootOrderOf, devicesOf, settingOf } from '../../forms/vm-config.ts';
import { t } from '../../i18n/index.ts';
import { EditDialog } from './edit-dialog.tsx';
import { useVm } from './vm-context.ts';

type OptionKey = 'name' | 'description' | 'tags' | 'onboot' | 'boot' | 'agent' | 'protection';
const keys: readonly OptionKey[] = ['name', 'description', 'tags', 'onboot', 'boot', 'agent', 'protection'];
const switches: ReadonlySet<OptionKey> = new Set(['onboot', 'agent', 'protection']);

export default function OptionsTab() {
  const vm = useVm();
  const [editing, setEditing] = createSignal<OptionKey>();
  const lines = () => vm.config.data() ?? [];
  const shown = (key: OptionKey): string => {
    const { wanted } = settingOf(lines(), key);
    if (key === 'agent') return agentEnabled(wanted) ? t('common.on') : t('common.off');
    if (switches.has(key)) return wanted === '1' ? t('common.on') : t('common.off');
    if (key === 'boot') return bootOrderOf(wanted).join(', ') || '–';
    if (key === 'tags') return (wanted ?? '').split(/[;,]/).filter(Boolean).join(', ') || '–';
    return wanted || '–';
  };
  return (
    <div class="max-w-4xl">
      <ErrorNote error={vm.config.error()} retry={vm.config.reload} />
      <Panel flush>
        <Show
          when={vm.config.data()}
          fallback={<div class="p-4">{vm.config.error() ? null : <Skeleton lines={7} />}</div>}
        >
          <dl>
            <For each={keys}>
              {(key) => (
                <div class="flex items-center gap-x-4 border-b border-line py-1.5 ps-4 pe-2 last:border-b-0 max-sm:flex-wrap">
                  <dt class="w-48 shrink-0 text-sm text-muted max-sm:w-full max-sm:pt-1">
                    {t(`options.${key}`)}
                  </dt>
                  <dd class="flex min-w-0 flex-1 items-center gap-2 text-sm">
                    <span class="line-clamp-3 min-w-0 break-words whitespace-pre-wrap">{shown(key)}</span>
                    <Show when={settingOf(lines(), key).pending}>
                      <Badge tone="warn">{t('hardware.pending')}</Badge>
                    </Show>
                  </dd>
                  <Button
                    look="ghost"
                    onClick={() => setEditing(key)}
                    aria-label={t('options.editOne', { what: t(`options.${key}`) })}
                  >
                    {t('common.edit')}
                  </Button>
                </div>
              )}
            </For>
          </dl>
        </Show>
      </Panel>
      <Show when={editing()} keyed>
        {(key) => <OptionDialog option={key} onClose={() => setEditing(undefined)} />}
      </Show>
    </div>
  );
}

function OptionDialog(props: { option: OptionKey; onClose: () => void }) {
  const vm = useVm();
  const key = props.option;
  const lines = () => vm.config.data() ?? [];
  const before = settingOf(lines(), key).wanted ?? '';
  const [text, setText] = createSignal(key === 'tags' ? before.replaceAll(';', ', ') : before);
  const [checked, setChecked] = createSignal(key === 'agent' ? agentEnabled(before) : before === '1');
  const [order, setOrder] = createSignal(bootOrderOf(before));

  function change(): ConfigChange {
    if (key === 'agent') return { agent: checked() ? 'enabled=1' : undefined };
    if (switches.has(key)) return { [key]: checked() };
    if (key === 'boot') return { boot: order().length > 0 ? `order=${order().join(';')}` : undefined };
    if (key === 'tags') {
      const tags = text()
        .split(/[\s,;]+/)
        .filter(Boolean);
      return { tags: tags.length > 0 ? tags.join(';') : undefined };
    }
    return { [key]: text().trim() === '' ? undefined : text() };
  }

  return (
    <EditDialog title={t(`options.${key}`)} field={key} onClose={props.onClose} change={change}>
      {(error) => (
        <Show
          when={switches.has(key)}
          fallback={
            <Show
              when={key === 'boot'}
              fallback={
                <Show
                  when={key === 'description'}
                  fallback={
                    <TextField
                      label={t(`options.${key}`)}
                      value={text()}
                      onValue={setText}
                      error={error()}
                      hint={key === 'tags' ? t('options.tagsHint') : undefined}
                      autofocus
                    />
                  }
                >
                  <TextArea
                    label={t('options.description')}
                    value={text()}
                    onValue={setText}
                    error={error()}
                    rows={8}
                  />
                </Show>
              }
            >
              <BootOrder order={order()} onOrder={setOrder} />
            </Show>
          }
        >
          <CheckField
            label={t(`options.${key}`)}
            hint={t(`options.${key as 'onboot' | 'agent' | 'protection'}Hint`)}
            checked={checked()}
            onValue={setChecked}
          />
        </Show>
      )}
    </EditDialog>
  );
}

function BootOrder(props: { order: readonly string[]; onOrder: (order: string[]) => void }) {
  const vm = useVm();
  const bootable = createMemo(() =>
    devicesOf(vm.config.data() ?? [])
      .filter((one) => one.kind === 'disk' || one.kind === 'cdrom' || one.kind === 'network')
      .map((one) => one.key),
  );
  const all = () => [...props.order, ...bootable().filter((key) => !props.order.includes(key))];
  function move(key: string, by: number): void {
    const next = [...props.order];
    const at = next.indexOf(key);
    const other = next[at + by];
    if (at < 0 || other === undefined) return;
    next[at + by] = key;
    next[at] = other;
    props.onOrder(next);
  }
  return (
    <ol class="flex flex-col gap-1">
      <For each={all()}>
        {(key) => (
          <li class="flex items-center gap-1 rounded-md border border-line px-3 py-0.5">
            <div class="flex-1">
              <CheckField
                label={key}
                checked={props.order.includes(key)}
                onValue={(on) =>
                  props.onOrder(on ? [...props.order, key] : props.order.filter((one) => one !== key))
                }
              />
            </div>
            <IconButton small label={t('options.earlier', { what: key })} onClick={() => move(key, -1)}>
              <ArrowUp size={14} />
            </IconButton>
            <IconButton small label={t('options.later', { what: key })} onClick={() => move(key, 1)}>
              <ArrowDown size={14} />
            </IconButton>
          </li>
        )}
      </For>
    </ol>
  );
}
