// How the machine itself is reached, as the installer, the network's files and the text console hand it to each other.

/** One card, DHCP or one fixed address. */
export interface HostNetworkSettings {
  readonly mode: 'dhcp' | 'static';
  /** Permanent address of the card, `52:54:00:12:34:56`. The card is found by it, whatever its name becomes. */
  readonly mac: string;
  /** Name of the card when this was set, `enp3s0`; only for the file that people read. */
  readonly nicName: string;
  /** `192.0.2.10/24` or `2001:db8::10/64`; with `static`, and only then. */
  readonly address?: string | undefined;
  /** Of the same family as the address; none on a network without a way out. */
  readonly gateway?: string | undefined;
  /** At most three, as resolv.conf(5) has it. With `dhcp` they replace those of the DHCP server. */
  readonly dns: readonly string[];
}

/** A file of a system, whole, by its absolute path there. */
export interface HostFile {
  readonly path: string;
  readonly text: string;
}

/** The bridge of an installed machine: guests are plugged into it, and it has the machine's own address. */
export const hostBridge = 'vmbr0';
