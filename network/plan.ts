// What must be done so that a private network is as it should be: desired minus observed, in order. Pure.

/** The private network as it should be, reduced to what can be compared. */
export interface DesiredNet {
  readonly bridge: string;
  readonly mac: string;
  /** The host's address on the bridge, `10.86.1.1/24`. */
  readonly cidr: string;
  /** Fingerprint of dnsmasq's configuration. */
  readonly dnsmasqConf: string;
  /** Fingerprint of the reservations and names that dnsmasq reads again on SIGHUP. */
  readonly hosts: string;
  readonly natComments: readonly string[];
}

/** What is there. */
export interface ObservedNet {
  /** `foreign`: a link of that name exists and Croft did not make it. */
  readonly link: 'absent' | 'foreign' | 'ours';
  readonly up: boolean;
  readonly mac: string;
  /** The address that our mark on the bridge says we gave it. */
  readonly markedCidr: string | undefined;
  /** IPv4 addresses of the bridge, in CIDR notation. */
  readonly cidrs: readonly string[];
  /** Interfaces attached to the bridge. */
  readonly ports: readonly string[];
  readonly forwarding: boolean;
  /** Undefined: our table does not exist. */
  readonly natComments: readonly string[] | undefined;
  /** The configuration that our dnsmasq runs with; undefined: it does not run. */
  readonly dnsmasqConf: string | undefined;
  /** Fingerprint of the reservations that the running dnsmasq was told last. */
  readonly hosts: string | undefined;
}

/** One change. `why` is a sentence for the log. */
export interface Change {
  readonly do:
    | 'create-bridge'
    | 'set-mac'
    | 'set-address'
    | 'set-up'
    | 'enable-forwarding'
    | 'load-nat'
    | 'start-dnsmasq'
    | 'restart-dnsmasq'
    | 'reload-hosts'
    | 'stop-dnsmasq'
    | 'delete-nat'
    | 'delete-bridge';
  readonly why: string;
}

/** The changes that make the observed the desired; none when all is well. A foreign bridge is left alone. */
export function planPrivateNet(desired: DesiredNet, observed: ObservedNet): Change[] {
  if (observed.link === 'foreign') return planServicesAway(desired.bridge, observed);
  const { bridge, cidr } = desired;
  const changes: Change[] = [];
  const add = (action: Change['do'], why: string): void => {
    changes.push({ do: action, why });
  };
  let readdressed = false;
  if (observed.link === 'absent') {
    add('create-bridge', `create the bridge ${bridge} with the address ${cidr}`);
    readdressed = true;
  } else {
    if (observed.mac.toLowerCase() !== desired.mac.toLowerCase())
      add('set-mac', `set the MAC address of ${bridge} to ${desired.mac}`);
    if (observed.markedCidr !== cidr || !observed.cidrs.includes(cidr)) {
      add('set-address', `set the address of ${bridge} to ${cidr}`);
      readdressed = true;
    }
    if (!observed.up) add('set-up', `switch ${bridge} on`);
  }
  // The rules are loaded before packets are forwarded, so that there is no moment in which they pass unfiltered.
  if (!sameList(observed.natComments, desired.natComments))
    add('load-nat', `load the packet filter rules that let the guests of ${bridge} out`);
  if (!observed.forwarding) add('enable-forwarding', 'switch IPv4 forwarding on: it was off');
  if (observed.dnsmasqConf === undefined) add('start-dnsmasq', `start DHCP and DNS on ${bridge}`);
  else if (observed.dnsmasqConf !== desired.dnsmasqConf)
    add('restart-dnsmasq', `restart DHCP and DNS on ${bridge}: their configuration changed`);
  else if (readdressed)
    // Its sockets are bound to an address or an interface that is no more.
    add('restart-dnsmasq', `restart DHCP and DNS on ${bridge}: its address is new`);
  else if (observed.hosts !== desired.hosts)
    add('reload-hosts', `give DHCP and DNS on ${bridge} the changed reservations`);
  return changes;
}

/** The changes that take away all that we made; of a foreign bridge only what we put around it. */
export function planRemoval(bridge: string, observed: ObservedNet): Change[] {
  const changes = planServicesAway(bridge, observed);
  if (observed.link === 'ours') changes.push({ do: 'delete-bridge', why: `delete the bridge ${bridge}` });
  return changes;
}

function planServicesAway(bridge: string, observed: ObservedNet): Change[] {
  const changes: Change[] = [];
  if (observed.dnsmasqConf !== undefined)
    changes.push({ do: 'stop-dnsmasq', why: `stop our DHCP and DNS on ${bridge}` });
  if (observed.natComments !== undefined)
    changes.push({ do: 'delete-nat', why: `delete our packet filter rules of ${bridge}` });
  return changes;
}

function sameList(a: readonly string[] | undefined, b: readonly string[]): boolean {
  return a !== undefined && a.length === b.length && a.every((item, index) => item === b[index]);
}
