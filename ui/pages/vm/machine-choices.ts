// What VMs can be made of where a list is offered: machine types, processor types, what a system is called.
import type { Choice } from '../../components/field.tsx';
import { t, tOr } from '../../i18n/index.ts';

export const machineTypes = ['q35', 'pc'] as const;

const hinted = ['x86-64-v2-AES', 'x86-64-v3', 'x86-64-v4', 'host', 'kvm64'] as const;

/** `also`: one that is set, and not among them. */
export function cpuTypes(also = ''): Choice[] {
  const known: readonly string[] = hinted;
  return [...known, ...(also === '' || known.includes(also) ? [] : [also])].map((name) => ({
    value: name,
    label: tOr(`cpuType.${name}`, name),
  }));
}

export function osName(ostype: string): string {
  return tOr(`os.${ostype}`, ostype);
}

/** The types that the API knows, those of today first. */
const osTypes = ['l26', 'win11', 'win10', 'win8', 'win7', 'w2k8', 'wvista', 'w2k3', 'wxp', 'w2k'] as const;

export function osTypeChoices(): Choice[] {
  return [...osTypes, 'l24', 'solaris', 'other'].map((one) => ({ value: one, label: osName(one) }));
}

export const machineName = (type: string): string =>
  type.includes('q35') ? t('machineType.q35') : t('machineType.pc');
