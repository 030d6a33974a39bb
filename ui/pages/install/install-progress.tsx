// The installation while it runs, and what came of it.
import CircleCheck from 'lucide-solid/icons/circle-check';
import CircleX from 'lucide-solid/icons/circle-x';
import { createSignal, type JSX, Match, onCleanup, Show, Switch } from 'solid-js';
import type { TaskItem } from '../../../server/contract/tasks.ts';
import { api } from '../../api/client.ts';
import { Button, Spinner } from '../../components/button.tsx';
import { ConfirmDialog } from '../../components/confirm-dialog.tsx';
import { ProgressBar } from '../../components/meter.tsx';
import { Notice, Panel } from '../../components/panel.tsx';
import { linesOf, TaskLog } from '../../components/task-log.tsx';
import { duration, percent } from '../../format/show.ts';
import { t } from '../../i18n/index.ts';
import { isActive } from '../../live/state.ts';
import { type Started, setStarted, started } from './started.ts';

/** Between the end of the task and the reboot, as the installer has it. */
const rebootSeconds = 5;

export function InstallProgress(props: { node: string; task: TaskItem }) {
  const [now, setNow] = createSignal(Date.now() / 1000);
  const clock = setInterval(() => setNow(Date.now() / 1000), 1000);
  onCleanup(() => clearInterval(clock));
  const good = () => props.task.state === 'ok' || props.task.state === 'warnings';
  const elapsed = () => duration((props.task.endtime ?? now()) - props.task.starttime);
  return (
    <div class="flex max-w-4xl flex-col gap-4">
      <Switch>
        <Match when={isActive(props.task)}>
          <Running node={props.node} task={props.task} elapsed={elapsed()} />
        </Match>
        <Match when={good()}>
          <Done task={props.task} now={now()} elapsed={elapsed()} />
        </Match>
        <Match when={true}>
          <Failed task={props.task} />
        </Match>
      </Switch>
      <Panel title={t('task.log')} flush>
        <div class="h-72 overflow-hidden rounded-b-lg border-t border-line">
          <TaskLog class="h-full" node={props.node} upid={props.task.upid} />
        </div>
      </Panel>
    </div>
  );
}

function Running(props: { node: string; task: TaskItem; elapsed: string }) {
  const [asking, setAsking] = createSignal(false);
  const step = () => props.task.waitingFor ?? linesOf(props.task.upid).at(-1) ?? t('common.wait');
  const cancelling = () => props.task.state === 'cancelling';
  return (
    <Panel>
      <div class="flex flex-col gap-4">
        <div class="flex items-start gap-3">
          <span class="pt-1 text-accent">
            <Spinner />
          </span>
          <div class="min-w-0 flex-1">
            <h2 class="text-lg font-semibold">
              {cancelling() ? t('install.run.cancelling') : t('install.run.title')}
            </h2>
            <p class="text-sm break-words text-muted sm:truncate" role="status">
              {step()}
            </p>
          </div>
          <span class="num shrink-0 text-lg font-semibold">
            {props.task.progress === undefined ? '' : percent(props.task.progress)}
          </span>
        </div>
        <ProgressBar label={t('install.run.title')} share={props.task.progress} />
        <div class="flex flex-wrap items-center justify-between gap-3 text-sm text-muted">
          <span class="num">{t('install.run.elapsed', { time: props.elapsed })}</span>
          <Show when={props.task.cancellable}>
            <Button
              reason={cancelling() ? t('taskState.cancelling') : undefined}
              onClick={() => setAsking(true)}
            >
              {t('install.run.cancel')}
            </Button>
          </Show>
        </div>
      </div>
      <ConfirmDialog
        open={asking()}
        onClose={() => setAsking(false)}
        title={t('install.run.cancelTitle')}
        action={t('install.run.cancel')}
        onConfirm={async () => {
          await api('DELETE /nodes/{node}/tasks/{upid}', { node: props.node, upid: props.task.upid });
        }}
      >
        {t('install.run.cancelText')}
      </ConfirmDialog>
    </Panel>
  );
}

function Done(props: { task: TaskItem; now: number; elapsed: string }) {
  const left = () => Math.ceil((props.task.endtime ?? props.now) + rebootSeconds - props.now);
  return (
    <Panel>
      <div class="flex items-start gap-3">
        <span class="pt-0.5 text-ok">
          <CircleCheck size={24} aria-hidden="true" />
        </span>
        <div class="flex min-w-0 flex-1 flex-col gap-3">
          <div>
            <h2 class="text-lg font-semibold">{t('install.done.title')}</h2>
            <p class="text-sm text-muted">{t('install.done.took', { time: props.elapsed })}</p>
          </div>
          <Show when={props.task.state === 'warnings'}>
            <Notice tone="warn">{t('install.done.warnings')}</Notice>
          </Show>
          <p class="text-base" role="status">
            {left() > 0 ? t('install.done.reboots', { seconds: left() }) : t('install.done.rebooting')}
          </p>
          <Show when={started()}>{(one) => <Address started={one()} />}</Show>
        </div>
      </div>
    </Panel>
  );
}

/** Where the installed system will be found. The certificate is another one than that of the live system. */
function Address(props: { started: Started }) {
  const link = (host: string): JSX.Element => {
    const url = `${location.protocol}//${host.includes(':') ? `[${host}]` : host}${location.port === '' ? '' : `:${location.port}`}/`;
    return (
      <a href={url} class="font-mono break-all text-accent underline">
        {url}
      </a>
    );
  };
  return (
    <div class="flex flex-col gap-1 rounded-md bg-canvas px-3.5 py-2.5 text-sm">
      <Show when={props.started.address} fallback={<p>{t('install.done.onConsole')}</p>}>
        {(address) => (
          <p>
            {t('install.done.open')} {link(address())}
          </p>
        )}
      </Show>
      <Show when={props.started.dhcp && props.started.address}>
        <p class="text-muted">{t('install.done.dhcp')}</p>
      </Show>
      <p class="text-muted">{t('install.done.certificate')}</p>
    </div>
  );
}

function Failed(props: { task: TaskItem }) {
  const cancelled = () => props.task.state === 'cancelled';
  return (
    <Panel>
      <div class="flex items-start gap-3">
        <span class={`pt-0.5 ${cancelled() ? 'text-warn' : 'text-bad'}`}>
          <CircleX size={24} aria-hidden="true" />
        </span>
        <div class="flex min-w-0 flex-1 flex-col gap-3">
          <h2 class="text-lg font-semibold">
            {cancelled() ? t('install.failed.cancelled') : t('install.failed.title')}
          </h2>
          <Show when={!cancelled() && props.task.status}>
            {(status) => (
              <p class="rounded-md bg-bad-soft px-3.5 py-2.5 text-sm break-words" role="alert">
                {status()}
              </p>
            )}
          </Show>
          <p class="text-sm text-muted">{t('install.failed.nothingBootable')}</p>
          <div>
            <Button look="primary" onClick={() => setStarted(undefined)}>
              {t('common.retry')}
            </Button>
          </div>
        </div>
      </div>
    </Panel>
  );
}
