// A VM's libvirt domain: the whole document, from the typed model and what the host gives. Pure.
import type { VmModel } from '../config/vm-model.ts';
import { acceleratorOf, type DomainHost, domainUuid } from './domain-host.ts';
import { commandLineElement } from './domain-xml-args.ts';
import {
  controllerElements,
  ioThreadCount,
  screenElements,
  serialElements,
  smallDeviceElements,
} from './domain-xml-devices.ts';
import { diskElement } from './domain-xml-disks.ts';
import { interfaceElement } from './domain-xml-nics.ts';
import { memoryBackingElement, numaTuneElement } from './domain-xml-placement.ts';
import {
  clockElement,
  cpuElement,
  cpuTuneElement,
  featuresElement,
  memoryElements,
  osElement,
  powerElement,
  sysinfoElement,
  vcpuElement,
  vcpusElement,
} from './domain-xml-system.ts';
import { element, renderXml } from './xml.ts';

/** The namespace of our element in a domain's metadata: how a domain is known as ours. Never changes. */
export const metadataNamespace = 'urn:croft:guest:1';

/**
 * The domain XML. Throws `unsupported` or `unavailable` for what this host cannot give, `internal` when the caller
 * left out an attachment.
 */
export function renderDomainXml(model: VmModel, host: DomainHost): string {
  const type = acceleratorOf(model, host) === 'kvm' ? 'kvm' : 'qemu';
  const threads = ioThreadCount(model);
  return renderXml(
    element('domain', { type }, [
      element('name', {}, host.domainName),
      element('uuid', {}, domainUuid(model, host)),
      model.generationId !== undefined && element('genid', {}, model.generationId.toLowerCase()),
      element('metadata', {}, [
        element('croft:guest', { 'xmlns:croft': metadataNamespace, vmid: model.vmid }),
      ]),
      ...memoryElements(model),
      memoryBackingElement(model),
      numaTuneElement(model),
      vcpuElement(model),
      vcpusElement(model),
      threads > 0 && element('iothreads', {}, threads),
      cpuTuneElement(model, host),
      sysinfoElement(model, host),
      osElement(model, host),
      featuresElement(model, host),
      cpuElement(model, host),
      clockElement(model, host),
      element('on_poweroff', {}, 'destroy'),
      element('on_reboot', {}, model.reboots ? 'restart' : 'destroy'),
      element('on_crash', {}, 'destroy'),
      powerElement(model),
      element('devices', {}, [
        ...model.drives.map((drive) => diskElement(model, drive.key, host)),
        ...controllerElements(model),
        ...model.nics.map((nic) => interfaceElement(model, nic.key, host)),
        ...serialElements(model, host),
        ...screenElements(model, host),
        ...smallDeviceElements(model, host),
      ]),
      commandLineElement(model),
    ]),
  );
}
