// A desk before a daemon whose containers are real.
import { busyboxTemplate } from '../host/ct-templates.ts';
import { CtWorld } from '../host/ct-world.ts';
import { Desk } from './desk.ts';

/** A bridge's name is the whole machine's. */
export const deskBridge = `vmbr${1000 + (process.pid % 8000)}`;
/** Names on the host carry it: another number than those of the other tests. */
export const deskVmid = 20_000 + (process.pid % 1000) * 10;

export class CtDesk extends Desk {
  readonly world: CtWorld;

  /** `name`: of this test's account, in letters. */
  constructor(name: string, privateBridge?: string) {
    const world = new CtWorld(privateBridge);
    super(name, world.daemon);
    this.world = world;
  }

  /** The template of the tests, put where `local` has its own; answers its volume id. */
  addTemplate(): string {
    return this.world.addTemplate(busyboxTemplate(), 'tiny_1_amd64.tar.gz');
  }

  /** Tasks that ended badly, in words. */
  async failedTasks(): Promise<string[]> {
    const tasks = await this.world.daemon.ok<{ type: string; status?: string }[]>(
      'GET',
      '/nodes/testnode/tasks',
      { source: 'all' },
    );
    return tasks
      .filter(({ status = 'OK' }) => !/^(OK|WARNINGS: \d+)$/.test(status))
      .map(({ type, status }) => `${type}: ${status}`);
  }

  protected override async disposeDaemon(): Promise<void> {
    await this.world.dispose();
  }
}
