// Creating a virtual machine: one page of choices with good defaults, then a review with the request to copy.
import { useNavigate } from '@solidjs/router';
import { createSignal, lazy, Show } from 'solid-js';
import { api } from '../../api/client.ts';
import { createFileChoices, keepAmong } from '../../api/node-choices.ts';
import { refusing } from '../../components/bound-field.tsx';
import { Wizard } from '../../components/wizard.tsx';
import { newCloudInit } from '../../forms/create-cloud-init.ts';
import { type CreateVmForm, checkCreate, createParams, createVmParamOf } from '../../forms/create-vm.ts';
import { hardwareFor, type SystemId, vmSystems } from '../../forms/vm-systems.ts';
import { t } from '../../i18n/index.ts';
import { guestOf } from '../../live/store.ts';
import { watchTask } from '../../live/watched.ts';
import { createNewGuestChoices, onlineNodes } from '../create-guest/new-guest.ts';
import { createCheckedForm } from '../guest/checked-form.ts';
import { CreateVmFields } from './create-vm-form.tsx';
import { CreateVmReview } from './create-vm-review.tsx';

/** What the fields hold when a system is chosen. */
function startOf(id: SystemId) {
  return { system: id, ...vmSystems[id].start, ...hardwareFor(id, false) };
}

const ImportDialog = lazy(() => import('./import-dialog.tsx'));
const TemplateDialog = lazy(() => import('./template-dialog.tsx'));

/** What is made in a dialog of its own instead, and on which node. */
interface Instead {
  readonly of: 'machine' | 'template';
  readonly node: string;
}

/** `node`: where it is to be made; empty to choose. */
export default function CreateVmDialog(props: { node: string; onClose: () => void }) {
  const [instead, setInstead] = createSignal<Instead>();
  return (
    <Show when={instead()} fallback={<NewVmDialog {...props} onInstead={setInstead} />}>
      {(which) => {
        const { of, node } = which();
        return of === 'machine' ? (
          <ImportDialog node={node} onClose={props.onClose} />
        ) : (
          <TemplateDialog node={node} onClose={props.onClose} />
        );
      }}
    </Show>
  );
}

function NewVmDialog(props: { node: string; onClose: () => void; onInstead: (instead: Instead) => void }) {
  const navigate = useNavigate();
  const checked = createCheckedForm<CreateVmForm>(
    {
      node: props.node !== '' ? props.node : (onlineNodes()[0] ?? ''),
      ...{ vmid: '', name: '', media: 'disc', iso: '', drivers: '', image: '' },
      ...{ diskStorage: '', bridge: '', start: true },
      ...newCloudInit,
      ...startOf('linux'),
    },
    (given) => checkCreate(given, (vmid) => guestOf(vmid) !== undefined),
  );
  const { form, set } = checked;
  const { nodes, storages, bridges } = createNewGuestChoices(checked);
  const discs = createFileChoices(() => form.node, 'iso');
  const imports = createFileChoices(() => form.node, 'import');
  // What describes a whole machine is brought in by a dialog of its own.
  const images = () => imports.data()?.filter(({ volid }) => !/\.(ova|ovf|conf)$/.test(volid));
  keepAmong(
    () => storages.holding('images')?.map((one) => one.storage),
    () => form.diskStorage,
    (diskStorage) => set({ diskStorage }),
  );
  keepAmong(
    () => bridges()?.map((one) => one.iface),
    () => form.bridge,
    (bridge) => set({ bridge }),
  );
  for (const name of ['iso', 'drivers'] as const)
    keepAmong(
      () => discs.data()?.map((one) => one.volid),
      () => form[name],
      // None is a choice of its own, and the one to begin with.
      () => set({ [name]: '' }),
    );
  keepAmong(
    () => images()?.map((one) => one.volid),
    () => form.image,
    (image) => set({ image }),
  );

  return (
    <Wizard
      title={t('create.title')}
      onClose={props.onClose}
      check={checked.check}
      submit={async () => {
        watchTask(await api('POST /nodes/{node}/qemu', createParams(form)));
        const vmid = form.vmid;
        props.onClose();
        navigate(`/vms/${vmid}`);
      }}
      shown={Object.values(createVmParamOf)}
      review={<CreateVmReview form={form} />}
    >
      {(refused) => {
        const of = refusing(checked, (name) => refused(createVmParamOf[name] ?? ''));
        return (
          <CreateVmFields
            of={of}
            nodes={nodes()}
            storages={storages.holding('images') ?? []}
            discs={discs.data()}
            images={images()}
            bridges={bridges() ?? []}
            onSystem={(id) => set({ ...startOf(id), drivers: '' })}
            onMachine={() => props.onInstead({ of: 'machine', node: form.node })}
            onTemplate={() => props.onInstead({ of: 'template', node: form.node })}
            onDrivers={(drivers) => set({ drivers, ...hardwareFor(form.system, drivers !== '') })}
          />
        );
      }}
    </Wizard>
  );
}
