// How a clone is made: linked or in full, with why not where one cannot be; where its disks go, and its pool.
import { createEffect, createMemo, Show } from 'solid-js';
import type { GuestKind } from '../../../server/contract/guest-actions.ts';
import { api } from '../../api/client.ts';
import { createStorageChoices } from '../../api/node-choices.ts';
import { createQuery } from '../../api/query.ts';
import { type BoundForm, BoundSelect } from '../../components/bound-field.tsx';
import { ChoiceCard } from '../../components/choice-card.tsx';
import { asSentence } from '../../format/show.ts';
import { type CloneForm, canLink, formatsOf } from '../../forms/clone-guest.ts';
import { t } from '../../i18n/index.ts';
import { createPools } from '../../shell/pools.ts';
import { storageChoice } from './form-group.tsx';

export interface CloneSource {
  readonly kind: GuestKind;
  readonly node: string;
  readonly vmid: number;
  /** Whether it runs decides what can be done. */
  readonly status: string | undefined;
  readonly isTemplate: boolean;
}

export type CloneChoices = ReturnType<typeof createCloneChoices>;

/** What can be chosen; it follows the source, and the snapshot that is chosen in the form. */
export function createCloneChoices(
  source: () => CloneSource | undefined,
  of: Pick<BoundForm<CloneForm>, 'form' | 'set'>,
) {
  const kind = () => source()?.kind ?? 'qemu';
  /** Why it cannot be done in this way now; the daemon knows its storages. */
  const refusalOf = (feature: 'clone' | 'copy') => {
    const query = createQuery(
      () => {
        const from = source();
        return from !== undefined && { ...from, snapshot: of.form.snapshot };
      },
      ({ kind, node, vmid, snapshot }) =>
        api(`GET /nodes/{node}/${kind}/{vmid}/feature`, {
          ...{ node, vmid, feature },
          ...(snapshot === '' ? {} : { snapname: snapshot }),
        }),
    );
    return () => {
      const answer = query.data();
      return answer?.hasFeature === 0 ? asSentence(answer.reason ?? t('snapshot.cannot')) : undefined;
    };
  };
  const noCopy = refusalOf('copy');
  const refusedLink = refusalOf('clone');
  const noLink = () =>
    canLink(of.form, source()?.isTemplate ?? false) ? refusedLink() : t('clone.linkedNeeds');
  const storages = createStorageChoices(() => source()?.node ?? '');
  const targets = createMemo(() => storages.holding(kind() === 'lxc' ? 'rootdir' : 'images') ?? []);
  const formats = createMemo(() =>
    formatsOf(targets().find((one) => one.storage === of.form.storage)?.formats),
  );
  createEffect(() => {
    if (of.form.format !== '' && !formats().includes(of.form.format)) of.set({ format: '' });
  });
  return {
    ...{ kind, noCopy, noLink, targets, formats },
    /** As it is chosen, or the only way. */
    full: () => of.form.wantsFull || noLink() !== undefined,
  };
}

export function CloneFields(props: { of: BoundForm<CloneForm>; choices: CloneChoices }) {
  const { kind, noCopy, noLink, targets, formats, full } = props.choices;
  return (
    <>
      <fieldset class="grid gap-2 sm:grid-cols-2" aria-label={t('clone.kind')}>
        <ChoiceCard
          name="kind"
          chosen={!full()}
          onChoose={() => props.of.set({ wantsFull: false })}
          title={t('clone.linked')}
          text={t('clone.linkedText')}
          reason={noLink()}
        />
        <ChoiceCard
          name="kind"
          chosen={full() && noCopy() === undefined}
          onChoose={() => props.of.set({ wantsFull: true })}
          title={t('clone.full')}
          text={t('clone.fullText')}
          reason={noCopy()}
        />
      </fieldset>
      <Show when={full()}>
        <div class={`grid items-start gap-4 ${kind() === 'qemu' ? 'sm:grid-cols-2' : ''}`}>
          <BoundSelect
            of={props.of}
            name="storage"
            label={t('clone.storage')}
            none={t('clone.sameStorage')}
            choices={targets().map(storageChoice)}
          />
          <Show when={kind() === 'qemu'}>
            <BoundSelect
              of={props.of}
              name="format"
              label={t('clone.format')}
              none={t('clone.sameFormat')}
              choices={formats().map((one) => ({ value: one, label: one }))}
            />
          </Show>
        </div>
      </Show>
    </>
  );
}

export function ClonePoolField(props: { of: BoundForm<CloneForm> }) {
  const pools = createPools(() => true);
  return (
    <BoundSelect
      of={props.of}
      name="pool"
      label={t('guests.pool')}
      none={t('clone.noPool')}
      choices={(pools.names() ?? []).map((name) => ({ value: name, label: name }))}
    />
  );
}
