// What a VM's machine is made of, as plain settings: firmware, machine type, disk controller, graphics, pointer.
import { readMachine, readScreen } from '../../forms/vm-machine.ts';
import { t } from '../../i18n/index.ts';
import type { SettingSpec } from '../guest/setting-list.tsx';
import { displayName } from './machine-choices.ts';
import { MachineDialog, ScreenDialog } from './machine-dialogs.tsx';

const controllers = ['virtio-scsi-single', 'virtio-scsi-pci', 'lsi', 'megasas'] as const;

export function machineSettings(): readonly SettingSpec[] {
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
      control: 'text',
      show: machineText,
      dialog: MachineDialog,
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
      control: 'text',
      show: screenText,
      dialog: ScreenDialog,
    },
    {
      key: 'tablet',
      label: t('options.tablet'),
      hint: t('options.tabletHint'),
      control: 'switch',
      // On unless it is said.
      read: (value) => (value === '0' ? '' : '1'),
    },
  ];
}

function machineText(value: string): string {
  const { family, version, viommu } = readMachine(value);
  const name = t(`machineType.${family}`);
  const text = version === '' ? name : t('vmMachine.pinnedText', { name, version });
  return viommu === '' ? text : [text, t('vmMachine.viommu')].join(' · ');
}

function screenText(value: string): string {
  const { type, memory } = readScreen(value);
  return [displayName(type), memory === '' ? '' : `${memory} MiB`].filter(Boolean).join(' · ');
}
