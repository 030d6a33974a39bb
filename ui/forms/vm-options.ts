// A VM's options that are property strings or lists: between the forms and their texts. Pure.
import { isOn, parseProperties, renderProperties, withOptions } from './property-string.ts';

/** What can be changed while the VM runs; the last three have to be asked for. */
export const hotPlugKinds = ['network', 'disk', 'usb', 'cpu', 'memory', 'cloudinit'] as const;
export type HotPlugKind = (typeof hotPlugKinds)[number];
const usualKinds: readonly HotPlugKind[] = ['network', 'disk', 'usb'];

export function readHotPlug(text: string): HotPlugKind[] {
  if (text === '' || text === '1') return [...usualKinds];
  const named = text.split(/[,; ]+/);
  return hotPlugKinds.filter((kind) => named.includes(kind));
}

/** Undefined: as usual. */
export function hotPlugText(kinds: readonly HotPlugKind[]): string | undefined {
  const ordered = hotPlugKinds.filter((kind) => kinds.includes(kind));
  if (ordered.join() === usualKinds.join()) return undefined;
  return ordered.join(',') || '0';
}

export interface AgentForm {
  readonly enabled: boolean;
  /** Is the guest asked to write down all it has before a backup or a snapshot? */
  readonly freeze: boolean;
  /** Does it free what is free after its disks were copied? */
  readonly trim: boolean;
}

export function readAgent(text: string): AgentForm {
  const { lead, options } = parseProperties(text);
  const freeze =
    options.get('freeze-fs') ?? options.get('freeze-fs-on-backup') ?? options.get('guest-fsfreeze');
  return {
    enabled: isOn(options.get('enabled') ?? lead),
    freeze: freeze === undefined || isOn(freeze),
    trim: isOn(options.get('fstrim_cloned_disks')),
  };
}

/** Undefined when there is nothing to say. */
export function agentString(form: AgentForm, before: string): string | undefined {
  const { options } = withOptions(parseProperties(before), {
    enabled: form.enabled ? '1' : '0',
    'freeze-fs': form.freeze ? undefined : '0',
    'freeze-fs-on-backup': undefined,
    'guest-fsfreeze': undefined,
    fstrim_cloned_disks: form.trim ? '1' : undefined,
  });
  const text = renderProperties({ lead: '', options });
  return text === 'enabled=0' ? undefined : text;
}

export const smbiosTexts = ['manufacturer', 'product', 'version', 'serial', 'sku', 'family'] as const;
export type SmbiosForm = Readonly<Record<'uuid' | (typeof smbiosTexts)[number], string>>;

const decoder = new TextDecoder();
const encoder = new TextEncoder();

/** Empty for what is no base64. */
function decoded(text: string): string {
  try {
    return decoder.decode(Uint8Array.from(atob(text), (sign) => sign.charCodeAt(0)));
  } catch {
    return '';
  }
}

export function readSmbios(text: string): SmbiosForm {
  const { options } = parseProperties(text);
  const encoded = isOn(options.get('base64'));
  const value = (name: string) => {
    const raw = options.get(name) ?? '';
    return encoded && raw !== '' ? decoded(raw) : raw;
  };
  const texts = Object.fromEntries(smbiosTexts.map((name) => [name, value(name)]));
  return { uuid: options.get('uuid') ?? '', ...(texts as Record<(typeof smbiosTexts)[number], string>) };
}

/** Texts are written as base64, which holds commas and all scripts. Undefined when all is empty. */
export function smbiosString(form: SmbiosForm): string | undefined {
  const parts = smbiosTexts
    .filter((name) => form[name].trim() !== '')
    .map((name) => `${name}=${btoa(String.fromCharCode(...encoder.encode(form[name].trim())))}`);
  const all = [
    ...(parts.length > 0 ? ['base64=1', ...parts] : []),
    ...(form.uuid.trim() === '' ? [] : [`uuid=${form.uuid.trim()}`]),
  ];
  return all.length > 0 ? all.join(',') : undefined;
}

export type SmbiosProblem = 'uuid' | 'smbiosLength';

/** What would certainly be refused. The whole may have 512 signs. */
export function checkSmbios(form: SmbiosForm): Partial<Record<keyof SmbiosForm, SmbiosProblem>> {
  const uuid = /^(|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})$/i.test(form.uuid.trim());
  const tooLong = (smbiosString(form)?.length ?? 0) > 512;
  const longest = [...smbiosTexts].sort((a, b) => form[b].length - form[a].length)[0];
  return {
    ...(uuid ? {} : { uuid: 'uuid' as const }),
    ...(tooLong && longest ? { [longest]: 'smbiosLength' as const } : {}),
  };
}
