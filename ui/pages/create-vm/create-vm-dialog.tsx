// Creating a virtual machine: one page of choices with good defaults, then a review with the request to copy.
import { useNavigate } from '@solidjs/router';
import { createEffect, createMemo, createSignal, on, Show } from 'solid-js';
import { createStore } from 'solid-js/store';
import { bridgeChoices, discChoices, storageChoices } from '../../api/choices.ts';
import { api } from '../../api/client.ts';
import { type ApiError, asApiError } from '../../api/errors.ts';
import { createQuery } from '../../api/query.ts';
import { Button } from '../../components/button.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { ErrorNote } from '../../components/error-note.tsx';
import { type CreateVmForm, checkCreate, createParams, defaultsFor } from '../../forms/create-vm.ts';
import { t } from '../../i18n/index.ts';
import { live, nodes, revision } from '../../live/store.ts';
import { watchTask } from '../../live/watched.ts';
import { CreateForm } from './create-form.tsx';
import { CreateReview } from './create-review.tsx';

/** `node`: where it is to be made; empty to choose. */
export default function CreateVmDialog(props: { node: string; onClose: () => void }) {
  const navigate = useNavigate();
  const [step, setStep] = createSignal<'form' | 'review'>('form');
  const [busy, setBusy] = createSignal(false);
  const [error, setError] = createSignal<ApiError>();
  const [tried, setTried] = createSignal(false);
  const online = createMemo(() => nodes().filter((one) => one.status === 'online'));
  const [form, setForm] = createStore<CreateVmForm>({
    node:
      props.node !== '' ? props.node : (online().sort((a, b) => a.node.localeCompare(b.node))[0]?.node ?? ''),
    vmid: '',
    name: '',
    ostype: 'l26',
    iso: '',
    diskStorage: '',
    diskGiB: '32',
    cores: '2',
    memoryMiB: '2048',
    bridge: '',
    agent: true,
    start: true,
    ...defaultsFor('l26'),
  });

  const nextId = createQuery(
    () => ({}),
    () => api('GET /cluster/nextid', {}),
  );
  const storages = createQuery(
    () => form.node !== '' && { node: form.node },
    ({ node }) => storageChoices(node),
  );
  const discs = createQuery(
    () => form.node !== '' && { node: form.node, revision: revision('/storage', form.node) },
    ({ node }) => discChoices(node),
  );
  const bridges = createQuery(
    () => form.node !== '' && { node: form.node },
    ({ node }) => bridgeChoices(node),
  );
  const diskStorages = createMemo(() =>
    (storages.data() ?? []).filter((one) => one.content.includes('images')),
  );

  createEffect(
    on(nextId.data, (id) => {
      if (id !== undefined && form.vmid === '') setForm({ vmid: String(id) });
    }),
  );
  // What the node does not have cannot stay chosen; the first of what it has is a good start.
  createEffect(
    on(diskStorages, (list) => {
      if (storages.data() && !list.some((one) => one.storage === form.diskStorage))
        setForm({ diskStorage: list[0]?.storage ?? '' });
    }),
  );
  createEffect(
    on(bridges.data, (list) => {
      if (list && !list.some((one) => one.iface === form.bridge)) setForm({ bridge: list[0]?.iface ?? '' });
    }),
  );
  createEffect(
    on(discs.data, (list) => {
      if (list && form.iso !== '' && !list.some((one) => one.volid === form.iso)) setForm({ iso: '' });
    }),
  );

  const problems = createMemo(() => {
    const found = checkCreate(form);
    if (!found.vmid && Object.values(live.resources).some((one) => one?.vmid === Number(form.vmid)))
      return { ...found, vmid: 'taken' as const };
    return found;
  });

  function review(): void {
    setTried(true);
    if (Object.keys(problems()).length === 0) setStep('review');
  }

  async function create(): Promise<void> {
    if (busy()) return;
    setBusy(true);
    setError(undefined);
    try {
      watchTask(await api('POST /nodes/{node}/qemu', createParams(form)));
      const vmid = form.vmid;
      props.onClose();
      navigate(`/vms/${vmid}`);
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
      title={t('create.title')}
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
          <Button look="primary" type="submit" form="create-vm-form">
            {t('create.review')}
          </Button>
        </Show>
      }
    >
      <Show when={step() === 'form'} fallback={<CreateReview form={form} />}>
        <form
          id="create-vm-form"
          class="flex flex-col gap-5"
          onSubmit={(event) => {
            event.preventDefault();
            review();
          }}
        >
          <ErrorNote error={error()} shown={['name', 'vmid', 'memory', 'cores']} />
          <CreateForm
            form={form}
            set={(part) => setForm(part)}
            problems={tried() ? problems() : {}}
            refused={error()?.fields ?? {}}
            nodes={online().map((one) => one.node)}
            storages={diskStorages()}
            discs={discs.data() ?? []}
            bridges={bridges.data() ?? []}
          />
        </form>
      </Show>
    </Dialog>
  );
}
