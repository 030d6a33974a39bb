// A panel with a list of a guest's devices or limits: its rows once the configuration is read, and what adds to them.
import Plus from 'lucide-solid/icons/plus';
import { type JSX, Show } from 'solid-js';
import { Button } from '../../components/button.tsx';
import { Panel, Skeleton } from '../../components/panel.tsx';
import { t } from '../../i18n/index.ts';
import { useGuest } from './guest-context.ts';

/** `lines`: about how many rows there will be. `children` are made when the configuration is there. */
export function DevicePanel(props: {
  title: string;
  lines: number;
  actions?: JSX.Element;
  children: JSX.Element;
}) {
  const { config } = useGuest();
  return (
    // What could not be read is said above: an empty panel would say that there is nothing.
    <Show when={config.data() || !config.error()}>
      <Panel title={props.title} flush actions={props.actions}>
        <Show
          when={config.data()}
          fallback={
            <div class="px-4 pb-3">
              <Skeleton lines={props.lines} />
            </div>
          }
        >
          <ul class="border-t border-line">{props.children}</ul>
        </Show>
      </Panel>
    </Show>
  );
}

/** Opens a dialog that adds something. Which keys are free is known only from the configuration. */
export function AddButton(props: { label: string; onClick: () => void }) {
  const { config } = useGuest();
  return (
    <Button
      icon={<Plus size={15} />}
      reason={config.data() ? undefined : t('common.wait')}
      onClick={() => props.onClick()}
    >
      {props.label}
    </Button>
  );
}
