// What a VM's machine is made of, as plain settings: firmware, machine type, processor type, disk controller, graphics.
import type { Choice } from '../../components/field.tsx';
import { type PendingLine, settingOf } from '../../forms/guest-config.ts';
import { parseProperties, renderProperties, withOptions } from '../../forms/property-string.ts';
import { t } from '../../i18n/index.ts';
import type { SettingSpec } from '../guest/setting-list.tsx';
import { cpuTypes, machineName, machineTypes } from './machine-choices.ts';

const controllers = ['virtio-scsi-single', 'virtio-scsi-pci', 'lsi', 'megasas'] as const;
const displays = ['std', 'virtio', 'qxl', 'vmware', 'cirrus', 'serial0', 'none'] as const;

/** `lines`: the configuration, read when a dialog opens. */
export function machineSettings(lines: () => readonly PendingLine[]): readonly SettingSpec[] {
  const wanted = (key: string) => settingOf(lines(), key).wanted ?? '';
  /** Changes what stands first in a property string, or under its name; the rest of it stays. */
  const first = (key: string, name: string, unset: string) => ({
    read(value: string) {
      const { lead, options } = parseProperties(value);
      return (options.get(name) ?? lead) || unset;
    },
    write: (text: string) =>
      renderProperties({
        lead: text,
        options: withOptions(parseProperties(wanted(key)), { [name]: undefined }).options,
      }),
  });
  const machine = first('machine', 'type', 'pc');
  const cpu = first('cpu', 'cputype', 'kvm64');
  return [
    {
      key: 'bios',
      label: t('create.firmware'),
      hint: t('hardware.biosHint'),
      control: [
        { value: 'seabios', label: t('create.seabios') },
        { value: 'ovmf', label: t('create.ovmf') },
      ],
      read: (value) => value || 'seabios',
    },
    {
      key: 'machine',
      label: t('create.machineType'),
      control: withOwn(
        machineTypes.map((one) => ({ value: one, label: t(`machineType.${one}`) })),
        machine.read(wanted('machine')),
      ),
      show: (value) => machineName(machine.read(value)),
      ...machine,
    },
    {
      key: 'cpu',
      label: t('create.cpuType'),
      hint: t('hardware.cpuHint'),
      control: cpuTypes(cpu.read(wanted('cpu'))),
      ...cpu,
    },
    {
      key: 'scsihw',
      label: t('hardware.scsihw'),
      hint: t('hardware.scsihwHint'),
      control: controllers.map((one) => ({ value: one, label: t(`scsihw.${one}`) })),
      read: (value) => value || 'lsi',
    },
    {
      key: 'vga',
      label: t('hardware.display'),
      control: withOwn(
        displays.map((one) => ({ value: one, label: t(`display.${one}`) })),
        first('vga', 'type', 'std').read(wanted('vga')),
      ),
      ...first('vga', 'type', 'std'),
    },
  ];
}

/** What is set stays a choice, also when it is none of those that are offered. */
function withOwn(choices: readonly Choice[], own: string): Choice[] {
  return choices.some(({ value }) => value === own) ? [...choices] : [...choices, { value: own, label: own }];
}
