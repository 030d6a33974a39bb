// Creating a virtual machine: one page of choices with good defaults, then a review with the request to copy.
import { useNavigate } from '@solidjs/router';
import { discChoices } from '../../api/choices.ts';
import { api } from '../../api/client.ts';
import { keepAmong } from '../../api/node-choices.ts';
import { createQuery } from '../../api/query.ts';
import { refusing } from '../../components/bound-field.tsx';
import { Wizard } from '../../components/wizard.tsx';
import {
  type CreateVmForm,
  checkCreate,
  createParams,
  createVmParamOf,
  defaultsFor,
} from '../../forms/create-vm.ts';
import { t } from '../../i18n/index.ts';
import { guestOf, revision } from '../../live/store.ts';
import { watchTask } from '../../live/watched.ts';
import { createNewGuestChoices, onlineNodes } from '../create-guest/new-guest.ts';
import { createCheckedForm } from '../guest/checked-form.ts';
import { CreateVmFields } from './create-vm-form.tsx';
import { CreateVmReview } from './create-vm-review.tsx';

/** `node`: where it is to be made; empty to choose. */
export default function CreateVmDialog(props: { node: string; onClose: () => void }) {
  const navigate = useNavigate();
  const checked = createCheckedForm<CreateVmForm>(
    {
      node: props.node !== '' ? props.node : (onlineNodes()[0] ?? ''),
      ...{ vmid: '', name: '', ostype: 'l26', iso: '', diskStorage: '', diskGiB: '32' },
      ...{ cores: '2', memoryMiB: '2048', bridge: '', agent: true, start: true },
      ...defaultsFor('l26'),
    },
    (given) => checkCreate(given, (vmid) => guestOf(vmid) !== undefined),
  );
  const { form, set } = checked;
  const { nodes, storages, bridges } = createNewGuestChoices(checked);
  const discs = createQuery(
    () => form.node !== '' && { node: form.node, revision: revision('/storage', form.node) },
    ({ node }) => discChoices(node),
  );
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
  keepAmong(
    () => discs.data()?.map((one) => one.volid),
    () => form.iso,
    // None is a choice of its own, and the one to begin with.
    () => set({ iso: '' }),
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
            discs={discs.data() ?? []}
            bridges={bridges() ?? []}
          />
        );
      }}
    </Wizard>
  );
}
