// What a container's cards are to be set to, before it is said in a system's own words. Pure.
import { isIPv4, isIPv6 } from 'node:net';
import { isRouted } from '../../config/read-ct-devices.ts';
import { routedGateways } from '../../ct-driver.ts';
import type { CtModel } from '../../ct-model.ts';

export interface AddressPlan {
  /** `none`: nothing is set up. `auto`: router advertisements (IPv6 alone). */
  readonly kind: 'none' | 'dhcp' | 'auto' | 'static';
  /** Of `static`, without prefix length. */
  readonly address: string;
  readonly prefix: number;
  readonly gateway: string | undefined;
  /** The gateway is not in the card's own network: it needs a route of its own. */
  readonly onLink: boolean;
}

export interface NicPlan {
  readonly name: string;
  readonly ip4: AddressPlan;
  readonly ip6: AddressPlan;
}

/** Cards that the host gives their addresses are left out. */
export function networkPlans(model: Pick<CtModel, 'nics'>): NicPlan[] {
  return model.nics
    .filter(({ hostManaged, name }) => !hostManaged && /^[\w.-]{1,15}$/.test(name))
    .map((nic) => ({
      name: nic.name,
      ip4: addressPlan(nic.ip, nic.gw ?? (isRouted(nic) ? routedGateways.ip : undefined), 4),
      ip6: addressPlan(nic.ip6, nic.gw6 ?? (isRouted(nic) ? routedGateways.ip6 : undefined), 6),
    }));
}

const nothing: AddressPlan = { kind: 'none', address: '', prefix: 0, gateway: undefined, onLink: false };

function addressPlan(value: string | undefined, gateway: string | undefined, version: 4 | 6): AddressPlan {
  if (value === 'dhcp' || (value === 'auto' && version === 6)) return { ...nothing, kind: value };
  const [address = '', length = ''] = (value ?? '').split('/');
  const prefix = Number(length);
  const isAddress = version === 4 ? isIPv4 : isIPv6;
  if (!isAddress(address) || !/^\d+$/.test(length) || prefix > (version === 4 ? 32 : 128)) return nothing;
  const via = gateway !== undefined && isAddress(gateway) ? gateway : undefined;
  const onLink = via !== undefined && !sameNetwork(address, via, prefix);
  return { kind: 'static', address, prefix, gateway: via, onLink };
}

function sameNetwork(a: string, b: string, prefix: number): boolean {
  const shift = BigInt((isIPv4(a) ? 32 : 128) - prefix);
  return addressNumber(a) >> shift === addressNumber(b) >> shift;
}

function addressNumber(address: string): bigint {
  if (isIPv4(address)) return address.split('.').reduce((total, byte) => total * 256n + BigInt(byte), 0n);
  // A dotted end (`::ffff:192.0.2.1`) as two groups.
  const plain = address.replace(/\d+\.\d+\.\d+\.\d+$/, (dotted) => {
    const number = addressNumber(dotted);
    return `${(number >> 16n).toString(16)}:${(number & 0xffffn).toString(16)}`;
  });
  const [head = '', tail] = plain.split('::');
  const groups = (text: string) => (text === '' ? [] : text.split(':'));
  const [left, right] = [groups(head), groups(tail ?? '')];
  const zeros = Array.from({ length: 8 - left.length - right.length }, () => '0');
  return [...left, ...zeros, ...right].reduce((total, group) => total * 65536n + BigInt(`0x${group}`), 0n);
}
