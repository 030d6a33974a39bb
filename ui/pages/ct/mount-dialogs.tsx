// The dialogs that mount a volume or a folder of the node in a container, and change how.
import { createMemo, createSignal, For, Show } from 'solid-js';
import { createStore } from 'solid-js/store';
import { storageChoices } from '../../api/choices.ts';
import { createQuery } from '../../api/query.ts';
import { ChoiceCard } from '../../components/choice-card.tsx';
import { CheckField, SelectField, TextField } from '../../components/field.tsx';
import { Notice } from '../../components/panel.tsx';
import { type CtDevice, freeCtKey, mountTargets } from '../../forms/ct-config.ts';
import {
  addedMount,
  changedMount,
  checkMount,
  type MountForm,
  mountOptions,
  newMount,
  readMount,
  sourceOf,
} from '../../forms/ct-mount.ts';
import { settingOf } from '../../forms/guest-config.ts';
import { parseProperties } from '../../forms/property-string.ts';
import { t } from '../../i18n/index.ts';
import { EditDialog } from '../guest/edit-dialog.tsx';
import { storageChoice } from '../guest/form-group.tsx';
import { useGuest } from '../guest/guest-context.ts';
import { problemText } from '../guest/problem-text.ts';

type Setter = (part: Partial<MountForm>) => void;

/** Adds a mount point: a new volume, or a folder of the node. */
export function AddMountDialog(props: { source: 'volume' | 'bind'; onClose: () => void }) {
  const ct = useGuest();
  const lines = () => ct.config.data() ?? [];
  const [form, setForm] = createStore<MountForm>({ ...newMount(), source: props.source });
  const [tried, setTried] = createSignal(false);
  const storages = createQuery(
    () => ({ node: ct.place().node }),
    ({ node }) => storageChoices(node),
  );
  const fitting = createMemo(() => (storages.data() ?? []).filter((one) => one.content.includes('rootdir')));
  const filled = (): MountForm => ({ ...form, storage: form.storage || (fitting()[0]?.storage ?? '') });
  const key = () => freeCtKey('mp', lines()) ?? 'mp0';
  const unprivileged = () => settingOf(lines(), 'unprivileged').current === '1';
  const problems = createMemo(() => checkMount(filled(), mountTargets(lines()), true));
  const problem = (field: keyof MountForm) => (tried() ? problemText(problems()[field]) : undefined);
  const title = () => t(props.source === 'bind' ? 'ct.addBind' : 'ct.addVolume');
  return (
    <EditDialog
      title={title()}
      action={t('ct.mountAgain')}
      field={key()}
      onClose={props.onClose}
      check={() => {
        setTried(true);
        return Object.keys(problems()).length === 0;
      }}
      change={() => ({ [key()]: addedMount(filled(), unprivileged()) })}
    >
      {(error) => (
        <>
          <Show
            when={props.source === 'bind'}
            fallback={
              <>
                <div class="grid items-start gap-4 sm:grid-cols-[1fr_8rem]">
                  <SelectField
                    label={t('ct.mount.storage')}
                    value={filled().storage}
                    onValue={(storage) => setForm({ storage })}
                    choices={fitting().map(storageChoice)}
                    error={problem('storage')}
                  />
                  <TextField
                    label={t('ct.mount.size')}
                    suffix="GiB"
                    inputmode="numeric"
                    value={form.sizeGiB}
                    onValue={(sizeGiB) => setForm({ sizeGiB })}
                    error={problem('sizeGiB')}
                  />
                </div>
                <Show when={storages.data() && fitting().length === 0}>
                  <Notice tone="warn">{t('ct.create.noStorage')}</Notice>
                </Show>
              </>
            }
          >
            <TextField
              label={t('ct.mount.folder')}
              value={form.folder}
              onValue={(folder) => setForm({ folder })}
              error={problem('folder') ?? error()}
              hint={t('ct.mount.folderHint')}
              mono
              autofocus
            />
          </Show>
          <Target
            form={form}
            set={setForm}
            error={problem('target') ?? (props.source === 'volume' ? error() : undefined)}
          />
          <Show when={props.source === 'bind'}>
            <Owners form={form} set={setForm} unprivileged={unprivileged()} />
          </Show>
          <Flags form={form} set={setForm} volume={props.source === 'volume'} mount />
        </>
      )}
    </EditDialog>
  );
}

/** Changes how the root, a volume or a folder is mounted. */
export function EditMountDialog(props: { device: CtDevice; onClose: () => void }) {
  const ct = useGuest();
  const before = props.device.wanted ?? props.device.current ?? parseProperties('');
  const root = props.device.kind === 'root';
  const bind = props.device.kind === 'bind';
  const [form, setForm] = createStore<MountForm>(readMount(before));
  const [tried, setTried] = createSignal(false);
  const unprivileged = () => settingOf(ct.config.data() ?? [], 'unprivileged').current === '1';
  const problems = createMemo(() =>
    root ? {} : checkMount(form, mountTargets(ct.config.data() ?? [], props.device.key), false),
  );
  return (
    <EditDialog
      title={t('options.editOne', { what: props.device.key })}
      field={props.device.key}
      onClose={props.onClose}
      check={() => {
        setTried(true);
        return Object.keys(problems()).length === 0;
      }}
      change={() => ({ [props.device.key]: changedMount(form, before, root ? 'root' : 'mount') })}
    >
      {(error) => (
        <>
          <p class="font-mono text-sm break-all text-muted">{sourceOf(before)}</p>
          <Show when={!root}>
            <Target
              form={form}
              set={setForm}
              error={(tried() ? problemText(problems().target) : undefined) ?? error()}
            />
          </Show>
          <Show when={bind}>
            <Owners form={form} set={setForm} unprivileged={unprivileged()} />
          </Show>
          <Flags form={form} set={setForm} volume={!bind} mount={!root} />
        </>
      )}
    </EditDialog>
  );
}

/** Mounts an unused volume. */
export function MountAgainDialog(props: { device: CtDevice; onClose: () => void }) {
  const ct = useGuest();
  const lines = () => ct.config.data() ?? [];
  const source = sourceOf(props.device.wanted ?? props.device.current ?? parseProperties(''));
  const [form, setForm] = createStore<MountForm>(newMount());
  const [tried, setTried] = createSignal(false);
  const problems = createMemo(() => checkMount(form, mountTargets(lines()), false));
  const key = () => freeCtKey('mp', lines()) ?? 'mp0';
  return (
    <EditDialog
      title={t('ct.mountAgainTitle', { what: props.device.key })}
      action={t('ct.mountAgain')}
      field={key()}
      onClose={props.onClose}
      check={() => {
        setTried(true);
        return Object.keys(problems()).length === 0;
      }}
      change={() => ({ [key()]: changedMount(form, parseProperties(source), 'mount') })}
    >
      {(error) => (
        <>
          <p class="font-mono text-sm break-all text-muted">{source}</p>
          <Target
            form={form}
            set={setForm}
            error={(tried() ? problemText(problems().target) : undefined) ?? error()}
          />
          <Flags form={form} set={setForm} volume mount />
        </>
      )}
    </EditDialog>
  );
}

function Target(props: { form: MountForm; set: Setter; error: string | undefined }) {
  return (
    <TextField
      label={t('ct.mount.target')}
      value={props.form.target}
      onValue={(target) => props.set({ target })}
      error={props.error}
      hint={t('ct.mount.targetHint')}
      placeholder="/data"
      mono
    />
  );
}

function Owners(props: { form: MountForm; set: Setter; unprivileged: boolean }) {
  return (
    <Show
      when={props.unprivileged}
      fallback={<p class="text-sm text-muted">{t('ct.mount.ownersPrivileged')}</p>}
    >
      <fieldset class="flex flex-col gap-2">
        <legend class="mb-1 text-sm font-medium">{t('ct.mount.owners')}</legend>
        <ChoiceCard
          name="owners"
          chosen={props.form.owners === 'node'}
          onChoose={() => props.set({ owners: 'node' })}
          title={t('ct.mount.ownersNode')}
          text={t('ct.mount.ownersNodeText')}
        />
        <ChoiceCard
          name="owners"
          chosen={props.form.owners === 'own'}
          onChoose={() => props.set({ owners: 'own' })}
          title={t('ct.mount.ownersOwn')}
          text={t('ct.mount.ownersOwnText')}
        />
      </fieldset>
    </Show>
  );
}

/** `volume`: what only volumes have; `mount`: what the root has not. */
function Flags(props: { form: MountForm; set: Setter; volume: boolean; mount: boolean }) {
  const toggle = (option: string, on: boolean) =>
    props.set({
      options: on ? [...props.form.options, option] : props.form.options.filter((one) => one !== option),
    });
  return (
    <>
      <div>
        <CheckField
          label={t('ct.readOnly')}
          hint={t('ct.mount.readOnlyHint')}
          checked={props.form.readOnly}
          onValue={(readOnly) => props.set({ readOnly })}
        />
        <Show when={props.volume && props.mount}>
          <CheckField
            label={t('ct.mount.backup')}
            checked={props.form.backup}
            onValue={(backup) => props.set({ backup })}
          />
        </Show>
      </div>
      <details>
        <summary class="py-1 text-sm font-medium">{t('ct.nic.more')}</summary>
        <div class="flex flex-col gap-3 pt-2">
          <Show when={props.volume}>
            <CheckField
              label={t('ct.mount.quota')}
              checked={props.form.quota}
              onValue={(quota) => props.set({ quota })}
            />
          </Show>
          <SelectField
            label={t('ct.mount.acl')}
            value={props.form.acl}
            onValue={(acl) => props.set({ acl: acl === 'on' || acl === 'off' ? acl : 'default' })}
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
                  checked={props.form.options.includes(option)}
                  onValue={(on) => toggle(option, on)}
                />
              )}
            </For>
          </fieldset>
        </div>
      </details>
    </>
  );
}
