// Choosing the disk, or two for a mirror, and whether what is on it stays.
import HardDrive from 'lucide-solid/icons/hard-drive';
import RefreshCw from 'lucide-solid/icons/refresh-cw';
import { createMemo, For, Show } from 'solid-js';
import { Button } from '../../components/button.tsx';
import { ChoiceCard } from '../../components/choice-card.tsx';
import { EmptyState, Notice, Panel } from '../../components/panel.tsx';
import { diskSize } from '../../format/show.ts';
import { mirrorOf } from '../../forms/disk-picture.ts';
import { canKeep, chosenDisks, mostDisks } from '../../forms/install.ts';
import { t } from '../../i18n/index.ts';
import { DiskCard } from './disk-card.tsx';
import type { InstallDraft } from './draft.ts';
import { SectionProblems } from './section-problems.tsx';

export function DiskSection(props: { draft: InstallDraft; looking: boolean; lookAgain: () => void }) {
  const { form, facts, set } = props.draft;
  const chosen = createMemo(() => chosenDisks(form, facts()));
  const found = () => chosen()[0]?.croft;

  function toggle(name: string): void {
    const disks = form.disks.includes(name)
      ? form.disks.filter((one) => one !== name)
      : // What was chosen and is gone makes room.
        [...chosen().map((disk) => disk.name), name];
    const next = chosenDisks({ disks }, facts());
    // Keeping is the proposal that destroys less.
    set({ disks, keepGuests: canKeep(next) });
    props.draft.touch('disks');
  }

  return (
    <>
      <SectionProblems draft={props.draft} step="disk" />
      <Panel
        title={t('install.disk.title')}
        actions={
          <Button
            look="ghost"
            icon={<RefreshCw size={15} />}
            busy={props.looking}
            onClick={() => props.lookAgain()}
          >
            {t('install.lookAgain')}
          </Button>
        }
      >
        <Show when={props.draft.problem('disks')}>
          {(text) => (
            <p role="alert" class="mb-3 text-sm text-bad">
              {text()}
            </p>
          )}
        </Show>
        <Show
          when={facts().disks.length > 0}
          fallback={
            <EmptyState
              icon={<HardDrive size={28} />}
              title={t('install.disk.none')}
              text={t('install.disk.noneHint')}
            />
          }
        >
          <p class="mb-3 text-sm text-muted">{t('install.disk.hint')}</p>
          <ul class="flex flex-col gap-3" aria-label={t('install.disk.title')}>
            <For each={facts().disks}>
              {(disk) => (
                <li>
                  <DiskCard
                    disk={disk}
                    chosen={form.disks.includes(disk.name)}
                    reason={
                      disk.problem ??
                      (chosen().length >= mostDisks && !form.disks.includes(disk.name)
                        ? t('install.disk.twoAtMost')
                        : undefined)
                    }
                    onToggle={() => toggle(disk.name)}
                  />
                </li>
              )}
            </For>
          </ul>
          <Show when={chosen().length > 1}>
            <div class="mt-3">
              <MirrorNote draft={props.draft} />
            </div>
          </Show>
        </Show>
      </Panel>
      <Show when={canKeep(chosen())}>
        <Panel title={t('install.keep.title')}>
          <p class="mb-3 text-sm text-muted">
            {t('install.keep.found', {
              hostname: found()?.hostname ?? t('install.croft.noName'),
              version: found()?.version ?? t('install.croft.noVersion'),
            })}
          </p>
          <div class="grid gap-3 sm:grid-cols-2">
            <ChoiceCard
              name="keep"
              chosen={form.keepGuests}
              onChoose={() => set({ keepGuests: true })}
              title={t('install.keep.yes')}
              text={t('install.keep.yesHint')}
            />
            <ChoiceCard
              name="keep"
              chosen={!form.keepGuests}
              onChoose={() => set({ keepGuests: false })}
              title={t('install.keep.no')}
              text={t('install.keep.noHint')}
            />
          </div>
          <Show when={props.draft.problem('keepGuests')}>
            {(text) => (
              <p role="alert" class="mt-2 text-sm text-bad">
                {text()}
              </p>
            )}
          </Show>
        </Panel>
      </Show>
    </>
  );
}

function MirrorNote(props: { draft: InstallDraft }) {
  const mirror = createMemo(() => mirrorOf(chosenDisks(props.draft.form, props.draft.facts())));
  return (
    <Notice tone="accent" icon={<HardDrive size={16} />}>
      <p class="font-medium">{t('install.mirror.title', { usable: diskSize(mirror().usableBytes) })}</p>
      <p class="text-muted">
        {mirror().unusedBytes > 0
          ? t('install.mirror.unequal', { larger: mirror().larger, unused: diskSize(mirror().unusedBytes) })
          : t('install.mirror.equal')}
      </p>
    </Notice>
  );
}
