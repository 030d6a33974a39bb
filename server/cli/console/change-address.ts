// Changes the machine's own address on trial: without a "keep" in time, the old files are put back, whatever happens.
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import type { NetworkInterfaceInfo } from 'node:os';
import { dirname, join } from 'node:path';
import type { Clock } from '../../core/clock.ts';
import { AppError } from '../../core/errors.ts';
import type { Exec } from '../../core/exec.ts';
import { type HostFile, type HostNetworkSettings, hostBridge } from '../../core/host-network.ts';
import { writePrivateFile } from '../../core/private-file.ts';
import { reachableAddresses } from '../../core/reachable-addresses.ts';

/** What `network/host-config` does; handed in, because the command line may not import it. */
export interface HostNetworkTexts {
  /** The settings in `/etc/network/interfaces`; undefined when it is not one of ours. */
  read(interfaces: string): HostNetworkSettings | undefined;
  /** Files of an installed system. Throws `invalid-input` with fields named as in the settings. */
  render(settings: HostNetworkSettings): readonly HostFile[];
  /** The same for a live system. */
  renderLive(settings: HostNetworkSettings): readonly HostFile[];
}

export interface AddressParts {
  readonly exec: Exec;
  readonly clock: Clock;
  readonly texts: HostNetworkTexts;
  readonly interfaces: () => NodeJS.Dict<NetworkInterfaceInfo[]>;
  /** Put before every path; empty but in tests. */
  readonly root: string;
}

type OldFiles = Record<string, string | null>;

const backupPath = '/run/croft/address-before.json';
const interfacesPath = '/etc/network/interfaces';
const timer = 'croft-address-back';
/** Longer than the longest wait for an address and the time to answer together. */
const backAfterSeconds = 120;
const waitMs = 30_000;
export const answerMs = 60_000;

export class AddressChange {
  readonly #parts: AddressParts;

  constructor(parts: AddressParts) {
    this.#parts = parts;
  }

  /** The settings that hold now; undefined in a live system, and when somebody wrote the file by hand. */
  present(): HostNetworkSettings | undefined {
    const text = this.#read(interfacesPath);
    return text === undefined ? undefined : this.#parts.texts.read(text);
  }

  live(): boolean {
    return this.#read('/run/croft-boot/mode')?.trim() === 'live';
  }

  /** What would be written. Throws `invalid-input`. */
  render(settings: HostNetworkSettings): readonly HostFile[] {
    const { texts } = this.#parts;
    return this.live() ? texts.renderLive(settings) : texts.render(settings);
  }

  /**
   * Writes and applies. From now on the old files come back by themselves: a timer of systemd's does it when this program
   * ends, hangs or is cut off. Rejects with `busy` while another change is on trial; then nothing was changed.
   */
  async begin(settings: HostNetworkSettings): Promise<void> {
    const files = this.render(settings);
    const backup = this.#path(backupPath);
    if (existsSync(backup)) {
      const age = this.#parts.clock.now() - statSync(backup).mtimeMs;
      if (age < (backAfterSeconds + 30) * 1000)
        throw new AppError('busy', 'another change of the address is on trial; it ends within two minutes');
      await this.#stopTimer();
    }
    const before = this.present();
    const old: OldFiles = Object.fromEntries(files.map(({ path }) => [path, this.#read(path) ?? null]));
    writePrivateFile(backup, JSON.stringify(old));
    try {
      await this.#parts.exec(
        'systemd-run',
        [
          ...['--collect', '--quiet', `--unit=${timer}`, `--on-active=${backAfterSeconds}`],
          ...['--timer-property=AccuracySec=1s', '/usr/bin/croft', 'console', 'address-back'],
        ],
        { intention: 'prepare the way back' },
      );
    } catch (error) {
      rmSync(backup, { force: true });
      throw error;
    }
    try {
      for (const { path, text } of files) this.#write(path, text);
      await this.#apply(before?.nicName, settings);
    } catch (error) {
      await this.goBack();
      throw error;
    }
  }

  /** The addresses that the machine got by the change; empty when none came in time. */
  async wait(settings: HostNetworkSettings, signal?: AbortSignal): Promise<readonly string[]> {
    const { clock } = this.#parts;
    const until = clock.now() + waitMs;
    const wanted = settings.address?.split('/')[0];
    // What was there before may take a moment to go.
    await clock.sleep(2_000, signal);
    for (;;) {
      const all = this.addresses(settings.nicName);
      const found = wanted === undefined ? all : all.filter((address) => address === wanted);
      if (found.length > 0 || clock.now() >= until) return found;
      await clock.sleep(1_000, signal);
    }
  }

  /** Addresses of the bridge, or in a live system of the card; without link-local ones. */
  addresses(nicName: string | undefined): string[] {
    const all = this.#parts.interfaces();
    const holder = this.live() ? nicName : hostBridge;
    return reachableAddresses([], holder === undefined ? all : { [holder]: all[holder] });
  }

  /** The new settings stay. */
  async keep(): Promise<void> {
    rmSync(this.#path(backupPath), { force: true });
    await this.#stopTimer();
  }

  /** Puts the old files back and applies them. Repeatable; without a change on trial it does nothing. */
  async goBack(): Promise<boolean> {
    const backup = this.#path(backupPath);
    if (!existsSync(backup)) return false;
    const tried = this.present();
    const old = JSON.parse(readFileSync(backup, 'utf8')) as OldFiles;
    for (const [path, text] of Object.entries(old)) {
      if (text === null) rmSync(this.#path(path), { force: true });
      else this.#write(path, text);
    }
    const now = this.present();
    await this.#apply(tried?.nicName, now);
    rmSync(backup, { force: true });
    await this.#stopTimer();
    return true;
  }

  /** networkd sets up what changed, but leaves a port of a bridge, and the address of a bridge that is there, as they are. */
  async #apply(formerNic: string | undefined, settings: HostNetworkSettings | undefined): Promise<void> {
    const { exec } = this.#parts;
    await exec('networkctl', ['reload'], { intention: 'apply the network settings' });
    if (settings === undefined || formerNic === undefined || formerNic === settings.nicName || this.live())
      return;
    // A card that is gone needs no taking out; the bridge may be new.
    const quiet = { okExitCodes: [0, 1, 2], intention: 'move the bridge to the other card' };
    await exec('ip', ['link', 'set', 'dev', formerNic, 'nomaster'], quiet);
    await exec('ip', ['link', 'set', 'dev', hostBridge, 'address', settings.mac], quiet);
    await exec('networkctl', ['reconfigure', hostBridge], quiet);
  }

  async #stopTimer(): Promise<void> {
    // 5: there is no such unit any more.
    await this.#parts.exec('systemctl', ['stop', `${timer}.timer`], { okExitCodes: [0, 5] });
  }

  #path(path: string): string {
    return join(this.#parts.root, path);
  }

  #read(path: string): string | undefined {
    const file = this.#path(path);
    return existsSync(file) ? readFileSync(file, 'utf8') : undefined;
  }

  /** In one step: a power cut leaves the old file or the new one. networkd reads them as its own user, hence the mode. */
  #write(path: string, text: string): void {
    const file = this.#path(path);
    mkdirSync(dirname(file), { recursive: true });
    const fresh = `${file}.croft-new`;
    writeFileSync(fresh, text, { mode: 0o644 });
    renameSync(fresh, file);
  }
}

/** Cards of this machine with their permanent addresses, those with a link first. */
export async function listCards(exec: Exec): Promise<{ name: string; mac: string; link: boolean }[]> {
  const { stdout } = await exec('ip', ['-details', '-json', 'link', 'show'], {
    intention: 'list network cards',
  });
  const links = JSON.parse(stdout) as {
    readonly ifname: string;
    readonly link_type?: string;
    readonly address?: string;
    readonly permaddr?: string;
    readonly flags?: readonly string[];
    readonly linkinfo?: { readonly info_kind?: string };
  }[];
  return links
    .filter(({ link_type, linkinfo }) => link_type === 'ether' && linkinfo?.info_kind === undefined)
    .map(({ ifname, address = '', permaddr = address, flags = [] }) => ({
      name: ifname,
      mac: permaddr.toLowerCase(),
      link: flags.includes('LOWER_UP'),
    }))
    .toSorted((one, other) => Number(other.link) - Number(one.link));
}
