// What a machine made from an image is told at its first start, in the dialog that creates it.
import TriangleAlert from 'lucide-solid/icons/triangle-alert';
import { Show } from 'solid-js';
import { BoundCheck, type BoundForm, BoundText } from '../../components/bound-field.tsx';
import { Notice } from '../../components/panel.tsx';
import { type CloudInitForm, letsNobodyIn } from '../../forms/create-cloud-init.ts';
import type { Brought } from '../../forms/from-template.ts';
import { t } from '../../i18n/index.ts';
import { DnsFields } from '../create-guest/new-guest-fields.tsx';
import { IpFields } from '../ct/nic-fields.tsx';
import { FormGroup, Wide } from '../guest/form-group.tsx';
import { SshKeysField } from '../guest/ssh-keys-field.tsx';

/** `hasCard`: there is a network card to be set up. */
export function CloudInitGroup(props: { of: BoundForm<CloudInitForm>; hasCard: boolean }) {
  return (
    <FormGroup title={t('tab.cloudInit')}>
      <Wide>
        <BoundCheck
          of={props.of}
          name="cloudInit"
          label={t('create.cloudInit')}
          hint={t('create.cloudInitHint')}
        />
      </Wide>
      <Show when={props.of.form.cloudInit}>
        <CloudInitFields of={props.of} hasCard={props.hasCard} />
      </Show>
    </FormGroup>
  );
}

/** `had`: what is set already; its password stays when none is entered. */
export function CloudInitFields(props: { of: BoundForm<CloudInitForm>; hasCard: boolean; had?: Brought }) {
  const secret = { span: 3, type: 'password', autocomplete: 'new-password' } as const;
  return (
    <>
      <BoundText
        of={props.of}
        name="ciUser"
        label={t('cloudInit.user')}
        span={6}
        hint={t('cloudInit.userHint')}
        autocapitalize="none"
      />
      <BoundText
        of={props.of}
        name="ciPassword"
        label={t('cloudInit.password')}
        hint={props.had?.password ? t('fromTemplate.passwordStays') : undefined}
        {...secret}
      />
      <BoundText of={props.of} name="ciPasswordAgain" label={t('ct.create.passwordAgain')} {...secret} />
      <SshKeysField
        class="sm:col-span-6"
        label={t('cloudInit.sshKeys')}
        hint={t('sshKeys.hint')}
        value={props.of.form.sshKeys}
        onValue={(sshKeys) => props.of.set({ sshKeys })}
        error={props.of.error('sshKeys')}
        rows={3}
      />
      <Show when={!props.had?.password && letsNobodyIn(props.of.form)}>
        <Wide>
          <Notice tone="warn" icon={<TriangleAlert size={16} />}>
            {t('create.cloudInitNoWayIn')}
          </Notice>
        </Wide>
      </Show>
      <Show when={props.hasCard}>
        <IpFields of={props.of} />
      </Show>
      <DnsFields of={props.of} />
      <Wide>
        <BoundCheck
          of={props.of}
          name="ciUpgrade"
          label={t('cloudInit.upgrade')}
          hint={t('cloudInit.upgradeHint')}
        />
      </Wide>
    </>
  );
}
