// Making a virtual machine of a template: a clone of it, then the settings in which it differs, then its start.
import { useNavigate } from '@solidjs/router';
import { createEffect, createMemo, createSignal, on, onCleanup, Show } from 'solid-js';
import { api } from '../../api/client.ts';
import { changeConfig } from '../../api/guests.ts';
import { keepAmong } from '../../api/node-choices.ts';
import { createQuery } from '../../api/query.ts';
import { refusing } from '../../components/bound-field.tsx';
import { ErrorNote } from '../../components/error-note.tsx';
import { TaskProgress } from '../../components/task-state.tsx';
import { toastError } from '../../components/toasts.tsx';
import { Wizard } from '../../components/wizard.tsx';
import { cloneParams, newClone } from '../../forms/clone-guest.ts';
import { newCloudInit } from '../../forms/create-cloud-init.ts';
import {
  checkFromTemplate,
  type FromTemplateForm,
  fromTemplateParamOf,
  startOf,
  templateChange,
} from '../../forms/from-template.ts';
import type { PendingLine } from '../../forms/guest-config.ts';
import { t } from '../../i18n/index.ts';
import { guestOf, guests, live, revision } from '../../live/store.ts';
import { taskEnd } from '../../live/task-end.ts';
import { watchTask } from '../../live/watched.ts';
import { fillNextId } from '../create-guest/new-guest.ts';
import { createCheckedForm } from '../guest/checked-form.ts';
import { createCloneChoices } from '../guest/clone-fields.tsx';
import { TemplateFields } from './template-form.tsx';
import { TemplateReview } from './template-review.tsx';

/** `node`: whose templates come first. */
export default function TemplateDialog(props: { node: string; onClose: () => void }) {
  const navigate = useNavigate();
  const [cloning, setCloning] = createSignal<string>();
  /** The clone is there, and what is left of the work are its settings. */
  const [made, setMade] = createSignal(false);
  let closed = false;
  onCleanup(() => {
    closed = true;
  });

  const templates = createMemo(() =>
    guests()
      .filter((one) => one.type === 'qemu' && one.template === 1)
      .sort(
        (a, b) =>
          Number(b.node === props.node) - Number(a.node === props.node) || (a.vmid ?? 0) - (b.vmid ?? 0),
      ),
  );
  const checked = createCheckedForm<FromTemplateForm>(
    {
      ...newClone,
      ...newCloudInit,
      ...{ template: '', cores: '1', memoryMiB: '512', cloudInit: false, start: true },
    },
    (given) => checkFromTemplate(given, lines(), (vmid) => !made() && guestOf(vmid) !== undefined),
  );
  const { form, set } = checked;
  fillNextId(
    () => form.vmid,
    (vmid) => set({ vmid }),
  );
  keepAmong(
    () => templates().map((one) => String(one.vmid)),
    () => form.template,
    (template) => set({ template }),
  );
  const source = createMemo(() => templates().find((one) => String(one.vmid) === form.template));
  const config = createQuery(
    () => {
      const from = source();
      if (from?.vmid === undefined) return false;
      const { node, vmid } = from;
      return { node, vmid, revision: revision(`/vms/${vmid}`, `${node}/${vmid}`) };
    },
    async ({ node, vmid }) => ({
      vmid,
      lines: await api('GET /nodes/{node}/qemu/{vmid}/pending', { node, vmid }),
    }),
  );
  /** Of the template that is chosen, and of no other. */
  function lines(): readonly PendingLine[] | undefined {
    const read = config.data();
    return read && String(read.vmid) === form.template ? read.lines : undefined;
  }
  const readOf = createMemo(() => (lines() ? form.template : undefined));
  // What was entered stays when the same template is read again.
  createEffect(
    on(readOf, () => {
      const read = lines();
      if (read && !made()) set(startOf(read));
    }),
  );
  const choices = createCloneChoices(() => {
    const from = source();
    if (from?.vmid === undefined) return undefined;
    return { kind: 'qemu', node: from.node, vmid: from.vmid, status: from.status, isTemplate: true };
  }, checked);
  const params = () => cloneParams('qemu', form, choices.full());

  /** What of it is done already is not done again. */
  async function make(): Promise<void> {
    const from = source();
    const read = lines();
    if (from?.vmid === undefined || !read) throw new Error(t('fromTemplate.gone'));
    const { node } = from;
    const change = templateChange(form, read);
    const { start } = form;
    const place = { node, vmid: Number(form.vmid) };
    const warn = (event: BeforeUnloadEvent) => event.preventDefault();
    addEventListener('beforeunload', warn);
    try {
      if (!made()) {
        const upid = await api('POST /nodes/{node}/qemu/{vmid}/clone', {
          ...{ node, vmid: from.vmid },
          ...params(),
        });
        setCloning(upid);
        await taskEnd(upid);
        setMade(true);
      }
      if (Object.keys(change).length > 0) await changeConfig('qemu', place, change);
      if (start) watchTask(await api('POST /nodes/{node}/qemu/{vmid}/status/start', place));
    } finally {
      setCloning(undefined);
      removeEventListener('beforeunload', warn);
    }
  }

  async function submit(): Promise<void> {
    const { vmid } = form;
    try {
      await make();
    } catch (thrown) {
      if (!closed) throw thrown;
      toastError(t(made() ? 'fromTemplate.settingsFailed' : 'fromTemplate.failed', { vmid }), thrown);
      return;
    }
    if (closed) return;
    props.onClose();
    navigate(`/vms/${vmid}`);
  }

  const reason = () => {
    if (templates().length === 0) return t('fromTemplate.none');
    if (!lines()) return t('common.wait');
    return choices.full() && !made() ? choices.noCopy() : undefined;
  };
  const work = () => {
    const upid = cloning();
    return upid === undefined ? undefined : live.tasks[upid];
  };

  return (
    <Wizard
      title={t('fromTemplate.title')}
      onClose={props.onClose}
      mayLeave={cloning() !== undefined}
      check={checked.check}
      reason={reason()}
      submit={submit}
      shown={Object.values(fromTemplateParamOf)}
      review={
        <>
          <Show when={work()}>
            {(task) => (
              <div class="mb-4 flex flex-wrap items-center justify-between gap-x-3 gap-y-1 rounded-md bg-accent-soft px-3.5 py-2.5 text-sm">
                <span class="min-w-40 flex-1" role="status">
                  {t('fromTemplate.cloning')}
                </span>
                <TaskProgress task={task()} />
              </div>
            )}
          </Show>
          <Show when={lines()}>
            {(read) => <TemplateReview form={form} source={source()} clone={params()} lines={read()} />}
          </Show>
        </>
      }
    >
      {(refused) => {
        const of = refusing(checked, (name) => refused(fromTemplateParamOf[name] ?? ''));
        return (
          <>
            <ErrorNote error={config.error()} retry={config.reload} />
            <TemplateFields of={of} templates={templates()} lines={lines()} choices={choices} made={made()} />
          </>
        );
      }}
    </Wizard>
  );
}
