// Creating a virtual machine: one page of choices with good defaults, then a review with the request to copy.
import { useNavigate } from '@solidjs/router';
import { fileChoices } from '../../api/choices.ts';
import { api } from '../../api/client.ts';
import { keepAmong } from '../../api/node-choices.ts';
import { createQuery } from '../../api/query.ts';
import { refusing } from '../../components/bound-field.tsx';
import { Wizard } from '../../components/wizard.tsx';
import { type CreateVmForm, checkCreate, createParams, createVmParamOf } from '../../forms/create-vm.ts';
import { sizeById, vmSizes } from '../../forms/guest-sizes.ts';
import { hardwareFor, type SystemId, vmSystems } from '../../forms/vm-systems.ts';
import { t } from '../../i18n/index.ts';
import { guestOf, revision } from '../../live/store.ts';
import { watchTask } from '../../live/watched.ts';
import { createNewGuestChoices, onlineNodes } from '../create-guest/new-guest.ts';
import { createCheckedForm } from '../guest/checked-form.ts';
import { CreateVmFields } from './create-vm-form.tsx';
import { CreateVmReview } from './create-vm-review.tsx';

/** What the fields hold when a system is chosen. */
function startOf(id: SystemId) {
  const { cores = '', memoryMiB = '', diskGiB = '' } = sizeById(vmSizes, vmSystems[id].size) ?? {};
  return { system: id, cores, memoryMiB, diskGiB, ...hardwareFor(id, false) };
}

/** `node`: where it is to be made; empty to choose. */
export default function CreateVmDialog(props: { node: string; onClose: () => void }) {
  const navigate = useNavigate();
  const checked = createCheckedForm<CreateVmForm>(
    {
      node: props.node !== '' ? props.node : (onlineNodes()[0] ?? ''),
      ...{ vmid: '', name: '', media: 'disc', iso: '', drivers: '', image: '' },
      ...{ diskStorage: '', bridge: '', start: true },
      ...startOf('linux'),
    },
    (given) => checkCreate(given, (vmid) => guestOf(vmid) !== undefined),
  );
  const { form, set } = checked;
  const { nodes, storages, bridges } = createNewGuestChoices(checked);
  const files = (content: 'iso' | 'import') =>
    createQuery(
      () => form.node !== '' && { node: form.node, revision: revision('/storage', form.node) },
      ({ node }) => fileChoices(node, content),
    );
  const discs = files('iso');
  const imports = files('import');
  // What a file holds that describes a machine is not read yet: its disks are to be taken out of it before.
  const images = () => imports.data()?.filter(({ volid }) => !/\.(ova|ovf)$/.test(volid));
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
            onDrivers={(drivers) => set({ drivers, ...hardwareFor(form.system, drivers !== '') })}
          />
        );
      }}
    </Wizard>
  );
}
