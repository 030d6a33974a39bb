// What experts ask about the inside of a VM: which monitor commands may be given by whom, and its command line.
import type { Attachment } from '../../storage-plugins/plugin.ts';
import { AppError } from '../core/errors.ts';
import { quietContext } from '../core/work-context.ts';
import { activeConfig } from './config/guest-document.ts';
import { stateDisksOf } from './config/read-devices.ts';
import { readVmConfig } from './config/read-vm-config.ts';
import { startConfig } from './config/saved-run.ts';
import { readGuest } from './guest-documents.ts';
import type { Asker } from './guest-requests.ts';
import { attachVolume, volumeInfo } from './guest-volumes.ts';
import { requireAll } from './needed-privileges.ts';
import type { VmParts } from './vm-parts.ts';

/** They tell, and change nothing (QEMU's manual, "QEMU Monitor"). */
const looking = new Set([
  'info',
  'help',
  '?',
  'x',
  'xp',
  'p',
  'print',
  'gva2gpa',
  'gpa2hva',
  'gpa2hpa',
  'sum',
]);
/**
 * They change the guest, but neither its devices nor who owns its disks, and open no file of the host: libvirt and Croft need not
 * know of them. All else is done by methods of the API, or not at all.
 */
const acting = new Set([
  ...['system_reset', 'system_powerdown', 'system_wakeup', 'sendkey', 'nmi', 'set_link', 'balloon'],
  ...[
    'mouse_move',
    'mouse_button',
    'mouse_set',
    'watchdog_action',
    'boot_set',
    'announce_self',
    'cpu',
    'i',
    'o',
  ],
]);
const looksOnly = /^(info|help|\?)(\s|$)/;

export type VmMonitor = ReturnType<typeof createVmMonitor>;

export function createVmMonitor(parts: VmParts) {
  /** `forbidden` without Sys.Modify for what is more than a look, as the published API has it. */
  async function ask(asker: Asker, vmid: number, command: string): Promise<string> {
    readGuest(parts.store, vmid);
    const line = command.trim();
    if (!looksOnly.test(line)) requireAll(asker, [{ path: '/', privilege: 'Sys.Modify' }]);
    const word = /^[^\s/]*/.exec(line)?.[0] ?? '';
    if (word !== '' && !looking.has(word) && !acting.has(word))
      throw new AppError(
        'unsupported',
        `command: '${word.slice(0, 40)}' would go past what manages this VM: use the API's own method for it`,
        { fields: { command: 'not allowed in this monitor' } },
      );
    if (parts.states.stateOf(vmid) === 'stopped') throw new AppError('wrong-state', `VM ${vmid} not running`);
    return parts.driver.monitorCommand(vmid, command);
  }

  /** Attaches nothing: of a VM that is off, volumes stand for their files. */
  async function commandLine(vmid: number): Promise<string> {
    const document = readGuest(parts.store, vmid);
    const runs = parts.states.stateOf(vmid) !== 'stopped';
    const config = runs ? activeConfig(document) : startConfig(document);
    const context = quietContext(AbortSignal.timeout(20_000));
    const attachments = new Map<string, Attachment>();
    const model = readVmConfig({ vmid, config });
    for (const { key, volume } of [...model.drives, ...stateDisksOf(model)]) {
      if (volume === undefined) continue;
      if (runs) attachments.set(key, await attachVolume(parts.storages, context, volume));
      else {
        const { format } = await volumeInfo(parts.storages, context, volume);
        attachments.set(key, { kind: 'file', path: `/${volume}`, format });
      }
    }
    return parts.driver.commandLine(parts.renderStart(vmid, config, attachments).xml);
  }

  return { ask, commandLine };
}
