// The files that make the network of an installed machine, or of a live one whose address was set by hand. Pure.
import type { HostFile, HostNetworkSettings } from '../../server/core/host-network.ts';
import { interfacesPath, renderInterfacesFile } from './interfaces-file.ts';
import { renderBridgeUnits, renderLiveAddressUnits } from './networkd-units.ts';
import { checkHostNetwork } from './settings.ts';

/** All files, to be written whole and followed by `networkctl reload`. Throws `invalid-input` naming the field. */
export function renderHostNetwork(given: HostNetworkSettings): HostFile[] {
  const settings = checkHostNetwork(given);
  return [{ path: interfacesPath, text: renderInterfacesFile(settings) }, ...renderBridgeUnits(settings)];
}

/** As `renderHostNetwork`, for a live system: the address goes to the card. */
export function renderLiveAddress(given: HostNetworkSettings): HostFile[] {
  return renderLiveAddressUnits(checkHostNetwork(given));
}
