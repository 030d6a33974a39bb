// The log of a node, or of one of its services: followed live, searched, from a time to a time.
import { useSearchParams } from '@solidjs/router';
import ChevronsUp from 'lucide-solid/icons/chevrons-up';
import Download from 'lucide-solid/icons/download';
import Pause from 'lucide-solid/icons/pause';
import Play from 'lucide-solid/icons/play';
import { createMemo, createSignal, Show } from 'solid-js';
import { api, apiPart } from '../../api/client.ts';
import { Button, Spinner } from '../../components/button.tsx';
import { ErrorNote } from '../../components/error-note.tsx';
import { SelectField, TextField } from '../../components/field.tsx';
import { LogViewer } from '../../components/log-viewer.tsx';
import { asSentence } from '../../format/show.ts';
import { t, tn } from '../../i18n/index.ts';
import { followLog, keptLines, type LogChoice } from './follow-log.ts';
import { type JournalAsked, journalSource, linesWith, type SyslogAsked, syslogSource } from './log-source.ts';
import { createNodeQuery } from './node-query.ts';
import { epochOf } from './wall-time.ts';

const journalMs = 2000;
/** The lines of one service are counted from their first each time. */
const serviceMs = 10_000;

/** Two in a row of a phone, with all of the time in sight: the whole field opens the picker there. */
const narrowTime =
  'max-sm:[&_input]:px-2 max-sm:[&_input]:text-sm max-sm:[&_input::-webkit-calendar-picker-indicator]:hidden';

type Place = 'service' | 'since' | 'until';

export default function LogsTab(props: { node: string }) {
  const node = () => props.node;
  const [params, setParams] = useSearchParams<Record<Place, string>>();
  const asked = (name: Place) => params[name] ?? '';
  const put = (name: Place, value: string) =>
    setParams({ [name]: value === '' ? undefined : value }, { replace: true });
  const [search, setSearch] = createSignal('');

  const time = createNodeQuery({ node, read: (node) => api('GET /nodes/{node}/time', { node }) });
  const services = createNodeQuery({ node, read: (node) => api('GET /nodes/{node}/services', { node }) });
  const zone = createMemo(() => time.data()?.timezone);
  // Without the zone, a time would mean another one. Who may not read the clock may still read the log.
  const ready = createMemo(() => zone() !== undefined || time.error() !== undefined);
  /** As the two ways of asking take it; a service's own times are those of the clock on the node's wall. */
  const seconds = (name: Place) => {
    const at = epochOf(asked(name), zone() ?? 'UTC');
    return at === undefined ? undefined : Math.floor(at / 1000);
  };
  const wall = (name: Place) => (seconds(name) === undefined ? undefined : asked(name).replace('T', ' '));

  const choice = createMemo((): LogChoice | undefined => {
    if (!ready()) return undefined;
    const [node, service] = [props.node, asked('service')];
    const until = seconds('until');
    const endsAt = until === undefined ? undefined : until * 1000;
    if (service === '') {
      const range = {
        ...(seconds('since') === undefined ? {} : { since: seconds('since')! }),
        ...(until === undefined ? {} : { until }),
      };
      const read = (from: JournalAsked) => apiPart('GET /nodes/{node}/journal', { node, ...from });
      return { source: journalSource(read, range), everyMs: journalMs, endsAt };
    }
    const [from, to] = [wall('since'), wall('until')];
    const read = (part: SyslogAsked) =>
      apiPart('GET /nodes/{node}/syslog', { node, service, since: from, until: to, ...part });
    return { source: syslogSource(read), everyMs: serviceMs, endsAt };
  });
  const log = followLog(choice);
  const found = createMemo(() => linesWith(log.lines(), search()));
  const searching = () => search().trim() !== '';

  const serviceChoices = createMemo(() => {
    const names = (services.data() ?? [])
      .filter((one) => one['unit-state'] !== 'not-found')
      .map((one) => one.service);
    // A link may name any unit.
    if (asked('service') !== '' && !names.includes(asked('service'))) names.push(asked('service'));
    return names.map((value) => ({ value, label: value }));
  });

  const noEarlier = () => {
    if (log.hasEarlier()) return undefined;
    if (log.state() === 'reading') return t('common.wait');
    return t(asked('since') === '' ? 'nodeLogs.noEarlier' : 'nodeLogs.fromHere');
  };

  const empty = () => {
    if (log.lines().length > 0) return t('nodeLogs.noMatch');
    return t(asked('since') === '' && asked('until') === '' ? 'log.empty' : 'nodeLogs.nothing');
  };

  function save(): void {
    const url = URL.createObjectURL(new Blob([`${found().join('\n')}\n`], { type: 'text/plain' }));
    const link = document.createElement('a');
    link.href = url;
    link.download = `${props.node}${asked('service') === '' ? '' : `-${asked('service')}`}.log`;
    link.click();
    URL.revokeObjectURL(url);
  }

  return (
    <div class="flex h-full min-h-0 flex-col bg-surface">
      <search class="grid grid-cols-2 items-end gap-x-3 gap-y-2 border-b border-line px-4 py-3 md:grid-cols-[8rem_minmax(0,1fr)_13.25rem_13.25rem] lg:px-6 xl:grid-cols-[12rem_14rem_14rem_minmax(12rem,1fr)]">
        <SelectField
          label={t('nodeLogs.service')}
          value={asked('service')}
          none={t('nodeLogs.allServices')}
          choices={serviceChoices()}
          onValue={(value) => put('service', value)}
        />
        <TextField
          type="search"
          label={t('nodeLogs.search')}
          class="xl:order-last"
          value={search()}
          onValue={setSearch}
        />
        <TextField
          type="datetime-local"
          label={t('nodeLogs.since', { zone: zone() ?? 'UTC' })}
          class={narrowTime}
          value={asked('since')}
          onValue={(value) => put('since', value)}
        />
        <TextField
          type="datetime-local"
          label={t('nodeLogs.until', { zone: zone() ?? 'UTC' })}
          class={narrowTime}
          value={asked('until')}
          onValue={(value) => put('until', value)}
        />
      </search>
      <div class="flex flex-wrap items-center gap-x-3 gap-y-1 border-b border-line px-4 py-1.5 text-sm lg:px-6">
        <span role="status" class="flex items-center gap-2">
          <Show when={log.state() === 'live'}>
            <span
              class="size-2 animate-[pulse-soft_2s_ease-in-out_infinite] rounded-full bg-ok"
              aria-hidden="true"
            />
            {t('nodeLogs.following')}
          </Show>
          <Show when={log.state() === 'paused'}>{t('nodeLogs.paused')}</Show>
          <Show when={log.state() === 'ended'}>{t('nodeLogs.ended')}</Show>
          <Show when={log.state() === 'reading' && log.error() === undefined}>
            <Spinner />
            {t('common.loading')}
          </Show>
        </span>
        <Show when={log.state() !== 'reading'}>
          <span class="num text-muted">
            {searching() ? tn('nodeLogs.found', found().length) : tn('nodeLogs.lines', found().length)}
          </span>
        </Show>
        <Show when={log.lines().length >= keptLines}>
          <span class="text-muted">{t('nodeLogs.forget', { count: keptLines })}</span>
        </Show>
        <div class="ms-auto flex items-center gap-3">
          <Show
            when={log.state() === 'paused'}
            fallback={
              <Button
                icon={<Pause size={15} />}
                class={log.state() === 'ended' ? 'max-sm:hidden' : ''}
                reason={
                  log.state() === 'ended'
                    ? t('nodeLogs.endedHint')
                    : log.state() === 'reading'
                      ? t('common.wait')
                      : undefined
                }
                onClick={log.pause}
              >
                <span class="max-sm:sr-only">{t('nodeLogs.pause')}</span>
              </Button>
            }
          >
            <Button icon={<Play size={15} />} onClick={log.resume}>
              <span class="max-sm:sr-only">{t('nodeLogs.resume')}</span>
            </Button>
          </Show>
          <Button
            icon={<ChevronsUp size={15} />}
            busy={log.loadingEarlier()}
            reason={noEarlier()}
            onClick={() => void log.loadEarlier()}
          >
            <span class="max-sm:sr-only">{t('nodeLogs.earlier')}</span>
          </Button>
          <Button icon={<Download size={15} />} onClick={save}>
            <span class="max-sm:sr-only">{t('nodeLogs.save')}</span>
          </Button>
        </div>
      </div>
      <div class="p-4 empty:hidden lg:px-6">
        <ErrorNote error={log.error()} retry={log.reload} />
      </div>
      <Show when={log.reason()}>
        {(text) => <p class="px-4 py-1.5 text-sm text-muted lg:px-6">{asSentence(text())}</p>}
      </Show>
      <LogViewer
        class="flex-1 lg:[&>[role=log]]:px-6"
        label={t('nodeLogs.title')}
        empty={empty()}
        lines={found()}
        mark={search()}
        from={searching() ? 0 : log.first()}
        reading={log.state() === 'reading'}
      />
    </div>
  );
}
