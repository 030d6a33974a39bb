// Pruning the backups of a storage: what is to be kept, what would become of each backup, and only then doing it.
import TriangleAlert from 'lucide-solid/icons/triangle-alert';
import { createEffect, createMemo, createSignal, For, on, Show } from 'solid-js';
import type { ApiMap } from '../../../server/contract/index.ts';
import { type KeepRule, keepRules } from '../../../server/contract/prune-backups.ts';
import { api } from '../../api/client.ts';
import { createQuery } from '../../api/query.ts';
import { ErrorNote } from '../../components/error-note.tsx';
import { SelectField, TextField } from '../../components/field.tsx';
import { FormDialog } from '../../components/form-dialog.tsx';
import { Badge, Notice, Skeleton } from '../../components/panel.tsx';
import { bytes, moment } from '../../format/show.ts';
import { readKept } from '../../forms/keep-backups.ts';
import { keepOption, keepProblem, keepTexts, pruneSums } from '../../forms/prune-choice.ts';
import { t, tn } from '../../i18n/index.ts';
import { createSettled } from '../../live/settled.ts';
import { guestOf, revision } from '../../live/store.ts';
import { watchTask } from '../../live/watched.ts';
import { RetentionForecast } from '../backup/retention-forecast.tsx';
import { volumeName } from '../storage/content-kinds.ts';
import { createStorageConfigs } from '../storages/storages-data.ts';
import type { Backup } from './backup-columns.tsx';

type Marked = ApiMap['GET /nodes/{node}/storage/{storage}/prunebackups']['reply'][number];

export default function PruneDialog(props: {
  node: string;
  storage: string;
  /** Those that are there, for their sizes and guests. */
  backups: readonly Backup[];
  onClose: () => void;
}) {
  const [texts, setTexts] = createSignal(keepTexts(undefined));
  const [vmid, setVmid] = createSignal('');
  const [typed, setTyped] = createSignal('');
  const [tried, setTried] = createSignal(false);
  const [touched, setTouched] = createSignal(false);
  const configs = createStorageConfigs();
  // It begins with what the storage keeps, unless somebody was quicker.
  createEffect(
    on(configs.data, (all) => {
      const own = all?.find(({ storage }) => storage === props.storage);
      if (own && !touched()) setTexts(keepTexts(readKept(own['prune-backups'])));
    }),
  );
  const place = () => ({ node: props.node, storage: props.storage });
  const wish = createMemo(() => {
    const option = keepOption(texts());
    return option === undefined
      ? undefined
      : { 'prune-backups': option, ...(vmid() === '' ? {} : { vmid: Number(vmid()) }) };
  });
  const settled = createSettled(() => JSON.stringify(wish() ?? null));
  const isSettled = () => settled() === JSON.stringify(wish() ?? null);
  const preview = createQuery(
    () =>
      wish() !== undefined &&
      isSettled() && { ...place(), ...wish()!, revision: revision(`/storage/${props.storage}`, props.node) },
    ({ revision: _revision, ...asked }) =>
      api('GET /nodes/{node}/storage/{storage}/prunebackups', asked).then((marks) => ({ asked, marks })),
  );
  /** Only of what the fields say now. */
  const marks = (): readonly Marked[] | undefined => {
    const found = preview.data();
    const asked = found && JSON.stringify({ ...place(), ...wish() }) === JSON.stringify(found.asked);
    return wish() !== undefined && asked ? found.marks : undefined;
  };
  const sizes = createMemo(() => new Map(props.backups.map(({ volid, size }) => [volid, size])));
  const sums = createMemo(() => {
    const shown = marks();
    return shown && pruneSums(shown, sizes());
  });
  const numbers = createMemo(() =>
    [...new Set(props.backups.flatMap((one) => one.vmid ?? []))].sort((a, b) => a - b),
  );
  const reason = () => {
    if (wish() === undefined) return t('prune.keepSomething');
    if (preview.error() !== undefined) return t('table.failed');
    const found = sums();
    if (found === undefined) return t('prune.reading');
    return found.removed === 0 ? t('prune.nothing') : undefined;
  };
  const notTyped = () => typed().trim() !== props.storage;
  const change = (rule: KeepRule, value: string) => {
    setTouched(true);
    setTexts((now) => ({ ...now, [rule]: value }));
  };

  return (
    <FormDialog
      wide
      danger
      title={t('prune.title', { storage: props.storage })}
      description={t('prune.intro')}
      action={sums()?.removed ? tn('prune.submit', sums()!.removed) : t('content.remove')}
      reason={reason()}
      check={() => {
        setTried(true);
        return !notTyped();
      }}
      run={async () => {
        watchTask(
          await api('DELETE /nodes/{node}/storage/{storage}/prunebackups', { ...place(), ...wish()! }),
        );
      }}
      onClose={props.onClose}
      fields={['prune-backups']}
    >
      {(refused) => (
        <>
          <fieldset class="grid grid-cols-3 items-start gap-x-4 gap-y-3">
            <legend class="mb-2 text-xs font-semibold tracking-wide text-muted uppercase">
              {t('backupJob.keep')}
            </legend>
            <For each={keepRules}>
              {(rule) => (
                <TextField
                  label={t(`backupJob.rule.${rule}`)}
                  inputmode="numeric"
                  placeholder="0"
                  value={texts()[rule]}
                  onValue={(value) => change(rule, value)}
                  error={keepProblem(texts(), rule) && t('backupJob.problem.count')}
                />
              )}
            </For>
            <SelectField
              label={t('content.guest')}
              class="col-span-3"
              value={vmid()}
              onValue={setVmid}
              none={t('prune.allGuests')}
              choices={numbers().map((one) => ({
                value: String(one),
                label: [one, guestOf(one)?.name].filter(Boolean).join(' '),
              }))}
              error={refused('prune-backups')}
            />
          </fieldset>
          <RetentionForecast keep={keepOption(texts())} schedule="daily" intro={t('retention.daily')} />
          <ErrorNote error={preview.error()} retry={preview.reload} />
          <Show
            when={wish() !== undefined}
            fallback={<p class="text-sm text-muted">{t('prune.keepSomething')}</p>}
          >
            <Show when={preview.error() === undefined}>
              <Show when={marks()} fallback={<Skeleton lines={5} />}>
                {(shown) => (
                  <>
                    <Preview marks={shown()} sizes={sizes()} />
                    <div aria-live="polite">
                      <Show
                        when={sums()?.removed}
                        fallback={<p class="text-sm text-muted">{t('prune.nothing')}</p>}
                      >
                        {(count) => (
                          <Notice tone="warn" icon={<TriangleAlert size={16} />}>
                            {tn('prune.goes', count(), { size: bytes(sums()?.bytes) })}{' '}
                            {tn('prune.stays', sums()?.kept ?? 0)}
                          </Notice>
                        )}
                      </Show>
                    </div>
                  </>
                )}
              </Show>
            </Show>
          </Show>
          <Show when={sums()?.removed}>
            <TextField
              label={t('confirm.type', { text: props.storage })}
              value={typed()}
              onValue={setTyped}
              error={tried() && notTyped() ? t('confirm.typeFirst', { text: props.storage }) : undefined}
              mono
            />
          </Show>
        </>
      )}
    </FormDialog>
  );
}

/** What is of no guest comes last. */
const afterAll = 1e12;

/** Guest by guest, the newest first. */
function Preview(props: { marks: readonly Marked[]; sizes: ReadonlyMap<string, number> }) {
  const rows = () =>
    [...props.marks].sort((a, b) => (a.vmid ?? afterAll) - (b.vmid ?? afterAll) || b.ctime - a.ctime);
  return (
    <section
      aria-label={t('prune.preview')}
      tabindex="0"
      class="max-h-80 overflow-y-auto rounded-md border border-line"
    >
      <ul>
        <For each={rows()}>
          {(row) => (
            <li
              class={`flex items-center gap-3 border-b border-line px-3 py-1.5 text-sm last:border-b-0 ${row.mark === 'remove' ? 'bg-bad-soft' : ''}`}
              title={row.volid}
            >
              <span class="num w-12 shrink-0 text-muted sm:w-40 sm:truncate">
                {row.vmid ?? '–'}
                <span class="max-sm:hidden"> {row.vmid === undefined ? '' : guestOf(row.vmid)?.name}</span>
              </span>
              <span class="num min-w-0 flex-1 truncate">
                {row.mark === 'renamed' ? volumeName(row.volid) : moment(row.ctime)}
              </span>
              <span class="num shrink-0 text-muted max-sm:hidden">{bytes(props.sizes.get(row.volid))}</span>
              <span class="flex w-28 shrink-0 justify-end">
                <Badge tone={row.mark === 'remove' ? 'bad' : row.mark === 'keep' ? 'ok' : 'plain'}>
                  {t(`prune.mark.${row.mark}`)}
                </Badge>
              </span>
            </li>
          )}
        </For>
      </ul>
    </section>
  );
}
