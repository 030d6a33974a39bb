// The last look: what will be done, what stands in the way, what is destroyed, and the word that starts it.
import { A } from '@solidjs/router';
import Info from 'lucide-solid/icons/info';
import TriangleAlert from 'lucide-solid/icons/triangle-alert';
import { createMemo, createSignal, For, type JSX, onMount, Show } from 'solid-js';
import { api } from '../../api/client.ts';
import { Button, Spinner } from '../../components/button.tsx';
import { CodeBlock } from '../../components/copy-button.tsx';
import { ErrorNote } from '../../components/error-note.tsx';
import { TextField } from '../../components/field.tsx';
import { type Fact, KeyValues, Notice, Panel } from '../../components/panel.tsx';
import { diskSize } from '../../format/show.ts';
import {
  chosenDisks,
  confirmText,
  type InstallForm,
  type InstallSection,
  installSections,
} from '../../forms/install.ts';
import { fieldOfKey, sectionOfKey } from '../../forms/install-problems.ts';
import { firstAddress } from '../../forms/install-start.ts';
import { words } from '../../forms/plain-rules.ts';
import { readSshKeys } from '../../forms/ssh-keys.ts';
import { t, tn, tOr } from '../../i18n/index.ts';
import type { InstallDraft } from './draft.ts';
import { keyWords } from './section-problems.tsx';
import { setStarted } from './started.ts';
import { stepHref } from './step-bar.tsx';

export function ReviewSection(props: { draft: InstallDraft }) {
  const { draft } = props;
  const { form } = draft;
  const [typed, setTyped] = createSignal('');
  const [busy, setBusy] = createSignal(false);
  const [error, setError] = createSignal<unknown>();
  const names = () => form.disks.join(',');
  const problems = () => draft.verdict()?.problems ?? [];
  const possible = () => draft.verdict() !== undefined && problems().length === 0;
  /** Its sentences tell of every disk; only some tell of a loss. */
  const destroys = () =>
    !form.keepGuests && chosenDisks(form, draft.facts()).some((disk) => disk.contents.length > 0);
  const confirmed = () => confirmText(typed()) === names();
  onMount(() => {
    if (draft.ready() && draft.verdict() === undefined) void draft.check();
  });

  async function start(): Promise<void> {
    if (!possible() || !confirmed() || busy()) return;
    setBusy(true);
    setError(undefined);
    try {
      const upid = await api('POST /nodes/{node}/appliance/install', {
        node: draft.node,
        answers: draft.answerFile(),
        confirm: names(),
      });
      const nic = draft.facts().nics.find((one) => one.mac === form.nic);
      const address = form.mode === 'static' ? form.address.trim() : firstAddress(nic);
      // What is kept has an address of its own, which is not known here.
      const known = !form.keepGuests && address !== '';
      setStarted({
        upid,
        address: known ? address.split('/')[0] : undefined,
        dhcp: form.mode === 'dhcp',
      });
    } catch (thrown) {
      setError(thrown);
    } finally {
      setBusy(false);
    }
  }

  return (
    <>
      <Summary draft={draft} />
      <Show
        when={draft.ready()}
        fallback={
          <Notice tone="bad" icon={<TriangleAlert size={16} />}>
            <p class="font-medium">{t('install.review.incomplete')}</p>
            <ul class="mt-1 flex flex-col gap-0.5">
              <For each={installSections.filter((step) => draft.count(step) > 0)}>
                {(step) => (
                  <For each={draft.missing(step)}>
                    {(one) => (
                      <li>
                        <Place step={step} field={one.field} />
                        {one.text}
                      </li>
                    )}
                  </For>
                )}
              </For>
            </ul>
          </Notice>
        }
      >
        <ErrorNote error={draft.error()} retry={() => void draft.check()} />
        <Show when={draft.checking()}>
          <p class="flex items-center gap-2 text-sm text-muted" role="status">
            <Spinner />
            {t('install.review.checking')}
          </p>
        </Show>
        <Show when={!draft.checking() && problems().length > 0}>
          <Problems draft={draft} />
        </Show>
        <Show when={!draft.checking() && possible() && draft.verdict()}>
          {(verdict) => (
            <form
              class="flex flex-col gap-4"
              onSubmit={(event) => {
                event.preventDefault();
                void start();
              }}
            >
              <For each={verdict().warnings}>
                {(warning) => (
                  <Notice tone="warn" icon={<TriangleAlert size={16} />}>
                    {warning}
                  </Notice>
                )}
              </For>
              <Panel title={t('install.confirm.title')}>
                <div class="flex flex-col gap-4">
                  <Notice
                    tone={destroys() ? 'bad' : 'accent'}
                    icon={destroys() ? <TriangleAlert size={16} /> : <Info size={16} />}
                  >
                    <p class="font-medium">
                      {t(destroys() ? 'install.confirm.destroys' : 'install.confirm.nothingLost')}
                    </p>
                    <ul class="mt-1 list-disc ps-4 empty:hidden">
                      <For each={verdict().destroys}>{(sentence) => <li>{sentence}</li>}</For>
                    </ul>
                  </Notice>
                  <TextField
                    class="max-w-xs"
                    label={t('confirm.type', { text: names() })}
                    value={typed()}
                    onValue={setTyped}
                    autocapitalize="none"
                    mono
                  />
                  <ErrorNote error={error()} />
                  <div>
                    <Button
                      type="submit"
                      look={destroys() ? 'danger-solid' : 'primary'}
                      busy={busy()}
                      reason={confirmed() ? undefined : t('confirm.typeFirst', { text: names() })}
                    >
                      {t('install.confirm.submit')}
                    </Button>
                  </div>
                </div>
              </Panel>
            </form>
          )}
        </Show>
        <details class="text-sm">
          <summary class="py-1 text-muted hover:text-text">{t('install.review.asFile')}</summary>
          <div class="mt-2 flex flex-col gap-2">
            <p class="text-xs text-muted">{t('install.review.asFileHint')}</p>
            <CodeBlock label={t('install.review.asFileLabel')} text={draft.shownAnswerFile()} />
          </div>
        </details>
      </Show>
    </>
  );
}

/** Where a problem is: the way to its section, and the field. The disks are all that is asked in theirs. */
function Place(props: { step: InstallSection; field: keyof InstallForm | undefined }) {
  return (
    <>
      <A href={stepHref(props.step)} class="font-medium underline">
        {t(`install.step.${props.step}`)}
      </A>
      {props.field === undefined || props.step === 'disk'
        ? ': '
        : ` – ${t(`install.field.${props.field}`)}: `}
    </>
  );
}

/** The daemon's problems in one list, each with the way to its section. */
function Problems(props: { draft: InstallDraft }) {
  return (
    <div role="alert">
      <Notice tone="bad" icon={<TriangleAlert size={16} />}>
        <p class="font-medium">{t('install.review.refused')}</p>
        <ul class="mt-1 flex flex-col gap-1">
          <For each={props.draft.verdict()?.problems ?? []}>
            {(problem) => {
              const step = sectionOfKey(problem.key);
              const field = fieldOfKey(problem.key);
              return (
                <li>
                  <Show when={step !== 'review' && step}>
                    {(section) => <Place step={section()} field={field} />}
                  </Show>
                  {field === undefined ? `${keyWords(problem.key)}: ` : ''}
                  {problem.message}
                </li>
              );
            }}
          </For>
        </ul>
        <Button class="mt-2.5" onClick={() => void props.draft.check()}>
          {t('install.review.again')}
        </Button>
      </Notice>
    </div>
  );
}

function Summary(props: { draft: InstallDraft }) {
  const { form } = props.draft;
  const disks = createMemo(() => chosenDisks(form, props.draft.facts()));
  const nic = () => props.draft.facts().nics.find((one) => one.mac === form.nic);
  const keys = () => readSshKeys(form.sshKeys).length;
  const fact = (name: string, value: JSX.Element): Fact => ({ name, value });
  const orDash = (text: string) => text.trim() || '–';
  const kept = t('install.review.kept');
  const network = () => [
    fact(t('install.field.nic'), nic() ? `${nic()?.name} (${nic()?.mac})` : '–'),
    ...(form.mode === 'dhcp'
      ? [fact(t('install.field.address'), t('install.review.dhcp'))]
      : [
          fact(t('install.field.address'), orDash(form.address)),
          fact(t('install.field.gateway'), orDash(form.gateway)),
          fact(t('install.field.dns'), orDash(words(form.dns).join(', '))),
        ]),
  ];
  const name = () => [
    fact(t('install.field.hostname'), orDash(form.hostname)),
    fact(t('install.field.timezone'), form.timezone.replaceAll('_', ' ')),
    fact(t('install.field.keyboard'), tOr(`keyboard.${form.keyboard}`, form.keyboard)),
    fact(t('install.field.language'), tOr(`language.${form.language}`, form.language)),
  ];
  const ssh = () => {
    if (keys() === 0 && !form.sshPasswordLogin) return t('install.review.noSsh');
    const ways = [
      keys() > 0 ? tn('install.review.keys', keys()) : '',
      form.sshPasswordLogin ? t('install.review.sshPassword') : '',
    ];
    return ways.filter((way) => way !== '').join(', ');
  };
  return (
    <Panel title={t('install.review.title')} flush>
      <Part step="disk">
        <KeyValues
          facts={[
            fact(
              tn('install.review.disk', disks().length || 1),
              <For each={disks()} fallback="–">
                {(disk) => (
                  <p>{`${disk.name} (${disk.model ? `${disk.model}, ` : ''}${diskSize(disk.sizeBytes)})`}</p>
                )}
              </For>,
            ),
            disks().length > 1 ? fact(t('install.review.mirror'), t('install.review.mirrorYes')) : undefined,
            disks().length === 0
              ? undefined
              : fact(
                  t('install.review.there'),
                  form.keepGuests
                    ? t('install.review.thereKept')
                    : disks().every((disk) => disk.contents.length === 0)
                      ? t('install.review.thereNothing')
                      : t('install.review.thereErased'),
                ),
          ]}
        />
      </Part>
      <Part step="network">
        <Show when={!form.keepGuests} fallback={<p class="text-sm text-muted">{kept}</p>}>
          <KeyValues facts={network()} />
        </Show>
      </Part>
      <Part step="access">
        <KeyValues
          facts={[
            ...(form.keepGuests ? [fact(t('install.field.hostname'), kept)] : name()),
            fact(
              t('install.field.password'),
              form.password !== '' ? t('install.review.passwordSet') : form.keepGuests ? kept : '–',
            ),
            fact(t('install.review.ssh'), form.keepGuests && keys() === 0 ? kept : ssh()),
          ]}
        />
      </Part>
    </Panel>
  );
}

function Part(props: { step: (typeof installSections)[number]; children: JSX.Element }) {
  return (
    <div class="flex flex-col gap-2 border-t border-line px-4 py-3">
      <div class="flex items-baseline justify-between gap-3">
        <h3 class="text-sm font-semibold">{t(`install.step.${props.step}`)}</h3>
        <A
          href={stepHref(props.step)}
          class="text-sm text-accent hover:underline"
          aria-label={t('install.review.editOne', { what: t(`install.step.${props.step}`) })}
        >
          {t('common.edit')}
        </A>
      </div>
      {props.children}
    </div>
  );
}
