// What of an imported machine was taken over, what was not, and why.
import Check from 'lucide-solid/icons/check';
import TriangleAlert from 'lucide-solid/icons/triangle-alert';
import { For, Show } from 'solid-js';
import { Notice } from '../../components/panel.tsx';
import type { Description } from '../../forms/import-vm.ts';
import { t, tOr } from '../../i18n/index.ts';

/** What is told by the report itself, or is of no matter here: nothing has to be unpacked by hand. */
const silent = new Set(['ova-needs-extracting']);

export function ImportReport(props: { of: Description }) {
  const lines = (mapped: boolean) => props.of.report.filter((line) => Boolean(line.mapped) === mapped);
  const warnings = () => props.of.warnings.filter(({ type }) => !silent.has(type));
  return (
    <div class="flex flex-col gap-3">
      <For each={warnings()}>
        {(one) => (
          <Notice tone="warn" icon={<TriangleAlert size={16} />}>
            {tOr(`vmImport.warning.${one.type}`, one.type)}
            <Show when={one.value}>
              {(value) => <span class="text-muted [overflow-wrap:anywhere]"> ({value()})</span>}
            </Show>
          </Notice>
        )}
      </For>
      <Lines title={t('vmImport.leftOut')} lines={lines(false)} />
      <details open={lines(false).length === 0}>
        <summary class="py-1 text-sm font-medium">
          {t('vmImport.taken', { count: lines(true).length })}
        </summary>
        <Lines lines={lines(true)} />
      </details>
    </div>
  );
}

type Line = Description['report'][number];

/** What the source calls it, or what it is. */
function itemOf({ what, item }: Line): string {
  return what ? t(`vmImport.what.${what.code}`, what.values) : item;
}

function whyOf({ why }: Line): string | undefined {
  return why?.map(({ code, values }) => t(`vmImport.why.${code}`, values)).join(' ');
}

function Lines(props: { title?: string; lines: readonly Line[] }) {
  return (
    <Show when={props.lines.length > 0}>
      <section class="min-w-0" aria-label={props.title}>
        <Show when={props.title}>
          <h3 class="py-1 text-sm font-medium">{props.title}</h3>
        </Show>
        <ul class="rounded-md border border-line text-sm">
          <For each={props.lines}>
            {(line) => (
              <li class="flex gap-2.5 border-b border-line px-3 py-1.5 last:border-b-0">
                <span class={`shrink-0 pt-0.5 ${line.mapped ? 'text-ok' : 'text-warn'}`}>
                  <Show when={line.mapped} fallback={<TriangleAlert size={15} aria-hidden="true" />}>
                    <Check size={15} aria-hidden="true" />
                  </Show>
                </span>
                <div class="min-w-0 flex-1 [overflow-wrap:anywhere]">
                  <span class="font-medium">{itemOf(line)}</span>{' '}
                  <Show when={line.key}>
                    {(key) => <code class="font-mono text-xs text-muted">{key()}</code>}
                  </Show>
                  <Show when={line.value}>{(value) => <div>{value()}</div>}</Show>
                  <Show when={line.note}>
                    {(note) => <div class="text-muted">{whyOf(line) ?? note()}</div>}
                  </Show>
                </div>
              </li>
            )}
          </For>
        </ul>
      </section>
    </Show>
  );
}
