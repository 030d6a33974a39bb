// What a VM's device, its processor and its memory are, in a line.
import { bytes, configSize } from '../../format/show.ts';
import { type PropertyString, parseProperties, renderProperties } from '../../forms/property-string.ts';
import type { DeviceKind } from '../../forms/vm-config.ts';
import { readDisk } from '../../forms/vm-disk.ts';
import { readVmNic } from '../../forms/vm-net.ts';
import { readRng, readWatchdog } from '../../forms/vm-small-devices.ts';
import { t, tn, tOr } from '../../i18n/index.ts';

const line = (parts: readonly (string | undefined)[]) => parts.filter(Boolean).join(' · ');

export function deviceText(kind: DeviceKind, value: PropertyString): string {
  switch (kind) {
    case 'network':
      return nicText(value);
    case 'cdrom':
      return value.lead === 'none' ? t('hardware.noDisc') : value.lead;
    case 'disk':
      return diskText(value);
    case 'efi':
      return line([
        value.lead,
        value.options.get('pre-enrolled-keys') === '1' ? t('vmDevice.efiKeysText') : undefined,
      ]);
    case 'tpm':
      return line([value.lead, value.options.get('version')]);
    case 'rng':
      return readRng(value).source;
    case 'watchdog': {
      const { model, action } = readWatchdog(value);
      return line([model, t(`vmDevice.watchdog.${action}`)]);
    }
    case 'audio': {
      const device = value.options.get('device') ?? '';
      return tOr(`vmDevice.audio.${device}`, device);
    }
    case 'serial':
      return value.lead === 'socket' ? t('vmDevice.socket') : value.lead;
    default:
      return renderProperties(value);
  }
}

/** What of a disk is not as usual is said; the rest is in its dialog. */
function diskText(value: PropertyString): string {
  const disk = readDisk('scsi', value);
  return line([
    value.lead,
    configSize(value.options.get('size') ?? ''),
    disk.readOnly ? t('vmDisk.readOnlyText') : undefined,
    disk.backup ? undefined : t('vmDisk.noBackupText'),
    disk.cache === 'unsafe' ? t('vmDisk.unsafeText') : undefined,
    disk.mbpsMode === 'none' && disk.iopsMode === 'none' ? undefined : t('vmDisk.limitsText'),
  ]);
}

function nicText(value: PropertyString): string {
  const { model, bridge, mac, tag, rate, unplugged } = readVmNic(value);
  return line([
    model,
    bridge === '' ? t('ct.nic.nothing') : bridge,
    tag === '' ? undefined : t('ct.nic.tagText', { tag }),
    mac,
    rate === '' ? undefined : t('ct.nic.rateText', { rate }),
    unplugged ? t('hardware.unplugged') : undefined,
  ]);
}

export function processorText(setting: (key: string) => string | undefined): string {
  const cpu = parseProperties(setting('cpu') ?? '');
  const limit = setting('cpulimit') ?? '0';
  return line([
    t('hardware.processorText', {
      cores: tn('unit.cores', Number(setting('cores') ?? 1)),
      sockets: tn('node.sockets', Number(setting('sockets') ?? 1)),
    }),
    cpu.options.get('cputype') ?? (cpu.lead || 'kvm64'),
    Number(limit) === 0 ? undefined : t('vmCpu.limitText', { limit }),
  ]);
}

export function memoryText(setting: (key: string) => string | undefined): string {
  const size = (mib: string) => bytes(Number(mib) * 1024 ** 2);
  const memory = setting('memory') ?? '512';
  const balloon = setting('balloon') ?? memory;
  return balloon === '0' || balloon === memory
    ? size(memory)
    : t('vmMemory.text', { minimum: size(balloon), memory: size(memory) });
}
