// The files that make the network of an installed machine, or of a live one whose address was set by hand. Pure.
import { interfacesPath, renderInterfacesFile } from './interfaces-file.ts';
import { type NetworkFile, renderBridgeUnits, renderLiveAddressUnits } from './networkd-units.ts';
import { checkHostNetwork, type HostNetworkSettings } from './settings.ts';

/** All files, to be written whole and followed by `networkctl reload`. Throws `invalid-input` naming the field. */
export function renderHostNetwork(given: HostNetworkSettings): NetworkFile[] {
  const settings = checkHostNetwork(given);
  return [{ path: interfacesPath, text: renderInterfacesFile(settings) }, ...renderBridgeUnits(settings)];
}

/** As `renderHostNetwork`, for a live system: the address goes to the card. */
export function renderLiveAddress(given: HostNetworkSettings): NetworkFile[] {
  return renderLiveAddressUnits(checkHostNetwork(given));
}
