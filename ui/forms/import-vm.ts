// A VM made of a file that describes one, or of a disk image: what was read of it as the API's request. Pure.
import type { ApiMap } from '../../server/contract/index.ts';
import type { ImportMetadata } from '../../server/contract/node-storage-import.ts';
import { checkName } from './create-guest.ts';
import { isVmid } from './plain-rules.ts';

type Params = ApiMap['POST /nodes/{node}/qemu']['params'];
export type Description = ImportMetadata;

export interface ImportForm {
  readonly name: string;
  readonly vmid: string;
  /** Where its disks are copied to. */
  readonly storage: string;
  /** Empty: its cards are plugged into nothing. */
  readonly bridge: string;
  readonly start: boolean;
}

/** The keys of the settings that it brings along, as texts. */
function settings(of: Description): Record<string, string | number | boolean> {
  const given: Record<string, string | number | boolean> = {};
  for (const [key, value] of Object.entries(of['create-args']))
    if (['string', 'number', 'boolean'].includes(typeof value)) given[key] = value as string;
  return given;
}

/** Secure Boot was on: its keys come with the new variables. */
const wantsKeys = (of: Description) =>
  of.report.some(({ what, mapped }) => what?.code === 'secure-boot' && !mapped);

export function importParams(node: string, form: ImportForm, of: Description): Params {
  const given = settings(of);
  const drives = Object.entries(of.disks).map(([key, volid]) => [
    key,
    [`${form.storage}:0,import-from=${volid}`, of['disk-options']?.[key]].filter(Boolean).join(','),
  ]);
  const variables = given['bios'] === 'ovmf' && of.disks['efidisk0'] === undefined;
  const cards = Object.entries(of.net).map(([key, { model = 'virtio', macaddr, ...rest }]) => {
    const fields = form.bridge === '' ? rest : { ...rest, bridge: form.bridge };
    const named = Object.entries(fields).map(([name, value]) => `${name}=${value}`);
    return [key, [macaddr === undefined ? model : `${model}=${macaddr}`, ...named].join(',')];
  });
  const params = {
    ...given,
    ...Object.fromEntries([...drives, ...cards]),
    ...(variables
      ? { efidisk0: `${form.storage}:1,efitype=4m${wantsKeys(of) ? ',pre-enrolled-keys=1' : ''}` }
      : {}),
    ...{ node, vmid: Number(form.vmid) },
    ...(form.start ? { start: true } : {}),
  } as Record<string, string | number | boolean>;
  if (form.name.trim() === '') delete params['name'];
  else params['name'] = form.name.trim();
  return params as Params;
}

export type ImportProblem = 'required' | 'vmid' | 'taken' | 'name';

/** `isTaken`: has a guest this number? */
export function checkImport(
  form: ImportForm,
  isTaken: (vmid: number) => boolean,
): Partial<Record<keyof ImportForm, ImportProblem>> {
  const name = checkName(form.name.trim());
  const vmid = !isVmid(form.vmid) ? 'vmid' : isTaken(Number(form.vmid)) ? 'taken' : undefined;
  return {
    ...(name === undefined ? {} : { name }),
    ...(vmid === undefined ? {} : { vmid }),
    ...(form.storage === '' ? { storage: 'required' as const } : {}),
  };
}

/** The name that it brings along. */
export function nameOf(of: Description): string {
  const { name } = of['create-args'];
  return typeof name === 'string' ? name : '';
}
