// The structures several calls share: a domain's reference, typed parameters.
import { LibvirtError } from './errors.ts';
import type { XdrDecoder } from './xdr-decoder.ts';
import { XdrEncoder } from './xdr-encoder.ts';

/** How calls name a domain. libvirt goes by `uuid`; `id` is -1 when it does not run. */
export interface DomainRef {
  readonly name: string;
  /** As text with hyphens. */
  readonly uuid: string;
  readonly id: number;
}

/** Values of libvirt's typed parameters. 64-bit numbers beyond 2^53 lose their lowest bits. */
export type ParameterValue = number | boolean | string;

/** A typed parameter to be sent; libvirt refuses the right number of the wrong type. */
export interface TypedParameter {
  readonly field: string;
  readonly type: 'u32' | 'i64' | 'u64';
  readonly value: number;
}

const typeNumbers = { u32: 2, i64: 3, u64: 4 } as const;

export function writeParameters(encoder: XdrEncoder, parameters: readonly TypedParameter[]): XdrEncoder {
  return encoder.array(parameters, (e, { field, type, value }) =>
    e.string(field).i32(typeNumbers[type])[type](value),
  );
}

function readUuid(decoder: XdrDecoder): string {
  const hex = decoder.fixedOpaque(16).toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

export function uuidBytes(uuid: string): Buffer {
  const hex = uuid.replaceAll('-', '');
  if (!/^[0-9a-f]{32}$/i.test(hex)) throw new LibvirtError('protocol', `'${uuid}' is no UUID`);
  return Buffer.from(hex, 'hex');
}

export function readDomain(decoder: XdrDecoder): DomainRef {
  return { name: decoder.string(), uuid: readUuid(decoder), id: decoder.i32() };
}

/** An encoder that starts with the domain, as the arguments of nearly every domain call do. */
export function domainArgs(domain: DomainRef): XdrEncoder {
  return writeDomain(new XdrEncoder(), domain);
}

export function writeDomain(encoder: XdrEncoder, domain: DomainRef): XdrEncoder {
  return encoder.string(domain.name).fixedOpaque(uuidBytes(domain.uuid)).i32(domain.id);
}

/** Reads a list of typed parameters into a map by field name. */
export function readParameters(decoder: XdrDecoder): Map<string, ParameterValue> {
  return new Map(decoder.array((d) => [d.string(), readValue(d)] as const));
}

function readValue(decoder: XdrDecoder): ParameterValue {
  const type = decoder.i32();
  switch (type) {
    case 1:
      return decoder.i32();
    case 2:
      return decoder.u32();
    case 3:
      return Number(decoder.i64());
    case 4:
      return Number(decoder.u64());
    case 5:
      return decoder.f64();
    case 6:
      return decoder.i32() !== 0;
    case 7:
      return decoder.string();
    default:
      throw new LibvirtError('protocol', `parameter type ${type} is not known`);
  }
}
