// The fields of a mount point that its dialogs share: where it is, whose its files are, how it is mounted.
import { For, Show } from 'solid-js';
import { BoundCheck, type BoundForm, BoundSelect, BoundText } from '../../components/bound-field.tsx';
import { ChoiceCard } from '../../components/choice-card.tsx';
import { CheckField } from '../../components/field.tsx';
import { type MountForm, mountOptions } from '../../forms/ct-mount.ts';
import { t } from '../../i18n/index.ts';
import { MoreSettings } from '../guest/form-group.tsx';

interface FieldsProps {
  of: BoundForm<MountForm>;
}

export function MountTarget(props: FieldsProps) {
  return (
    <BoundText
      of={props.of}
      name="target"
      label={t('ct.mount.target')}
      hint={t('ct.mount.targetHint')}
      placeholder="/data"
      mono
    />
  );
}

/** A privileged container has the node's ids: there is nothing to choose. */
export function MountOwners(props: FieldsProps & { unprivileged: boolean }) {
  return (
    <Show
      when={props.unprivileged}
      fallback={<p class="text-sm text-muted">{t('ct.mount.ownersPrivileged')}</p>}
    >
      <fieldset class="flex flex-col gap-2">
        <legend class="mb-1 text-sm font-medium">{t('ct.mount.owners')}</legend>
        <ChoiceCard
          name="owners"
          chosen={props.of.form.owners === 'node'}
          onChoose={() => props.of.set({ owners: 'node' })}
          title={t('ct.mount.ownersNode')}
          text={t('ct.mount.ownersNodeText')}
        />
        <ChoiceCard
          name="owners"
          chosen={props.of.form.owners === 'own'}
          onChoose={() => props.of.set({ owners: 'own' })}
          title={t('ct.mount.ownersOwn')}
          text={t('ct.mount.ownersOwnText')}
        />
      </fieldset>
    </Show>
  );
}

/** `volume`: what only volumes have; `mount`: what the root has not. */
export function MountFlags(props: FieldsProps & { volume: boolean; mount: boolean }) {
  const toggle = (option: string, on: boolean) =>
    props.of.set({
      options: on
        ? [...props.of.form.options, option]
        : props.of.form.options.filter((one) => one !== option),
    });
  return (
    <>
      <div>
        <BoundCheck
          of={props.of}
          name="readOnly"
          label={t('ct.readOnly')}
          hint={t('ct.mount.readOnlyHint')}
        />
        <Show when={props.volume && props.mount}>
          <BoundCheck of={props.of} name="backup" label={t('ct.mount.backup')} />
        </Show>
      </div>
      <MoreSettings>
        <div class="flex flex-col gap-3">
          <Show when={props.volume}>
            <BoundCheck of={props.of} name="quota" label={t('ct.mount.quota')} />
          </Show>
          <BoundSelect
            of={props.of}
            name="acl"
            label={t('ct.mount.acl')}
            choices={[
              { value: 'default', label: t('ct.mount.aclDefault') },
              { value: 'on', label: t('common.on') },
              { value: 'off', label: t('common.off') },
            ]}
          />
          <fieldset>
            <legend class="mb-1 text-sm font-medium">{t('ct.mount.options')}</legend>
            <For each={mountOptions}>
              {(option) => (
                <CheckField
                  label={t(`mountOption.${option}`)}
                  checked={props.of.form.options.includes(option)}
                  onValue={(on) => toggle(option, on)}
                />
              )}
            </For>
          </fieldset>
        </div>
      </MoreSettings>
    </>
  );
}
