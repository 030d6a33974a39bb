// A VM of a lab node that counts: on its serial line, where it is heard, and on its disk.

import { ConsoleClient, type ConsoleGrant } from '../host/console-client.ts';
import { countsIn } from '../host/counting-guest.ts';
import { eventually } from '../host/wait.ts';
import type { Verb } from './api.ts';
import type { LabNode } from './node.ts';
import { countingVolume } from './send-files.ts';

const minute = 60_000;

interface Current {
  readonly status: string;
  readonly qmpstatus?: string;
}

export class CountingVm {
  readonly vmid: number;
  readonly #node: LabNode;
  #client: ConsoleClient | undefined;

  constructor(node: LabNode, vmid: number) {
    this.#node = node;
    this.vmid = vmid;
  }

  /**
   * Made with its disk on this storage, and not started. The disk is grown so that it counts for long. It is emulated, though the node
   * has KVM: that is emulated itself, and makes the node panic at times.
   */
  static async create(
    node: LabNode,
    vmid: number,
    storage: string,
    format?: string,
    mebibytes = 64,
  ): Promise<CountingVm> {
    const vm = new CountingVm(node, vmid);
    const asked = format === undefined ? '' : `,format=${format}`;
    await vm.#task('POST', `/nodes/${node.name}/qemu`, {
      ...{ vmid, memory: 32, kvm: 0, serial0: 'socket', boot: 'order=virtio0', name: `counting-${vmid}` },
      virtio0: `${storage}:0,import-from=${countingVolume}${asked}`,
    });
    await vm.task('PUT', '/resize', { disk: 'virtio0', size: `${mebibytes}M` });
    return vm;
  }

  /** Calls a method of the VM that answers a task, and waits for its end; `OK` or `WARNINGS: ...`. */
  async task(verb: Verb, path: string, params: Record<string, unknown> = {}): Promise<string> {
    return this.#task(verb, `/nodes/${this.#node.name}/qemu/${this.vmid}${path}`, params);
  }

  async start(): Promise<this> {
    await this.task('POST', '/status/start');
    await this.listen();
    await this.counts(5);
    return this;
  }

  /** Opens its serial line anew: after a start, a rollback, a migration. */
  async listen(): Promise<void> {
    this.#client?.close();
    const { api, name } = this.#node;
    const grant = await api.call<ConsoleGrant>('POST', `/nodes/${name}/qemu/${this.vmid}/termproxy`);
    const headers = await api.login();
    this.#client = await ConsoleClient.connect({ port: api.port, node: name }, this.vmid, grant, headers);
    this.#client.send(`${grant.user}:${grant.ticket}\n`);
    await this.#client.expect('OK');
  }

  /** The number that was heard last; 0 when none was. */
  get last(): number {
    return countsIn(this.#client?.received ?? '').at(-1) ?? 0;
  }

  /** Waits until it has counted that much further than now. */
  async counts(further: number, withinMs = minute): Promise<void> {
    const from = this.last;
    await eventually(`VM ${this.vmid} counts ${further} further than ${from}`, withinMs, () => {
      const now = this.last;
      // Four hexadecimal digits: then it begins anew.
      return now >= from + further || now < from;
    });
  }

  async current(): Promise<Current> {
    return this.#node.api.call<Current>('GET', `/nodes/${this.#node.name}/qemu/${this.vmid}/status/current`);
  }

  /** Waits until it counts again. One that QEMU has stopped for an error of its disk is resumed, as its user does. */
  async goesOn(withinMs: number): Promise<'by itself' | 'resumed'> {
    const until = Date.now() + withinMs;
    let how: 'by itself' | 'resumed' = 'by itself';
    for (;;) {
      const went = await this.counts(10, 15_000).then(
        () => true,
        () => false,
      );
      if (went) return how;
      const current = await this.current();
      if (Date.now() > until) throw new Error(`VM ${this.vmid} does not go on: ${JSON.stringify(current)}`);
      if (/paused|io-error/.test(current.qmpstatus ?? '')) {
        how = 'resumed';
        await this.task('POST', '/status/resume');
      }
    }
  }

  config(): Promise<Record<string, string>> {
    return this.#node.api.call('GET', `/nodes/${this.#node.name}/qemu/${this.vmid}/config`);
  }

  async stop(): Promise<void> {
    this.close();
    await this.task('POST', '/status/stop');
  }

  async remove(): Promise<void> {
    this.close();
    if ((await this.current()).status !== 'stopped') await this.task('POST', '/status/stop');
    await this.task('DELETE', '');
  }

  close(): void {
    this.#client?.close();
    this.#client = undefined;
  }

  async #task(verb: Verb, path: string, params: Record<string, unknown>): Promise<string> {
    const { api } = this.#node;
    return (await api.waitTask(await api.call<string>(verb, path, params), 6 * minute)).exitstatus;
  }
}
