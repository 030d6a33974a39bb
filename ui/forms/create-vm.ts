// The create dialog of VMs: its state as the API's request. Pure.
import type { ApiMap } from '../../server/contract/index.ts';
import { checkName, checkNewGuest, type NewGuest, type NewGuestProblem } from './create-guest.ts';
import { isAtLeast } from './plain-rules.ts';

type CreateParams = ApiMap['POST /nodes/{node}/qemu']['params'];

export interface CreateVmForm extends NewGuest {
  readonly name: string;
  readonly ostype: string;
  /** A volume id, or empty for no disc. */
  readonly iso: string;
  /** A storage, or empty for no disk. */
  readonly diskStorage: string;
  readonly diskGiB: string;
  readonly diskBus: 'scsi' | 'virtio' | 'sata' | 'ide';
  readonly cores: string;
  readonly firmware: 'seabios' | 'ovmf';
  /** A bridge, or empty for no network. */
  readonly bridge: string;
  readonly netModel: string;
  readonly agent: boolean;
}

export type CreateErrors = Partial<Record<keyof CreateVmForm, NewGuestProblem | 'name'>>;

/** What suits a system: modern ones get paravirtual devices, Windows what it has drivers for out of the box. */
export function defaultsFor(ostype: string): Pick<CreateVmForm, 'diskBus' | 'netModel' | 'firmware'> {
  if (ostype === 'l26') return { diskBus: 'scsi', netModel: 'virtio', firmware: 'seabios' };
  if (ostype === 'win11') return { diskBus: 'sata', netModel: 'e1000e', firmware: 'ovmf' };
  if (ostype.startsWith('w')) return { diskBus: 'sata', netModel: 'e1000e', firmware: 'seabios' };
  return { diskBus: 'sata', netModel: 'e1000', firmware: 'seabios' };
}

/** What would certainly be refused; the daemon has the last word. `isTaken`: has a guest this number? */
export function checkCreate(
  form: CreateVmForm,
  isTaken: (vmid: number) => boolean = () => false,
): CreateErrors {
  const errors: CreateErrors = checkNewGuest(form, isTaken);
  const name = checkName(form.name);
  if (name !== undefined) errors.name = name;
  if (form.diskStorage !== '' && !isAtLeast(form.diskGiB, 1)) errors.diskGiB = 'number';
  if (!isAtLeast(form.cores, 1)) errors.cores = 'number';
  return errors;
}

/** The parameter whose refusal is shown at a field. */
export const createVmParamOf: Readonly<Partial<Record<keyof CreateVmForm, string>>> = {
  ...{ name: 'name', vmid: 'vmid', memoryMiB: 'memory', cores: 'cores' },
};

/** The parameters of the request, without what is left at its default. */
export function createParams(form: CreateVmForm): CreateParams {
  const disk = form.diskStorage === '' ? undefined : `${form.diskBus}0`;
  const disc = form.iso === '' ? undefined : 'ide2';
  const net = form.bridge === '' ? undefined : 'net0';
  const boot = [disk, disc, net].filter((device) => device !== undefined);
  const discard = form.diskBus === 'scsi' || form.diskBus === 'virtio' ? ',discard=on' : '';
  const params: Record<string, string | number | boolean> = {
    node: form.node,
    vmid: Number(form.vmid),
    ...(form.name === '' ? {} : { name: form.name }),
    ostype: form.ostype,
    cores: Number(form.cores),
    memory: Number(form.memoryMiB),
    ...(form.firmware === 'ovmf' ? { bios: 'ovmf', machine: 'q35' } : {}),
    ...(form.firmware === 'ovmf' && disk ? { efidisk0: `${form.diskStorage}:1,efitype=4m` } : {}),
    ...(form.diskBus === 'scsi' && disk ? { scsihw: 'virtio-scsi-single' } : {}),
    ...(disk ? { [disk]: `${form.diskStorage}:${Number(form.diskGiB)}${discard}` } : {}),
    ...(disc ? { [disc]: `${form.iso},media=cdrom` } : {}),
    ...(net ? { [net]: `${form.netModel},bridge=${form.bridge}` } : {}),
    ...(boot.length > 0 ? { boot: `order=${boot.join(';')}` } : {}),
    serial0: 'socket',
    ...(form.agent ? { agent: 'enabled=1' } : {}),
    ...(form.start ? { start: true } : {}),
  };
  return params as CreateParams;
}
