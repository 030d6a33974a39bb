// What VMs can be made of where a list is offered: machine types, processor types, what a system is called.
import type { Choice } from '../../components/field.tsx';
import { cpusByMaker, generalCpus } from '../../forms/vm-processor.ts';
import { t, tOr } from '../../i18n/index.ts';
import { withOwn } from '../guest/form-group.tsx';

export const machineTypes = ['q35', 'pc'] as const;

const hinted = ['x86-64-v2-AES', 'x86-64-v3', 'x86-64-v4', 'host', 'kvm64'] as const;

export function cpuTypes(): Choice[] {
  return hinted.map((name) => ({ value: name, label: t(`cpuType.${name}`) }));
}

/** All types, particular processors under their makers. `own`: the one that is set. */
export function allCpuTypes(own: string): Choice[] {
  const general: Choice[] = generalCpus.map((name) => ({ value: name, label: tOr(`cpuType.${name}`, name) }));
  const particular = Object.entries(cpusByMaker).flatMap(([maker, names]) =>
    names.map((name) => ({ value: name, label: name, group: maker })),
  );
  return withOwn([...general, ...particular], own);
}

export function osName(ostype: string): string {
  return tOr(`os.${ostype}`, ostype);
}

/** The types that the API knows, those of today first. */
const osTypes = ['l26', 'win11', 'win10', 'win8', 'win7', 'w2k8', 'wvista', 'w2k3', 'wxp', 'w2k'] as const;

export function osTypeChoices(): Choice[] {
  return [...osTypes, 'l24', 'solaris', 'other'].map((one) => ({ value: one, label: osName(one) }));
}

const displays = ['std', 'virtio', 'qxl', 'vmware', 'cirrus', 'serial0', 'none'] as const;

export const displayName = (type: string): string => tOr(`display.${type}`, type);

/** `own`: the one that is set. */
export function displayChoices(own: string): Choice[] {
  return withOwn(
    displays.map((one) => ({ value: one, label: displayName(one) })),
    own,
  );
}
