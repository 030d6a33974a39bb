// The mock's state: resources, configurations, tasks that take a while, and the events that all of it makes.
import type { CroftEvent, CroftEventBody } from '../../server/contract/events.ts';
import type { ResourceItem } from '../../server/contract/resources.ts';
import type { TaskItem } from '../../server/contract/tasks.ts';
import {
  containerConfig,
  containerFixtures,
  type MockSnapshot,
  machineSnapshots,
  snapshotFixtures,
} from './container-fixtures.ts';
import {
  configFixture,
  guestFixtures,
  type MockConfig,
  type MockVolume,
  nodeFixtures,
  storageFixtures,
  volumeFixtures,
} from './fixtures.ts';
import { Refusal } from './reply.ts';

const now = () => Math.floor(Date.now() / 1000);
const keptEvents = 1000;

export class World {
  readonly resources = new Map<string, ResourceItem>();
  readonly configs = new Map<number, MockConfig>();
  /** Changes that wait for a restart; null removes. */
  readonly pending = new Map<number, Record<string, string | number | null>>();
  readonly tasks = new Map<string, TaskItem>();
  readonly logs = new Map<string, string[]>();
  volumes: MockVolume[] = volumeFixtures(now());
  /** What the cluster has now: a live system is alone. */
  shown: (resource: ResourceItem) => boolean = () => true;
  readonly #events: CroftEvent[] = [];
  readonly #listeners = new Set<(event: CroftEvent) => void>();
  readonly #cancelled = new Set<string>();
  #seq = Date.now();
  #serial = 0;

  /** What goes wrong: calls about it fail, or are never answered. */
  trouble: { readonly about: string; readonly kind: 'fails' | 'hangs' } | undefined;
  readonly snapshots = new Map<number, MockSnapshot[]>();

  /** Called by handlers before they answer about something that can be in trouble. */
  async before(about: string): Promise<void> {
    if (this.trouble?.about !== about) return;
    if (this.trouble.kind === 'fails') throw new Refusal(500, 'the configuration store does not answer');
    await new Promise(() => {});
  }

  constructor() {
    const guests = guestFixtures();
    for (const ct of containerFixtures()) {
      this.resources.set(ct.id, ct);
      this.configs.set(ct.vmid!, containerConfig(ct));
    }
    this.snapshots.set(200, snapshotFixtures(now()));
    this.snapshots.set(100, machineSnapshots(now()));
    this.pending.set(200, {
      net1: 'name=lan0,bridge=vmbr1,hwaddr=BC:24:11:00:02:01,ip=10.20.0.9/24,tag=7,type=veth',
      mp2: null,
      features: 'nesting=1,keyctl=1',
    });
    for (const item of [...nodeFixtures(), ...storageFixtures(), ...guests])
      this.resources.set(item.id, item);
    for (const guest of guests) this.configs.set(guest.vmid!, configFixture(guest));
    this.pending.set(100, { memory: 8192, net1: 'virtio=BC:24:11:00:01:00,bridge=vmbr1' });
    this.#pastTask('croft1', 'qmstart', '100', 'VM 100 - Start', 'ok', 'OK', 7200, 3);
    this.#pastTask(
      'croft1',
      'qmshutdown',
      '104',
      'VM 104 - Shut down',
      'failed',
      'the guest did not react within 60 s',
      5400,
      61,
    );
    this.#pastTask(
      'croft2',
      'imgcopy',
      'local',
      'Storage local - Upload debian-13.1.0-amd64-netinst.iso',
      'ok',
      'OK',
      4000,
      44,
    );
    this.#pastTask('croft1', 'vzdump', '119', 'VM 119 - Back up', 'warnings', 'WARNINGS: 1', 3000, 300);
    this.#pastTask('croft1', 'qmconfig', '100', 'VM 100 - Change configuration', 'ok', 'OK', 1500, 1);
    this.#pastTask(
      'croft2',
      'qmcreate',
      '139',
      'VM 139 - Create',
      'cancelled',
      'cancelled by root@pam',
      900,
      8,
    );
  }

  emit(body: CroftEventBody): void {
    if (body.type === 'resource' && !this.shown(body.resource)) return;
    this.#seq += 1;
    const event = { ...body, seq: this.#seq } as CroftEvent;
    this.#events.push(event);
    if (this.#events.length > keptEvents) this.#events.shift();
    for (const listener of this.#listeners) listener(event);
  }

  /** Events behind `since`, or one reset when they are no longer kept; then all that come. */
  subscribe(since: number | undefined, listener: (event: CroftEvent) => void): () => void {
    if (since !== undefined) {
      const first = this.#events[0]?.seq ?? this.#seq + 1;
      if (since < first - 1 || since > this.#seq) listener({ seq: this.#seq, type: 'reset' });
      else for (const event of this.#events) if (event.seq > since) listener(event);
    }
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  change(id: string, part: Partial<ResourceItem>): void {
    const item = this.resources.get(id);
    if (!item) return;
    const resource = { ...item, ...part };
    this.resources.set(id, resource);
    this.emit({ type: 'resource', resource });
  }

  guest(vmid: number): ResourceItem | undefined {
    return this.resources.get(`qemu/${vmid}`) ?? this.resources.get(`lxc/${vmid}`);
  }

  /** Runs steps one after another as a task; a step that throws fails it. */
  task(
    node: string,
    type: string,
    id: string,
    description: string,
    steps: readonly { text: string; ms: number; run?: () => void; bytes?: TaskItem['bytes'] }[],
  ): string {
    const upid = this.#upid(node, type, id);
    let task = this.#newTask(upid, node, type, id, description);
    const update = (part: Partial<TaskItem>) => {
      task = { ...task, ...part };
      this.tasks.set(upid, task);
      this.emit({ type: 'task', task });
    };
    const log = (line: string) => {
      const lines = this.logs.get(upid)!;
      lines.push(line);
      this.emit({ type: 'task-log', upid, from: lines.length - 1, lines: [line] });
    };
    update({});
    const step = (i: number) => {
      if (this.#cancelled.has(upid)) {
        log('TASK ERROR: cancelled');
        update({ state: 'cancelled', status: 'cancelled', endtime: now(), cancellable: false });
        return;
      }
      const current = steps[i];
      if (!current) {
        log('TASK OK');
        update({ state: 'ok', status: 'OK', endtime: now(), progress: 1, cancellable: false });
        return;
      }
      log(current.text);
      update({ progress: i / steps.length, ...(current.bytes && { bytes: current.bytes }) });
      setTimeout(() => {
        try {
          current.run?.();
          step(i + 1);
        } catch (error) {
          const status = error instanceof Error ? error.message : String(error);
          log(`TASK ERROR: ${status}`);
          update({ state: 'failed', status, endtime: now(), cancellable: false });
        }
      }, current.ms);
    };
    step(0);
    return upid;
  }

  cancel(upid: string): void {
    const task = this.tasks.get(upid);
    if (!task || task.endtime !== undefined) return;
    this.#cancelled.add(upid);
    const next = { ...task, state: 'cancelling' };
    this.tasks.set(upid, next);
    this.emit({ type: 'task', task: next });
  }

  #pastTask(
    node: string,
    type: string,
    id: string,
    description: string,
    state: string,
    status: string,
    ago: number,
    took: number,
  ): void {
    const upid = this.#upid(node, type, id);
    const task = this.#newTask(upid, node, type, id, description);
    const starttime = now() - ago;
    this.tasks.set(upid, {
      ...task,
      starttime,
      endtime: starttime + took,
      state,
      status,
      cancellable: false,
    });
    this.logs.set(upid, [
      `${description} begins`,
      ...(state === 'ok' ? ['TASK OK'] : [`TASK ERROR: ${status}`]),
    ]);
  }

  #upid(node: string, type: string, id: string): string {
    this.#serial += 1;
    const hex = (value: number) => value.toString(16).toUpperCase().padStart(8, '0');
    return `UPID:${node}:${hex(4000 + this.#serial)}:${hex(this.#serial)}:${hex(now())}:${type}:${id}:root@pam:`;
  }

  #newTask(upid: string, node: string, type: string, id: string, description: string): TaskItem {
    this.logs.set(upid, []);
    return {
      upid,
      node,
      pid: 4000 + this.#serial,
      pstart: this.#serial,
      starttime: now(),
      type,
      id,
      user: 'root@pam',
      state: 'running',
      progress: 0,
      description,
      cancellable: true,
    };
  }
}
