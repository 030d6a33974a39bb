// Creating a container: one page of choices with good defaults, then a review with the request to copy.
import { useNavigate } from '@solidjs/router';
import { createEffect, createMemo, createSignal, on, Show } from 'solid-js';
import { createStore } from 'solid-js/store';
import { bridgeChoices, storageChoices } from '../../api/choices.ts';
import { api } from '../../api/client.ts';
import { type ApiError, asApiError } from '../../api/errors.ts';
import { createQuery } from '../../api/query.ts';
import { templateVolumes } from '../../api/templates.ts';
import { Button } from '../../components/button.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { ErrorNote } from '../../components/error-note.tsx';
import { type CreateCtForm, catalogueMark, checkCreateCt, createCtParams } from '../../forms/create-ct.ts';
import { newNic } from '../../forms/ct-net.ts';
import { t } from '../../i18n/index.ts';
import { isActive } from '../../live/state.ts';
import { guestOf, nodes, revision } from '../../live/store.ts';
import { makingTask } from '../../live/templates.ts';
import { watchTask } from '../../live/watched.ts';
import { forTemplates } from '../templates/make-template.tsx';
import { CreateCtFields } from './create-ct-form.tsx';
import { CreateCtReview } from './create-ct-review.tsx';

/** Parameters that have a field which shows what is wrong with them. */
const shownFields = [
  ...['hostname', 'vmid', 'ostemplate', 'password', 'ssh-public-keys', 'rootfs', 'cores', 'memory'],
  ...['swap', 'net0', 'nameserver', 'searchdomain'],
];

/** `node`: where it is to be made; empty to choose. `template`: a volume id, empty to choose. */
export default function CreateCtDialog(props: { node: string; template: string; onClose: () => void }) {
  const navigate = useNavigate();
  const [step, setStep] = createSignal<'form' | 'review'>('form');
  const [busy, setBusy] = createSignal(false);
  const [error, setError] = createSignal<ApiError>();
  const [tried, setTried] = createSignal(false);
  const online = createMemo(() =>
    nodes()
      .filter((one) => one.status === 'online')
      .sort((a, b) => a.node.localeCompare(b.node)),
  );
  const [form, setForm] = createStore<CreateCtForm>({
    node: props.node !== '' ? props.node : (online()[0]?.node ?? ''),
    template: props.template,
    ...{ vmid: '', hostname: '', password: '', passwordAgain: '', sshKeys: '' },
    ...{ unprivileged: true, nesting: true, storage: '', rootGiB: '8' },
    ...{ cores: '1', memoryMiB: '512', swapMiB: '512', network: 'bridge', nic: newNic('eth0') },
    ...{ nameserver: '', searchdomain: '', start: true },
  });

  const here = () => form.node !== '' && { node: form.node };
  const nextId = createQuery(
    () => ({}),
    () => api('GET /cluster/nextid', {}),
  );
  const storages = createQuery(here, ({ node }) => storageChoices(node));
  const bridges = createQuery(here, ({ node }) => bridgeChoices(node));
  const catalogue = createQuery(here, (from) => api('GET /nodes/{node}/aplinfo', from));
  // Also when a task on the node has ended: it may have made one.
  const templates = createQuery(
    () => form.node !== '' && { node: form.node, revision: revision('/storage', form.node) },
    ({ node }) => templateVolumes(node),
  );
  const rootStorages = createMemo(() => storages.data()?.filter((one) => one.content.includes('rootdir')));
  const missing = createMemo(() => {
    const names = new Set((templates.data() ?? []).map((one) => one.name));
    return (catalogue.data() ?? []).filter((one) => !names.has(one.template));
  });

  createEffect(
    on(nextId.data, (id) => {
      if (id !== undefined && form.vmid === '') setForm({ vmid: String(id) });
    }),
  );
  // What the node does not have cannot stay chosen; the first of what it has is a good start.
  createEffect(
    on(rootStorages, (list) => {
      if (list && !list.some((one) => one.storage === form.storage))
        setForm({ storage: list[0]?.storage ?? '' });
    }),
  );
  createEffect(
    on(bridges.data, (list) => {
      if (list && !list.some((one) => one.iface === form.nic.bridge))
        setForm({ nic: { ...form.nic, bridge: list[0]?.iface ?? '' } });
    }),
  );
  // A template that was made for this dialog is taken as soon as it is there; one that went cannot stay chosen.
  createEffect(
    on([templates.data, missing], ([list]) => {
      if (!list) return;
      if (form.template.startsWith(catalogueMark)) {
        const made = list.find((one) => `${catalogueMark}${one.name}` === form.template);
        if (made) setForm({ template: made.volid });
      } else if (!list.some((one) => one.volid === form.template)) {
        setForm({ template: list[0]?.volid ?? '' });
      }
    }),
  );
  const making = () => {
    if (!form.template.startsWith(catalogueMark)) return false;
    const task = makingTask(form.node, form.template.slice(catalogueMark.length));
    return task !== undefined && isActive(task);
  };

  const problems = createMemo(() => ({
    ...checkCreateCt(form),
    taken: guestOf(Number(form.vmid)) !== undefined,
  }));

  function review(): void {
    setTried(true);
    const { fields, nic, taken } = problems();
    if (Object.keys({ ...fields, ...nic }).length === 0 && !taken) setStep('review');
    else queueMicrotask(() => document.querySelector<HTMLElement>('[role=dialog] [aria-invalid]')?.focus());
  }

  async function create(): Promise<void> {
    if (busy()) return;
    setBusy(true);
    setError(undefined);
    try {
      watchTask(await api('POST /nodes/{node}/lxc', createCtParams(form)));
      const vmid = form.vmid;
      props.onClose();
      navigate(`/cts/${vmid}`);
    } catch (thrown) {
      setError(asApiError(thrown));
      setStep('form');
    } finally {
      setBusy(false);
    }
  }

  return (
    <Dialog
      open
      wide
      onClose={props.onClose}
      closable={!busy()}
      title={t('ct.create.title')}
      description={step() === 'form' ? t('create.step1') : t('create.step2')}
      footer={
        <Show
          when={step() === 'form'}
          fallback={
            <>
              <Button onClick={() => setStep('form')} disabled={busy()}>
                {t('common.back')}
              </Button>
              <Button look="primary" busy={busy()} onClick={() => void create()}>
                {t('create.submit')}
              </Button>
            </>
          }
        >
          <Button onClick={props.onClose}>{t('common.cancel')}</Button>
          <Button
            look="primary"
            type="submit"
            form="create-ct-form"
            reason={making() ? t('ct.create.making') : undefined}
          >
            {t('create.review')}
          </Button>
        </Show>
      }
    >
      <Show when={step() === 'form'} fallback={<CreateCtReview form={form} />}>
        <form
          id="create-ct-form"
          class="flex flex-col gap-5"
          onSubmit={(event) => {
            event.preventDefault();
            review();
          }}
        >
          <ErrorNote error={error()} shown={shownFields} />
          <CreateCtFields
            form={form}
            set={(part) => setForm(part)}
            problems={tried() ? problems() : { fields: {}, nic: {} }}
            refused={error()?.fields ?? {}}
            nodes={online().map((one) => one.node)}
            templates={templates.data() ?? []}
            catalogue={missing()}
            templateStorages={forTemplates(storages.data())}
            storages={rootStorages()}
            bridges={bridges.data()}
          />
        </form>
      </Show>
    </Dialog>
  );
}
