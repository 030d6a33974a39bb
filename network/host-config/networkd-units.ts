// The files of systemd-networkd that really set the network up: card, bridge, addresses. Pure.
import { type HostFile, type HostNetworkSettings, hostBridge } from '../../server/core/host-network.ts';
import { isV6 } from './settings.ts';

const folder = '/etc/systemd/network';
const uplinkPath = `${folder}/10-croft-uplink.network`;
const head = '# Written by Croft from the settings of this machine; changes made here are lost.';

/** Card, bridge over it, and the bridge's addresses. The settings must have been checked. */
export function renderBridgeUnits(settings: HostNetworkSettings): HostFile[] {
  const uplink = [
    ...matchCard(settings.mac),
    '[Network]',
    `Bridge=${hostBridge}`,
    // Addresses belong to the bridge; one of the card's own would answer beside it.
    'LinkLocalAddressing=no',
    '',
    '[Link]',
    'RequiredForOnline=no',
    '',
  ];
  const netdev = [
    '[NetDev]',
    `Name=${hostBridge}`,
    'Kind=bridge',
    // Else the bridge takes the lowest address of its ports, and changes it (and its lease) with the guests.
    `MACAddress=${settings.mac}`,
    '',
    '[Bridge]',
    'STP=no',
    'ForwardDelaySec=0',
    '',
  ];
  const bridge = ['[Match]', `Name=${hostBridge}`, '', ...addressSections(settings)];
  return [
    file(uplinkPath, uplink),
    file(`${folder}/20-croft-${hostBridge}.netdev`, netdev),
    file(`${folder}/20-croft-${hostBridge}.network`, bridge),
  ];
}

/**
 * An address set by hand in the live system: on the card itself. No bridge over it, because the live system's `vmbr0` is
 * the private network, whose DHCP server must never reach the office's.
 */
export function renderLiveAddressUnits(settings: HostNetworkSettings): HostFile[] {
  return [file(uplinkPath, [...matchCard(settings.mac), ...addressSections(settings)])];
}

/**
 * The live system: every wired card asks for an address, so that the machine is found whichever socket the cable is in.
 * Part of the image; an installed system has `croft.slot=` on its kernel command line and leaves its other cards alone.
 */
export function renderLiveNetwork(): HostFile[] {
  return [
    {
      path: '/usr/lib/systemd/network/90-croft-live.network',
      text: [
        '# Live system: every wired card asks for an address. Not on an installed one, which has croft.slot=.',
        '[Match]',
        'Type=ether',
        'Kind=!*',
        'KernelCommandLine=!croft.slot',
        '',
        '[Network]',
        ...dhcpLines,
        '',
        ...dhcpSections(false),
      ].join('\n'),
    },
  ];
}

/** `Kind=!*`: hardware only, none of the interfaces that programs make (systemd.network(5)). */
function matchCard(mac: string): string[] {
  return ['[Match]', `PermanentMACAddress=${mac}`, 'Type=ether', 'Kind=!*', ''];
}

const dhcpLines = [
  'DHCP=yes',
  'IPv6AcceptRA=yes',
  'LinkLocalAddressing=ipv6',
  // A restart of networkd, or a cable out for a moment, must not take the address away.
  'KeepConfiguration=dynamic-on-stop',
  'IgnoreCarrierLoss=10s',
];

function addressSections(settings: HostNetworkSettings): string[] {
  const { mode, address = '', gateway, dns } = settings;
  const servers = dns.map((server) => `DNS=${server}`);
  const ownServers = dns.length > 0;
  if (mode === 'dhcp') return ['[Network]', ...dhcpLines, ...servers, '', ...dhcpSections(ownServers)];
  const v6 = isV6(address);
  return [
    '[Network]',
    `Address=${address}`,
    ...(gateway === undefined ? [] : [`Gateway=${gateway}`]),
    ...servers,
    'LinkLocalAddressing=ipv6',
    // A machine with a fixed IPv6 address wants that one; with a fixed IPv4 one it may still be given IPv6.
    `IPv6AcceptRA=${v6 ? 'no' : 'yes'}`,
    // The address is there before the cable is, and services can be bound to it.
    'ConfigureWithoutCarrier=yes',
    'KeepConfiguration=static',
    '',
    ...(v6 || !ownServers ? [] : ['[IPv6AcceptRA]', 'UseDNS=no', '', '[DHCPv6]', 'UseDNS=no', '']),
  ];
}

/** `UseHostname=no`: the node's name is the administrator's to choose, not the router's. */
function dhcpSections(ownServers: boolean): string[] {
  const dns = ownServers ? ['UseDNS=no'] : [];
  return [
    '[DHCPv4]',
    // By MAC: reservations of the office's DHCP server hold for the live system and the installed one alike.
    'ClientIdentifier=mac',
    'UseHostname=no',
    ...dns,
    '',
    '[DHCPv6]',
    'UseHostname=no',
    ...dns,
    '',
    ...(ownServers ? ['[IPv6AcceptRA]', ...dns, ''] : []),
  ];
}

function file(path: string, lines: readonly string[]): HostFile {
  return { path, text: `${[head, ...lines].join('\n')}` };
}
