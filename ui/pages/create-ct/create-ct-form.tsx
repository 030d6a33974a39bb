// The fields of the dialog that creates a container, in groups.
import { For, type JSX, Show } from 'solid-js';
import type { CatalogueEntry } from '../../../server/contract/aplinfo.ts';
import type { StorageChoice } from '../../api/choices.ts';
import type { TemplateVolume } from '../../api/templates.ts';
import { ChoiceCard } from '../../components/choice-card.tsx';
import { CheckField, type Choice, SelectField, TextArea, TextField } from '../../components/field.tsx';
import { bytes } from '../../format/show.ts';
import { type CreateCtErrors, type CreateCtForm, catalogueMark } from '../../forms/create-ct.ts';
import { t } from '../../i18n/index.ts';
import { NicAddressFields } from '../ct/nic-fields.tsx';
import { FormGroup, storageChoice } from '../guest/form-group.tsx';
import { problemText } from '../guest/problem-text.ts';
import { MakeFirst } from '../templates/make-template.tsx';

interface CreateCtFormProps {
  form: CreateCtForm;
  set: (part: Partial<CreateCtForm>) => void;
  /** What is wrong with which field. */
  problems: CreateCtErrors & { readonly taken?: boolean };
  /** The daemon's words on parameters that it refused. */
  refused: Readonly<Record<string, string>>;
  nodes: readonly string[];
  templates: readonly TemplateVolume[];
  /** Entries whose file is on no storage of the node yet. */
  catalogue: readonly CatalogueEntry[];
  templateStorages: readonly StorageChoice[];
  /** Undefined while they are read. */
  storages: readonly StorageChoice[] | undefined;
  bridges: readonly { iface: string; comments: string }[] | undefined;
}

const networks = [
  { kind: 'bridge', title: 'ct.nic.bridged', text: 'ct.nic.bridgedText' },
  { kind: 'routed', title: 'ct.nic.routedTitle', text: 'ct.nic.routedText' },
  { kind: 'none', title: 'create.noNetwork', text: 'ct.create.noneText' },
] as const;

export function CreateCtFields(props: CreateCtFormProps) {
  const problem = (field: keyof CreateCtErrors['fields']) => problemText(props.problems.fields[field]);
  const templateChoices = (): Choice[] => [
    ...props.templates.map((one) => ({
      value: one.volid,
      label: `${one.name} (${one.storage}, ${bytes(one.size)})`,
      group: t('ct.create.here'),
    })),
    ...props.catalogue.map((one) => ({
      value: `${catalogueMark}${one.template}`,
      label: one.headline,
      group: t('ct.create.catalogue'),
    })),
  ];
  const toMake = () =>
    props.catalogue.find((one) => props.form.template === `${catalogueMark}${one.template}`);
  const setNic = (part: Partial<CreateCtForm['nic']>) => props.set({ nic: { ...props.form.nic, ...part } });
  return (
    <>
      <FormGroup title={t('create.general')}>
        <TextField
          label={t('ct.create.hostname')}
          class="sm:col-span-3"
          value={props.form.hostname}
          onValue={(hostname) => props.set({ hostname })}
          error={problem('hostname') ?? props.refused['hostname']}
          hint={t('ct.create.hostnameHint')}
          autocapitalize="none"
          autofocus
        />
        <TextField
          label={t('ct.create.vmid')}
          class="sm:col-span-1"
          inputmode="numeric"
          value={props.form.vmid}
          onValue={(vmid) => props.set({ vmid })}
          error={problem('vmid') ?? (props.problems.taken ? problemText('taken') : props.refused['vmid'])}
        />
        <SelectField
          label={t('create.node')}
          class="sm:col-span-2"
          value={props.form.node}
          onValue={(node) => props.set({ node })}
          choices={props.nodes.map((node) => ({ value: node, label: node }))}
          error={problem('node')}
        />
      </FormGroup>
      <FormGroup title={t('ct.create.system')}>
        <SelectField
          label={t('ct.create.template')}
          class="sm:col-span-6"
          value={props.form.template}
          onValue={(template) => props.set({ template })}
          none={t('ct.create.chooseTemplate')}
          choices={templateChoices()}
          error={problem('template') ?? props.refused['ostemplate']}
          hint={
            props.templates.length === 0 && props.catalogue.length > 0 && props.form.template === ''
              ? t('ct.create.noTemplates')
              : undefined
          }
        />
        <Show when={toMake()} keyed>
          {(entry) => (
            <Wide>
              <MakeFirst node={props.form.node} entry={entry} storages={props.templateStorages} />
            </Wide>
          )}
        </Show>
        <Wide>
          <CheckField
            label={t('ct.unprivileged')}
            hint={t('ct.create.unprivilegedHint')}
            checked={props.form.unprivileged}
            onValue={(unprivileged) =>
              props.set({ unprivileged, nesting: unprivileged && props.form.nesting })
            }
          />
          <CheckField
            label={t('feature.nesting')}
            hint={t('featureHint.nesting')}
            checked={props.form.nesting}
            onValue={(nesting) => props.set({ nesting })}
          />
        </Wide>
      </FormGroup>
      <FormGroup title={t('ct.create.access')}>
        <TextField
          label={t('ct.create.password')}
          class="sm:col-span-3"
          type="password"
          autocomplete="new-password"
          value={props.form.password}
          onValue={(password) => props.set({ password })}
          error={problem('password') ?? props.refused['password']}
        />
        <TextField
          label={t('ct.create.passwordAgain')}
          class="sm:col-span-3"
          type="password"
          autocomplete="new-password"
          value={props.form.passwordAgain}
          onValue={(passwordAgain) => props.set({ passwordAgain })}
          error={problem('passwordAgain')}
        />
        <TextArea
          label={t('ct.create.keys')}
          class="sm:col-span-6"
          value={props.form.sshKeys}
          onValue={(sshKeys) => props.set({ sshKeys })}
          error={problem('sshKeys') ?? props.refused['ssh-public-keys']}
          hint={t('ct.create.keysHint')}
          rows={2}
        />
      </FormGroup>
      <FormGroup title={t('ct.create.resources')}>
        <SelectField
          label={t('ct.create.storage')}
          class="sm:col-span-4"
          value={props.form.storage}
          onValue={(storage) => props.set({ storage })}
          choices={(props.storages ?? []).map(storageChoice)}
          error={
            props.storages?.length === 0
              ? t('ct.create.noStorage')
              : (problem('storage') ?? props.refused['rootfs'])
          }
        />
        <TextField
          label={t('ct.create.rootSize')}
          class="sm:col-span-2"
          inputmode="numeric"
          suffix="GiB"
          value={props.form.rootGiB}
          onValue={(rootGiB) => props.set({ rootGiB })}
          error={problem('rootGiB')}
        />
        <TextField
          label={t('ct.cores')}
          class="sm:col-span-2"
          inputmode="numeric"
          value={props.form.cores}
          onValue={(cores) => props.set({ cores })}
          error={problem('cores') ?? props.refused['cores']}
          hint={props.form.cores.trim() === '' ? t('ct.coresHint') : undefined}
        />
        <TextField
          label={t('create.memory')}
          class="sm:col-span-2"
          inputmode="numeric"
          suffix="MiB"
          value={props.form.memoryMiB}
          onValue={(memoryMiB) => props.set({ memoryMiB })}
          error={problem('memoryMiB') ?? props.refused['memory']}
        />
        <TextField
          label={t('ct.swap')}
          class="sm:col-span-2"
          inputmode="numeric"
          suffix="MiB"
          value={props.form.swapMiB}
          onValue={(swapMiB) => props.set({ swapMiB })}
          error={problem('swapMiB') ?? props.refused['swap']}
        />
      </FormGroup>
      <FormGroup title={t('create.network')}>
        <Wide>
          <fieldset class="grid gap-2 sm:grid-cols-3" aria-label={t('ct.create.networkKind')}>
            <For each={networks}>
              {({ kind, title, text }) => (
                <ChoiceCard
                  name="network"
                  chosen={props.form.network === kind}
                  onChoose={() =>
                    props.set({
                      network: kind,
                      nic: { ...props.form.nic, connection: kind === 'routed' ? 'routed' : 'bridge' },
                    })
                  }
                  title={t(title)}
                  text={t(text)}
                />
              )}
            </For>
          </fieldset>
        </Wide>
        <Show when={props.form.network !== 'none'}>
          <NicAddressFields
            form={props.form.nic}
            set={setNic}
            problems={props.problems.nic}
            bridges={props.bridges}
          />
          <Show when={props.refused['net0']}>
            {(text) => (
              <p class="text-sm text-bad sm:col-span-6" role="alert">
                {text()}
              </p>
            )}
          </Show>
        </Show>
      </FormGroup>
      <FormGroup title={t('ct.create.dns')}>
        <TextField
          label={t('ct.dns.nameserver')}
          class="sm:col-span-3"
          value={props.form.nameserver}
          onValue={(nameserver) => props.set({ nameserver })}
          error={problem('nameserver') ?? props.refused['nameserver']}
          placeholder={t('ct.dns.asNode')}
        />
        <TextField
          label={t('ct.dns.searchdomain')}
          class="sm:col-span-3"
          value={props.form.searchdomain}
          onValue={(searchdomain) => props.set({ searchdomain })}
          error={problem('searchdomain') ?? props.refused['searchdomain']}
          placeholder={t('ct.dns.asNode')}
        />
      </FormGroup>
      <CheckField
        label={t('create.start')}
        checked={props.form.start}
        onValue={(start) => props.set({ start })}
      />
    </>
  );
}

function Wide(props: { children: JSX.Element }) {
  return <div class="min-w-0 sm:col-span-6">{props.children}</div>;
}
