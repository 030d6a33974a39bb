// The create dialog of VMs: its state as the API's request. Pure.
import type { ApiMap } from '../../server/contract/index.ts';
import {
  type CloudInitForm,
  type CloudInitProblem,
  checkCloudInit,
  cloudInitParamOf,
  cloudInitParams,
} from './create-cloud-init.ts';
import { checkName, checkNewGuest, type NewGuest, type NewGuestProblem } from './create-guest.ts';
import { isAtLeast } from './plain-rules.ts';
import { type SystemId, type VmHardware, vmSystems } from './vm-systems.ts';

type CreateParams = ApiMap['POST /nodes/{node}/qemu']['params'];

export interface CreateVmForm extends NewGuest, VmHardware, CloudInitForm {
  readonly name: string;
  readonly system: SystemId;
  /** What it begins with: an installation disc, a disk that is there already, or nothing. */
  readonly media: 'disc' | 'image' | 'blank';
  /** A volume id, or empty for no disc. */
  readonly iso: string;
  /** A disc of drivers beside it; empty for none. */
  readonly drivers: string;
  /** The volume id of a disk image to be copied. */
  readonly image: string;
  /** A storage, or empty for no disk. */
  readonly diskStorage: string;
  readonly diskGiB: string;
  readonly cores: string;
  /** A bridge, or empty for no network. */
  readonly bridge: string;
}

export type CreateErrors = Partial<
  Record<keyof CreateVmForm, NewGuestProblem | CloudInitProblem | 'name' | 'number' | 'imageStorage'>
>;

/** Has the disk a size of its own choice? A copied one has that of its image. */
export function choosesDiskSize(form: Pick<CreateVmForm, 'media' | 'diskStorage'>): boolean {
  return form.media !== 'image' && form.diskStorage !== '';
}

/** Is it made from an image that cloud-init can set up? What its drive would lie on is that of its disk. */
export function takesCloudInit(form: Pick<CreateVmForm, 'media' | 'diskStorage'>): boolean {
  return form.media === 'image' && form.diskStorage !== '';
}

/** What would certainly be refused; the daemon has the last word. `isTaken`: has a guest this number? */
export function checkCreate(
  form: CreateVmForm,
  isTaken: (vmid: number) => boolean = () => false,
): CreateErrors {
  const errors: CreateErrors = checkNewGuest(form, isTaken);
  const name = checkName(form.name);
  if (name !== undefined) errors.name = name;
  if (choosesDiskSize(form) && !isAtLeast(form.diskGiB, 1)) errors.diskGiB = 'number';
  if (form.media === 'image' && form.image === '') errors.image = 'required';
  if (form.media === 'image' && form.diskStorage === '') errors.diskStorage = 'imageStorage';
  if (!isAtLeast(form.cores, 1)) errors.cores = 'number';
  if (takesCloudInit(form)) Object.assign(errors, checkCloudInit(form, form.bridge !== ''));
  return errors;
}

/** The parameter whose refusal is shown at a field. */
export const createVmParamOf: Readonly<Partial<Record<keyof CreateVmForm, string>>> = {
  ...{ name: 'name', vmid: 'vmid', memoryMiB: 'memory', cores: 'cores', cpuType: 'cpu', machine: 'machine' },
  ...cloudInitParamOf,
  // A disc stands where an image has its drive for cloud-init: of the two fields one is there.
  ...{ iso: 'ide2', bridge: 'net0' },
};

/** What of the parameters is never shown. */
export const createVmSecrets: readonly string[] = ['cipassword'];

/** The parameters of the request, without what is left at its default. */
export function createParams(form: CreateVmForm): CreateParams {
  const disk = form.diskStorage === '' ? undefined : `${form.diskBus}0`;
  const disc = form.media === 'disc' && form.iso !== '' ? 'ide2' : undefined;
  const drivers = form.media === 'disc' && form.drivers !== '' ? 'ide3' : undefined;
  const net = form.bridge === '' ? undefined : 'net0';
  // A disk that is there boots; an empty one lets the disc go first once, and comes before it when it is filled.
  const boot = [disk, disc, net].filter((device) => device !== undefined);
  const params: Record<string, string | number | boolean> = {
    node: form.node,
    vmid: Number(form.vmid),
    ...(form.name === '' ? {} : { name: form.name }),
    ostype: vmSystems[form.system].ostype,
    cores: Number(form.cores),
    memory: Number(form.memoryMiB),
    cpu: form.cpuType,
    ...(form.machine === 'q35' ? { machine: 'q35' } : {}),
    ...(form.firmware === 'ovmf' ? { bios: 'ovmf' } : {}),
    ...(form.firmware === 'ovmf' && disk ? { efidisk0: firmwareDisk(form) } : {}),
    ...(vmSystems[form.system].wantsTpm && disk ? { tpmstate0: `${form.diskStorage}:1,version=v2.0` } : {}),
    ...(form.diskBus === 'scsi' && disk ? { scsihw: 'virtio-scsi-single' } : {}),
    ...(disk ? { [disk]: diskString(form) } : {}),
    ...(disc ? { [disc]: `${form.iso},media=cdrom` } : {}),
    ...(drivers ? { [drivers]: `${form.drivers},media=cdrom` } : {}),
    ...(net ? { [net]: `${form.netModel},bridge=${form.bridge}` } : {}),
    ...(boot.length > 0 ? { boot: `order=${boot.join(';')}` } : {}),
    ...(takesCloudInit(form)
      ? cloudInitParams(form, { key: 'ide2', storage: form.diskStorage }, net !== undefined)
      : {}),
    serial0: 'socket',
    ...(form.agent ? { agent: 'enabled=1' } : {}),
    ...(form.start ? { start: true } : {}),
  };
  return params as CreateParams;
}

function diskString(form: CreateVmForm): string {
  const made =
    form.media === 'image'
      ? `${form.diskStorage}:0,import-from=${form.image}`
      : `${form.diskStorage}:${Number(form.diskGiB)}`;
  // What the guest frees is freed on the storage: SATA's old drivers do not ask for it.
  return form.diskBus === 'scsi' || form.diskBus === 'virtio' ? `${made},discard=on` : made;
}

/** Windows finds its vendor's Secure Boot keys; for others they would stand in the way of their own kernels. */
function firmwareDisk(form: CreateVmForm): string {
  const keys = vmSystems[form.system].windows ? ',pre-enrolled-keys=1' : '';
  return `${form.diskStorage}:1,efitype=4m${keys}`;
}
