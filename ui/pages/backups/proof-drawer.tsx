// What came of the newest try to restore a backup: the picture of its screen, what was waited for, how long it took, what it had not.
import CircleCheck from 'lucide-solid/icons/circle-check';
import TriangleAlert from 'lucide-solid/icons/triangle-alert';
import { createSignal, For, Show } from 'solid-js';
import type { RestoreProof } from '../../../server/contract/vzdump-proof.ts';
import { api, apiBase } from '../../api/client.ts';
import { createQuery } from '../../api/query.ts';
import { Drawer } from '../../components/drawer.tsx';
import { ErrorNote } from '../../components/error-note.tsx';
import { type Fact, KeyValues, Notice, Skeleton } from '../../components/panel.tsx';
import { TaskDetails } from '../../components/task-details.tsx';
import { asSentence, bytes, duration, moment } from '../../format/show.ts';
import { t, tOr } from '../../i18n/index.ts';
import { type Backup, backupTitle } from './backup-columns.tsx';
import { agoText } from './proof-words.ts';

export default function ProofDrawer(props: { node: string; backup: Backup; onClose: () => void }) {
  const proof = createQuery(
    () => ({ node: props.node, volume: props.backup.volid, revision: props.backup.proof?.time ?? 0 }),
    ({ node, volume }) => api('GET /nodes/{node}/vzdump/proof', { node, volume }),
  );
  const [log, setLog] = createSignal(false);
  return (
    <Drawer open onClose={props.onClose} title={t('proof.title', { when: backupTitle(props.backup) })}>
      <Show when={proof.error()}>
        <div class="p-4">
          <ErrorNote error={proof.error()} retry={proof.reload} />
        </div>
      </Show>
      <Show
        when={proof.data()}
        fallback={
          <Show when={!proof.error()}>
            <div class="p-4">
              <Skeleton lines={8} />
            </div>
          </Show>
        }
      >
        {(known) => (
          <>
            <div class="flex flex-col gap-4 p-4">
              <Outcome of={known()} />
              <Show when={known().picture === 1}>
                <ScreenPicture node={props.node} of={known()} />
              </Show>
              <KeyValues facts={factsOf(known())} />
              <Show when={known().notes.length > 0}>
                <section aria-label={t('proof.notes')}>
                  <h3 class="pb-1 text-sm font-medium">{t('proof.notes')}</h3>
                  <ul class="flex list-disc flex-col gap-1 ps-5 text-sm">
                    <For each={known().notes}>
                      {(note) => <li class="break-words">{asSentence(note)}</li>}
                    </For>
                  </ul>
                </section>
              </Show>
              <p class="font-mono text-xs break-all text-muted">{known().volume}</p>
              <button
                type="button"
                class="self-start text-sm text-accent hover:underline pointer-coarse:py-2"
                aria-expanded={log()}
                onClick={() => setLog((shown) => !shown)}
              >
                {t('backupJob.log')}
              </button>
            </div>
            <Show when={log()}>
              <div class="flex min-h-80 flex-col border-t border-line">
                <TaskDetails upid={known().upid} known={taskOf(known())} />
              </div>
            </Show>
          </>
        )}
      </Show>
    </Drawer>
  );
}

function Outcome(props: { of: RestoreProof }) {
  return (
    <Show
      when={props.of.state === 'proven'}
      fallback={
        <Notice tone="bad" icon={<TriangleAlert size={16} />}>
          <p class="font-medium">{failedText(props.of)}</p>
          <Show when={props.of.problem}>
            {(problem) => <p class="break-words">{asSentence(problem())}</p>}
          </Show>
        </Notice>
      }
    >
      <Notice tone="ok" icon={<CircleCheck size={16} />}>
        <p class="font-medium">{t('proof.proven', { when: agoText(props.of.ended) })}</p>
        <Show when={props.of.came}>{(came) => <p class="break-words">{asSentence(came())}</p>}</Show>
      </Notice>
    </Show>
  );
}

const failedText = ({ phase, ended }: RestoreProof): string => {
  const when = agoText(ended);
  return phase ? t(`proof.broke.${phase}`, { when }) : t('proof.failed', { when });
};

/** Of another try there is another picture: the time keeps it from being an old one. */
function ScreenPicture(props: { node: string; of: RestoreProof }) {
  const [broken, setBroken] = createSignal(false);
  const url = () => {
    const query = new URLSearchParams({ volume: props.of.volume, _: String(props.of.ended) });
    return `${apiBase}/nodes/${encodeURIComponent(props.node)}/vzdump/picture?${query}`;
  };
  return (
    <Show when={!broken()} fallback={<p class="text-sm text-muted">{t('proof.noPicture')}</p>}>
      <a href={url()} target="_blank" rel="noreferrer" title={t('proof.pictureOpen')}>
        <img
          src={url()}
          alt={t('proof.picture')}
          class="max-h-96 min-h-24 w-full rounded-md border border-line bg-canvas object-contain"
          onError={() => setBroken(true)}
        />
      </a>
    </Show>
  );
}

/** What of it is known. */
function factsOf(of: RestoreProof): Fact[] {
  const { restoreSeconds, restoredBytes, bootSeconds, memory, accelerator, port } = of;
  const fact = (name: string, value: string | undefined): Fact[] =>
    value === undefined ? [] : [{ name, value }];
  const waited = t(`proof.wait.${of.wait}`);
  const restored =
    restoreSeconds === undefined
      ? undefined
      : restoredBytes === undefined
        ? duration(restoreSeconds)
        : t('proof.restoredText', { time: duration(restoreSeconds), size: bytes(restoredBytes) });
  return [
    ...fact(t('proof.when'), moment(of.ended)),
    ...fact(t('proof.waited'), port === undefined ? waited : t('proof.waitedPort', { what: waited, port })),
    ...fact(t('proof.limit'), duration(of.timeout)),
    ...fact(t('proof.restored'), restored),
    ...fact(t('proof.booted'), bootSeconds === undefined ? undefined : duration(bootSeconds)),
    ...fact(t('proof.read'), of.readBytes === undefined ? undefined : bytes(of.readBytes)),
    ...fact(t('proof.memory'), memory === undefined ? undefined : bytes(memory * 1024 ** 2)),
    ...fact(
      t('proof.accelerator'),
      accelerator === undefined ? undefined : tOr(`proof.accelerator.${accelerator}`, accelerator),
    ),
    ...fact(t('proof.node'), of.node),
  ];
}

/** Its task, which may be too old to be followed. */
function taskOf(of: RestoreProof) {
  const [, , , , , type = 'backuptest', id = '', user = ''] = of.upid.split(':');
  return {
    ...{ upid: of.upid, node: of.node, pid: 0, pstart: 0, starttime: of.started, endtime: of.ended },
    ...{ type, id, user, description: t('proof.task'), cancellable: false },
    state: of.state === 'proven' ? 'ok' : 'failed',
    ...(of.problem === undefined ? {} : { status: of.problem }),
  };
}
