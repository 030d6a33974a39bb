// The fields of a job that say which guests it backs up.
import { createMemo, Match, Show, Switch, untrack } from 'solid-js';
import type { ResourceItem } from '../../../server/contract/resources.ts';
import { api } from '../../api/client.ts';
import { createQuery } from '../../api/query.ts';
import { type BoundForm, BoundSelect } from '../../components/bound-field.tsx';
import { CheckList } from '../../components/check-list.tsx';
import { type BackupJobForm, guestChoices } from '../../forms/backup-job.ts';
import { t, tn } from '../../i18n/index.ts';
import { guests } from '../../live/store.ts';
import { tagsOf } from '../../search/properties.ts';
import { labelOf } from '../../shell/tree-model.ts';
import { Columns, MoreSettings, Wide, withOwn } from '../guest/form-group.tsx';

type Lists = 'chosen' | 'except';

export function GuestsField(props: { of: BoundForm<BackupJobForm>; nodes: readonly string[] }) {
  const form = () => props.of.form;
  const pools = createQuery(
    () => form().guests === 'pool' && {},
    () => api('GET /pools', {}),
  );
  const byNumber = createMemo(() =>
    guests()
      .filter((one) => form().node === '' || one.node === form().node)
      .sort((a, b) => (a.vmid ?? 0) - (b.vmid ?? 0)),
  );
  const tags = createMemo(() => [...new Set([...guests().flatMap(tagsOf), ...form().tags])].sort());
  /** Of whom some can be left out: those of the pool, those with a tag. */
  const meant = createMemo(() => {
    const { guests: choice, pool, tags: wanted } = form();
    if (choice === 'pool')
      return byNumber().filter((one) => one.pool === pool || one.pool?.startsWith(`${pool}/`));
    const tagged = (one: ResourceItem) =>
      tagsOf(one).some((tag) => wanted.some((word) => word.toLowerCase() === tag.toLowerCase()));
    return choice === 'tags' ? byNumber().filter(tagged) : byNumber();
  });

  function GuestList(list: { name: Lists; label: string; from: readonly ResourceItem[] }) {
    /** They stand first: in a long list they would not be found. Those that are gone can be taken out too. */
    const first = untrack(() => new Set(form()[list.name]));
    const choices = () => {
      const there = list.from.map((one) => ({
        value: String(one.vmid),
        label: `${one.vmid} ${labelOf(one)}`,
        hint: one.template === 1 ? t('guests.template') : undefined,
      }));
      const lost = form()[list.name].filter((vmid) => !there.some(({ value }) => value === vmid));
      const known = [...there, ...lost.map((vmid) => ({ value: vmid, label: vmid, hint: undefined }))];
      return [
        ...known.filter((one) => first.has(one.value)),
        ...known.filter((one) => !first.has(one.value)),
      ];
    };
    return (
      <Wide>
        <CheckList
          label={list.label}
          choices={choices()}
          chosen={form()[list.name]}
          onChosen={(chosen) => props.of.set({ [list.name]: chosen })}
          empty={t('guests.none')}
          hint={tn('table.selected', form()[list.name].length)}
        />
        <Problem of={props.of} name={list.name} />
      </Wide>
    );
  }

  return (
    <Columns>
      <BoundSelect
        of={props.of}
        name="guests"
        label={t('backupJob.guests')}
        span={3}
        choices={guestChoices.map((value) => ({ value, label: t(`backupJob.choice.${value}`) }))}
      />
      <BoundSelect
        of={props.of}
        name="node"
        label={t('backupJob.node')}
        span={3}
        none={t('backupJob.anyNode')}
        choices={withOwn(
          props.nodes.map((value) => ({ value, label: value })),
          form().node,
        )}
      />
      <Switch>
        <Match when={form().guests === 'chosen'}>
          <GuestList name="chosen" label={t('backupJob.chosen')} from={byNumber()} />
        </Match>
        <Match when={form().guests === 'except'}>
          <GuestList name="except" label={t('backupJob.except')} from={byNumber()} />
        </Match>
        <Match when={form().guests === 'pool'}>
          <BoundSelect
            of={props.of}
            name="pool"
            label={t('guests.pool')}
            span={3}
            none={t('backupJob.choosePool')}
            choices={withOwn(
              (pools.data() ?? []).map(({ poolid }) => ({ value: poolid, label: poolid })),
              form().pool,
            )}
            hint={t('backupJob.poolHint')}
          />
        </Match>
        <Match when={form().guests === 'tags'}>
          <Wide>
            <CheckList
              label={t('guests.tags')}
              hint={t('backupJob.tagsHint')}
              choices={tags().map((value) => ({ value, label: value }))}
              chosen={form().tags}
              onChosen={(chosen) => props.of.set({ tags: chosen })}
              empty={t('backupJob.noTags')}
            />
            <Problem of={props.of} name="tags" />
          </Wide>
        </Match>
      </Switch>
      <Show
        when={
          (form().guests === 'pool' && form().pool !== '') ||
          (form().guests === 'tags' && form().tags.length > 0)
        }
      >
        <Wide>
          <MoreSettings title={t('backupJob.exceptSome')} open={form().except.length > 0}>
            <GuestList name="except" label={t('backupJob.except')} from={meant()} />
          </MoreSettings>
        </Wide>
      </Show>
    </Columns>
  );
}

function Problem(props: { of: BoundForm<BackupJobForm>; name: Lists | 'tags' }) {
  return (
    <Show when={props.of.error(props.name)}>
      {(text) => (
        <p class="pt-1 text-sm text-bad" role="alert">
          {text()}
        </p>
      )}
    </Show>
  );
}
