// Creating a container: one page of choices with good defaults, then a review with the request to copy.
import { useNavigate } from '@solidjs/router';
import { createEffect, createMemo, on } from 'solid-js';
import { api } from '../../api/client.ts';
import { keepAmong } from '../../api/node-choices.ts';
import { createQuery } from '../../api/query.ts';
import { templateVolumes } from '../../api/templates.ts';
import { type BoundForm, refusing } from '../../components/bound-field.tsx';
import { Wizard } from '../../components/wizard.tsx';
import {
  type CreateCtForm,
  catalogueMark,
  checkCreateCt,
  createCtParamOf,
  createCtParams,
} from '../../forms/create-ct.ts';
import { type NicForm, newNic } from '../../forms/ct-net.ts';
import { t } from '../../i18n/index.ts';
import { isActive } from '../../live/state.ts';
import { guestOf, revision } from '../../live/store.ts';
import { makingTask } from '../../live/templates.ts';
import { watchTask } from '../../live/watched.ts';
import { createNewGuestChoices, onlineNodes } from '../create-guest/new-guest.ts';
import { createCheckedForm } from '../guest/checked-form.ts';
import { problemText } from '../guest/problem-text.ts';
import { CreateCtFields } from './create-ct-form.tsx';
import { CreateCtReview } from './create-ct-review.tsx';

const isTaken = (vmid: number) => guestOf(vmid) !== undefined;

/** `node`: where it is to be made; empty to choose. `template`: a volume id, empty to choose. */
export default function CreateCtDialog(props: { node: string; template: string; onClose: () => void }) {
  const navigate = useNavigate();
  const checked = createCheckedForm<CreateCtForm>(
    {
      node: props.node !== '' ? props.node : (onlineNodes()[0] ?? ''),
      template: props.template,
      ...{ vmid: '', hostname: '', password: '', passwordAgain: '', sshKeys: '' },
      ...{ unprivileged: true, nesting: true, storage: '', rootGiB: '8' },
      ...{ cores: '1', memoryMiB: '512', swapMiB: '512', network: 'bridge', nic: newNic('eth0') },
      ...{ nameserver: '', searchdomain: '', start: true },
    },
    (given) => {
      const { fields, nic } = checkCreateCt(given, isTaken);
      // Each of the card's own fields says what is wrong with it.
      return Object.keys(nic).length > 0 ? { ...fields, nic: '' } : fields;
    },
  );
  const { form, set } = checked;
  const nic: BoundForm<NicForm> = {
    get form() {
      return form.nic;
    },
    set: (part) => set({ nic: { ...form.nic, ...part } }),
    error: (name) => (checked.tried() ? problemText(checkCreateCt(form, isTaken).nic[name]) : undefined),
  };

  const { nodes, storages, bridges } = createNewGuestChoices(checked);
  const catalogue = createQuery(
    () => form.node !== '' && { node: form.node },
    (from) => api('GET /nodes/{node}/aplinfo', from),
  );
  // Also when a task on the node has ended: it may have made one.
  const templates = createQuery(
    () => form.node !== '' && { node: form.node, revision: revision('/storage', form.node) },
    ({ node }) => templateVolumes(node),
  );
  const missing = createMemo(() => {
    const names = new Set((templates.data() ?? []).map((one) => one.name));
    return (catalogue.data() ?? []).filter((one) => !names.has(one.template));
  });

  keepAmong(
    () => storages.holding('rootdir')?.map((one) => one.storage),
    () => form.storage,
    (storage) => set({ storage }),
  );
  keepAmong(
    () => bridges()?.map((one) => one.iface),
    () => form.nic.bridge,
    (bridge) => nic.set({ bridge }),
  );
  // A template that was made for this dialog is taken as soon as it is there; one that went cannot stay chosen.
  createEffect(
    on([templates.data, missing], ([list]) => {
      if (!list) return;
      if (form.template.startsWith(catalogueMark)) {
        const made = list.find((one) => `${catalogueMark}${one.name}` === form.template);
        if (made) set({ template: made.volid });
      } else if (!list.some((one) => one.volid === form.template)) {
        set({ template: list[0]?.volid ?? '' });
      }
    }),
  );
  const making = () => {
    if (!form.template.startsWith(catalogueMark)) return false;
    const task = makingTask(form.node, form.template.slice(catalogueMark.length));
    return task !== undefined && isActive(task);
  };

  return (
    <Wizard
      title={t('ct.create.title')}
      onClose={props.onClose}
      check={checked.check}
      reason={making() ? t('ct.create.making') : undefined}
      submit={async () => {
        watchTask(await api('POST /nodes/{node}/lxc', createCtParams(form)));
        const vmid = form.vmid;
        props.onClose();
        navigate(`/cts/${vmid}`);
      }}
      shown={Object.values(createCtParamOf)}
      review={<CreateCtReview form={form} />}
    >
      {(refused) => {
        const of = refusing(checked, (name) => refused(createCtParamOf[name] ?? ''));
        return (
          <CreateCtFields
            of={of}
            nic={nic}
            nodes={nodes()}
            templates={templates.data() ?? []}
            catalogue={missing()}
            templateStorages={storages.holding('vztmpl') ?? []}
            storages={storages.holding('rootdir')}
            bridges={bridges()}
          />
        );
      }}
    </Wizard>
  );
}
