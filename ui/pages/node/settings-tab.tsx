// Settings of a node: notes, when its guests start, its name servers, its time zone, the names in its /etc/hosts.
import { createMemo, createSignal, Match, onCleanup, Show, Switch } from 'solid-js';
import { api } from '../../api/client.ts';
import { Button } from '../../components/button.tsx';
import { ErrorNote } from '../../components/error-note.tsx';
import { KeyValues, Panel, Skeleton } from '../../components/panel.tsx';
import { duration, percent } from '../../format/show.ts';
import { t } from '../../i18n/index.ts';
import { createNodeQuery } from './node-query.ts';
import { DnsDialog, GeneralDialog, HostsDialog, ZoneDialog } from './setting-dialogs.tsx';
import { wallTime } from './wall-time.ts';

type Edited = 'general' | 'dns' | 'zone' | 'hosts';

export default function SettingsTab(props: { node: string }) {
  const node = () => props.node;
  const [editing, setEditing] = createSignal<Edited>();
  const general = createNodeQuery({ node, read: (node) => api('GET /nodes/{node}/config', { node }) });
  const dns = createNodeQuery({ node, read: (node) => api('GET /nodes/{node}/dns', { node }) });
  const time = createNodeQuery({
    node,
    read: async (node) => {
      const { time, timezone } = await api('GET /nodes/{node}/time', { node });
      // How far the node's clock is ahead of this one.
      return { timezone, aheadMs: time * 1000 - Date.now() };
    },
  });
  const hosts = createNodeQuery({ node, read: (node) => api('GET /nodes/{node}/hosts', { node }) });
  const servers = createMemo(() => {
    const { dns1, dns2, dns3 } = dns.data() ?? {};
    return [dns1, dns2, dns3].filter(Boolean).join(', ');
  });
  const [now, setNow] = createSignal(Date.now());
  const clock = setInterval(() => setNow(Date.now()), 1000);
  onCleanup(() => clearInterval(clock));
  const close = () => setEditing(undefined);
  const edit = (what: Edited, label: string, ready: boolean) => (
    <Button aria-label={label} reason={ready ? undefined : t('common.wait')} onClick={() => setEditing(what)}>
      {t('common.edit')}
    </Button>
  );
  return (
    <div class="flex max-w-4xl flex-col gap-4">
      <Panel
        title={t('nodeSettings.general')}
        actions={edit('general', t('nodeSettings.editGeneral'), general.data() !== undefined)}
      >
        <ErrorNote error={general.error()} retry={general.reload} />
        <Show when={general.data()} fallback={general.error() ? null : <Skeleton lines={2} />}>
          {(data) => (
            <KeyValues
              facts={[
                {
                  name: t('nodeSettings.notes'),
                  value: (
                    <span class="break-words whitespace-pre-wrap">
                      {data().description || t('nodeSettings.noNotes')}
                    </span>
                  ),
                },
                { name: t('nodeSettings.startWait'), value: duration(data()['startall-onboot-delay'] ?? 0) },
                {
                  name: t('nodeSettings.memoryTarget'),
                  value: percent((data()['ballooning-target'] ?? 80) / 100),
                },
              ]}
            />
          )}
        </Show>
      </Panel>
      <Panel
        title={t('nodeSettings.dns')}
        actions={edit('dns', t('nodeSettings.editDns'), dns.data() !== undefined)}
      >
        <ErrorNote error={dns.error()} retry={dns.reload} />
        <Show when={dns.data()} fallback={dns.error() ? null : <Skeleton lines={2} />}>
          {(data) => (
            <KeyValues
              facts={[
                { name: t('nodeSettings.servers'), value: servers() || t('nodeSettings.noServers') },
                { name: t('nodeSettings.search'), value: data().search || '–' },
              ]}
            />
          )}
        </Show>
      </Panel>
      <Panel
        title={t('nodeSettings.time')}
        actions={edit('zone', t('nodeSettings.editZone'), time.data() !== undefined)}
      >
        <ErrorNote error={time.error()} retry={time.reload} />
        <Show when={time.data()} fallback={time.error() ? null : <Skeleton lines={2} />}>
          {(data) => (
            <KeyValues
              facts={[
                { name: t('nodeSettings.zone'), value: data().timezone },
                {
                  name: t('nodeSettings.now'),
                  value: wallTime(now() + data().aheadMs, data().timezone).replace('T', ' '),
                },
              ]}
            />
          )}
        </Show>
      </Panel>
      <Panel
        title={t('nodeSettings.hosts')}
        actions={edit('hosts', t('nodeSettings.editHosts'), hosts.data() !== undefined)}
      >
        <ErrorNote error={hosts.error()} retry={hosts.reload} />
        <Show when={hosts.data()} fallback={hosts.error() ? null : <Skeleton lines={4} />}>
          {(data) => (
            <pre
              class="max-h-96 overflow-auto rounded-md border border-line bg-canvas px-3 py-2 font-mono text-xs leading-5"
              tabindex="0"
            >
              {data().data}
            </pre>
          )}
        </Show>
      </Panel>
      <Switch>
        {/* Not keyed: what somebody else changes meanwhile must not take away what was typed. */}
        <Match when={editing() === 'general'}>
          <GeneralDialog
            node={props.node}
            before={general.data() ?? {}}
            onClose={close}
            onSaved={general.reload}
          />
        </Match>
        <Match when={editing() === 'dns' && dns.data()}>
          {(data) => <DnsDialog node={props.node} before={data()} onClose={close} onSaved={dns.reload} />}
        </Match>
        <Match when={editing() === 'zone' && time.data()?.timezone}>
          {(zone) => <ZoneDialog node={props.node} before={zone()} onClose={close} onSaved={time.reload} />}
        </Match>
        <Match when={editing() === 'hosts'}>
          <HostsDialog
            node={props.node}
            before={hosts.data() ?? { data: '' }}
            onClose={close}
            onSaved={hosts.reload}
          />
        </Match>
      </Switch>
    </div>
  );
}
