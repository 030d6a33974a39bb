// A node as an appliance: its image and slots, updates, its state, and going down.
import Disc from 'lucide-solid/icons/disc-3';
import Power from 'lucide-solid/icons/power';
import RotateCcw from 'lucide-solid/icons/rotate-ccw';
import TriangleAlert from 'lucide-solid/icons/triangle-alert';
import { createSignal, For, Match, onCleanup, onMount, Show, Switch } from 'solid-js';
import type { ApplianceStatus } from '../../../server/contract/appliance.ts';
import { type PowerCommand, powerNode } from '../../api/power.ts';
import { Button } from '../../components/button.tsx';
import { ConfirmDialog } from '../../components/confirm-dialog.tsx';
import { ErrorNote } from '../../components/error-note.tsx';
import { EmptyState, KeyValues, Notice, Panel, Skeleton } from '../../components/panel.tsx';
import { t, tn } from '../../i18n/index.ts';
import { applianceError, applianceOf, readAppliance } from '../../live/appliances.ts';
import { guests, nodeOf } from '../../live/store.ts';
import { builtText } from './built-text.ts';
import { OutcomeNotice } from './outcome-notice.tsx';
import { expectRestart, restart } from './restart-state.ts';
import { SlotsPanel } from './slots-panel.tsx';
import { StatePanel } from './state-panel.tsx';
import { UpdatePanel } from './update-panel.tsx';

/** A trial ends without an event: another process confirms it. */
const trialMs = 10_000;

export default function SystemTab(props: { node: string }) {
  const status = () => applianceOf(props.node);
  const error = () => applianceError(props.node);
  const read = () => void readAppliance(props.node);
  onMount(read);
  const clock = setInterval(() => {
    if (status()?.trial === 1 && !document.hidden) read();
  }, trialMs);
  onCleanup(() => clearInterval(clock));
  return (
    <div class="flex max-w-5xl flex-col gap-4">
      <Show when={restart()?.node === props.node && restart()}>
        {(one) => (
          <div role="status">
            <Notice tone="accent" icon={<RotateCcw size={16} />}>
              {t(`system.away.${one().what}`)}
            </Notice>
          </div>
        )}
      </Show>
      <ErrorNote error={error()} retry={read} />
      <Show
        when={status()}
        fallback={
          error() ? null : nodeOf(props.node)?.status === 'online' ? (
            <Panel>
              <Skeleton lines={6} />
            </Panel>
          ) : (
            <Notice tone="bad" icon={<TriangleAlert size={16} />}>
              {t('node.offline')}
            </Notice>
          )
        }
      >
        {(one) => (
          <Switch>
            <Match when={one().mode === 'none'}>
              <Panel>
                <EmptyState
                  icon={<Disc size={28} />}
                  title={t('system.none.title')}
                  text={t('system.none.text', { version: one().version })}
                />
              </Panel>
            </Match>
            <Match when={true}>
              <Appliance node={props.node} status={one()} />
            </Match>
          </Switch>
        )}
      </Show>
    </div>
  );
}

function Appliance(props: { node: string; status: ApplianceStatus }) {
  return (
    <>
      <OutcomeNotice status={props.status} />
      <For each={props.status.warnings}>
        {(warning) => (
          <Notice tone="warn" icon={<TriangleAlert size={16} />}>
            {warning}
          </Notice>
        )}
      </For>
      <Panel title={t('system.image')} actions={<PowerButtons node={props.node} />}>
        <KeyValues
          facts={[
            { name: t('system.version'), value: props.status.version },
            { name: t('system.built'), value: builtText(props.status.built) },
            { name: t('system.mode'), value: t(`system.mode.${props.status.mode}`) },
            {
              name: t('node.boot'),
              value: props.status.firmware === 'uefi' ? t('node.uefi') : t('node.bios'),
            },
          ]}
        />
      </Panel>
      <Show when={props.status.mode === 'installed'}>
        <SlotsPanel node={props.node} status={props.status} />
        <UpdatePanel node={props.node} status={props.status} />
        <StatePanel node={props.node} status={props.status} />
      </Show>
    </>
  );
}

function PowerButtons(props: { node: string }) {
  const [asking, setAsking] = createSignal<PowerCommand>();
  const running = () =>
    guests().filter((guest) => guest.node === props.node && guest.status === 'running').length;
  const reboots = () => asking() === 'reboot';
  return (
    <>
      <Button icon={<RotateCcw size={15} />} onClick={() => setAsking('reboot')}>
        {t('system.reboot')}
      </Button>
      <Button icon={<Power size={15} />} onClick={() => setAsking('shutdown')}>
        {t('system.shutdown')}
      </Button>
      <ConfirmDialog
        open={asking() !== undefined}
        onClose={() => setAsking(undefined)}
        title={t(reboots() ? 'system.rebootTitle' : 'system.shutdownTitle', { node: props.node })}
        action={t(reboots() ? 'system.reboot' : 'system.shutdown')}
        onConfirm={async () => {
          const command = asking();
          if (command === undefined) return;
          await powerNode(props.node, command);
          expectRestart({ node: props.node, what: command });
        }}
      >
        <p>
          {running() > 0 ? tn('system.guestsRun', running()) : t('system.noGuestsRun')}{' '}
          {t(reboots() ? 'system.rebootText' : 'system.shutdownText')}
        </p>
        <Show when={applianceOf(props.node)?.mode === 'live'}>
          <p class="mt-2 font-medium">{t('system.liveForgets')}</p>
        </Show>
      </ConfirmDialog>
    </>
  );
}
