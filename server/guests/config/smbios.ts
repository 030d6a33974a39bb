// The machine identity that a guest reads from its firmware: key `smbios1`.
import { smbiosString } from '../../contract/qemu-strings.ts';
import { parseProperty } from './config-keys.ts';
import type { VmSmbios } from './vm-model.ts';

export const smbiosTexts = ['manufacturer', 'product', 'version', 'serial', 'sku', 'family'] as const;

export function readSmbios(text: string | undefined): VmSmbios {
  const values = text === undefined ? {} : parseProperty('smbios1', smbiosString, text);
  const decode = (value: string | undefined) =>
    value !== undefined && values.base64 ? Buffer.from(value, 'base64').toString('utf8') : value;
  return {
    uuid: values.uuid?.toLowerCase(),
    manufacturer: decode(values.manufacturer),
    product: decode(values.product),
    version: decode(values.version),
    serial: decode(values.serial),
    sku: decode(values.sku),
    family: decode(values.family),
  };
}

/** Texts are written as base64, which holds commas too; undefined when there is nothing to say. */
export function renderSmbios(smbios: VmSmbios): string | undefined {
  const texts = smbiosTexts.flatMap((name) => {
    const value = smbios[name];
    return value === undefined ? [] : [[name, Buffer.from(value, 'utf8').toString('base64')] as const];
  });
  const text = smbiosString.render({
    ...(texts.length > 0 ? { base64: true } : {}),
    ...Object.fromEntries(texts),
    uuid: smbios.uuid,
  });
  return text === '' ? undefined : text;
}
