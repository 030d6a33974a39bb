// Installing the live system onto a disk: four steps, then the installation itself.
import { A, useNavigate, useSearchParams } from '@solidjs/router';
import Disc from 'lucide-solid/icons/disc-3';
import MonitorDown from 'lucide-solid/icons/monitor-down';
import { createEffect, createMemo, createSignal, type JSX, Match, on, Show, Switch, untrack } from 'solid-js';
import { api } from '../../api/client.ts';
import { asApiError } from '../../api/errors.ts';
import { Button } from '../../components/button.tsx';
import { ErrorNote } from '../../components/error-note.tsx';
import { EmptyState, Panel, Skeleton } from '../../components/panel.tsx';
import { installSections } from '../../forms/install.ts';
import { t } from '../../i18n/index.ts';
import { applianceError, applianceOf, liveNodes, readAppliance } from '../../live/appliances.ts';
import { live, nodes } from '../../live/store.ts';
import { PageHeader } from '../../shell/page-header.tsx';
import { AccessSection } from './access-section.tsx';
import { DiskSection } from './disk-section.tsx';
import { createDraft, type InstallDraft, type InstallStep, installSteps } from './draft.ts';
import { InstallProgress } from './install-progress.tsx';
import { NetworkSection } from './network-section.tsx';
import { ReviewSection } from './review-section.tsx';
import { adoptRunning, started } from './started.ts';
import { StepBar, stepHref } from './step-bar.tsx';

type Facts = Awaited<ReturnType<typeof readFacts>>;
const readFacts = (node: string) => api('GET /nodes/{node}/appliance/machine', { node });

export default function InstallPage() {
  return (
    <>
      <PageHeader icon={<MonitorDown size={20} />} title={t('install.title')} />
      <Switch fallback={<Reading />}>
        <Match when={liveNodes()[0]} keyed>
          {(node) => <Installation node={node} />}
        </Match>
        <Match when={firstKnown()}>
          <Impossible />
        </Match>
        <Match when={live.loaded && unreadable()}>
          {(node) => (
            <Body>
              <ErrorNote error={applianceError(node())} retry={() => void readAppliance(node())} />
            </Body>
          )}
        </Match>
      </Switch>
    </>
  );
}

/** No node is live: any that has answered says why not. */
const firstKnown = () => nodes().find((node) => applianceOf(node.node) !== undefined)?.node;
const unreadable = () => nodes().find((node) => applianceError(node.node) !== undefined)?.node;

function Body(props: { children: JSX.Element }) {
  return (
    <div class="min-h-0 flex-1 overflow-y-auto border-t border-line p-4 lg:p-6">
      <div class="flex max-w-3xl flex-col gap-4">{props.children}</div>
    </div>
  );
}

function Reading() {
  return (
    <Body>
      <p class="text-sm text-muted" role="status">
        {t('install.reading')}
      </p>
      <Panel>
        <Skeleton lines={6} />
      </Panel>
    </Body>
  );
}

function Impossible() {
  const status = () => applianceOf(firstKnown() ?? '');
  return (
    <Body>
      <Panel>
        <EmptyState
          icon={<Disc size={28} />}
          title={t('install.impossible.title')}
          text={
            status()?.mode === 'installed'
              ? t('install.impossible.installed', { version: status()?.version ?? '' })
              : t('install.impossible.none')
          }
        >
          <Show when={status()?.mode === 'installed' && firstKnown()}>
            {(node) => (
              <A href={`/nodes/${node()}/system`} class="text-sm text-accent underline">
                {t('install.impossible.system')}
              </A>
            )}
          </Show>
        </EmptyState>
      </Panel>
    </Body>
  );
}

function Installation(props: { node: string }) {
  const [facts, setFacts] = createSignal<Facts>();
  const [error, setError] = createSignal<unknown>();
  const [looking, setLooking] = createSignal(false);
  async function look(): Promise<void> {
    setLooking(true);
    setError(undefined);
    try {
      setFacts(await readFacts(props.node));
    } catch (thrown) {
      setError(asApiError(thrown));
    } finally {
      setLooking(false);
    }
  }
  void look();
  // Made once and kept while the installation runs: what was entered is there again if it fails.
  const read = createMemo(() => facts() !== undefined);
  const draft = createMemo(() =>
    read() ? untrack(() => createDraft(props.node, () => facts() as Facts)) : undefined,
  );
  createEffect(() => adoptRunning(props.node));
  // A failed installation left other things on the disks than there were.
  createEffect(on(started, (now, before) => before && !now && void look(), { defer: true }));
  const task = () => live.tasks[started()?.upid ?? ''];
  return (
    <Switch fallback={<Reading />}>
      <Match when={task()}>
        {(one) => (
          <div class="min-h-0 flex-1 overflow-y-auto border-t border-line p-4 lg:p-6">
            <InstallProgress node={props.node} task={one()} />
          </div>
        )}
      </Match>
      <Match when={!started() && draft()}>
        {(one) => <Steps draft={one()} error={error()} looking={looking()} look={() => void look()} />}
      </Match>
      <Match when={!started() && error()}>
        <Body>
          <ErrorNote title={t('install.unreadable')} error={error()} retry={() => void look()} />
        </Body>
      </Match>
    </Switch>
  );
}

/** A field that loses the focus may show an error and move the button away from under the pressed mouse. */
const stayPut = (event: MouseEvent) => event.preventDefault();

interface StepsProps {
  draft: InstallDraft;
  error: unknown;
  looking: boolean;
  look: () => void;
}

function Steps(props: StepsProps) {
  const [search] = useSearchParams();
  const navigate = useNavigate();
  const step = createMemo<InstallStep>(() => installSteps.find((one) => one === search['step']) ?? 'disk');
  const at = () => installSteps.indexOf(step());
  let box: HTMLDivElement | undefined;
  createEffect(
    on(step, (_, before) => {
      if (before) props.draft.touch(before);
      if (step() === 'review') for (const one of installSections) props.draft.touch(one);
      box?.scrollTo({ top: 0 });
      return step();
    }),
  );
  function next(): void {
    const here = step();
    props.draft.touch(here);
    // What is known to be wrong is told here, not three steps later.
    if (props.draft.count(here) > 0) box?.querySelector<HTMLElement>('[aria-invalid=true]')?.focus();
    else navigate(stepHref(installSteps[at() + 1] ?? 'review'));
  }
  return (
    <>
      <StepBar draft={props.draft} step={step()} />
      <div ref={box} class="min-h-0 flex-1 overflow-y-auto p-4 lg:p-6">
        <div class="flex max-w-3xl flex-col gap-4">
          <ErrorNote title={t('install.unreadable')} error={props.error} retry={props.look} />
          <Switch>
            <Match when={step() === 'disk'}>
              <DiskSection draft={props.draft} looking={props.looking} lookAgain={props.look} />
            </Match>
            <Match when={step() === 'network'}>
              <NetworkSection draft={props.draft} />
            </Match>
            <Match when={step() === 'access'}>
              <AccessSection draft={props.draft} />
            </Match>
            <Match when={step() === 'review'}>
              <ReviewSection draft={props.draft} />
            </Match>
          </Switch>
          <div class="flex items-center gap-2">
            <Show when={at() > 0}>
              <Button
                onMouseDown={stayPut}
                onClick={() => navigate(stepHref(installSteps[at() - 1] ?? 'disk'))}
              >
                {t('common.back')}
              </Button>
            </Show>
            <Show when={step() !== 'review'}>
              <Button
                look="primary"
                reason={
                  step() === 'disk' && props.draft.facts().disks.length === 0
                    ? t('install.disk.none')
                    : undefined
                }
                onMouseDown={stayPut}
                onClick={next}
              >
                {t('install.next')}
              </Button>
            </Show>
          </div>
        </div>
      </div>
    </>
  );
}
