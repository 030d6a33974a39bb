// Network cards of a domain.
import { AppError } from '../../core/errors.ts';
import type { VmModel } from '../config/vm-model.ts';
import { type DomainHost, deviceAlias } from './domain-host.ts';
import { element, renderXml, type XmlElement } from './xml.ts';

/** The host's end of a network card: `tap100i0`. */
export function tapName(vmid: number, index: number): string {
  return `tap${vmid}i${index}`;
}

/**
 * The element of a network card. A card without a bridge has a host's end that is plugged into nothing. Packets go
 * through QEMU itself unless libvirt finds vhost.
 */
export function interfaceElement(model: VmModel, key: string, host: Pick<DomainHost, 'bridges'>): XmlElement {
  const nic = model.nics.find((candidate) => candidate.key === key);
  if (!nic) throw new AppError('internal', `${key}: there is no such network card`);
  if (nic.mac === undefined) throw new AppError('internal', `${key}: has no MAC address`);
  const bridge = nic.bridge === undefined ? undefined : host.bridges.get(key);
  if (nic.bridge !== undefined && bridge === undefined)
    throw new AppError('unavailable', `${key}: there is no bridge '${nic.bridge}'`);
  const order = model.bootOrder.indexOf(key) + 1;
  const isVirtio = nic.model === 'virtio';
  return element('interface', { type: bridge === undefined ? 'ethernet' : 'bridge' }, [
    element('mac', { address: nic.mac.toLowerCase() }),
    bridge !== undefined && element('source', { bridge }),
    element('target', { dev: tapName(model.vmid, nic.index) }),
    element('model', { type: nic.model }),
    isVirtio && nic.queues !== undefined && nic.queues > 1 && element('driver', { queues: nic.queues }),
    bandwidthElement(nic.rate),
    isVirtio && nic.mtu !== undefined && nic.mtu > 1 && element('mtu', { size: nic.mtu }),
    element('link', { state: nic.linkDown ? 'down' : 'up' }),
    order > 0 && element('boot', { order }),
    element('alias', { name: deviceAlias(key) }),
  ]);
}

/** `interfaceElement` as text, for plugging and for changing a running VM. */
export function renderInterfaceXml(model: VmModel, key: string, host: Pick<DomainHost, 'bridges'>): string {
  return renderXml(interfaceElement(model, key, host));
}

/** `rate` in mebibytes per second, libvirt's in kibibytes. */
function bandwidthElement(rate: number | undefined): XmlElement | undefined {
  if (rate === undefined || rate === 0) return undefined;
  const average = Math.max(1, Math.round(rate * 1024));
  return element('bandwidth', {}, [element('inbound', { average }), element('outbound', { average })]);
}
