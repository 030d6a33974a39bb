// A person with an account before a daemon whose containers are real, in a browser of their own.
import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { exec } from '../../server/core/exec.ts';
import { randomName } from '../../server/core/ids.ts';
import { busyboxTemplate } from '../host/ct-templates.ts';
import { CtWorld } from '../host/ct-world.ts';
import { keepScreenshot, launchChromium, openPage } from './chromium.ts';
import { Person } from './person.ts';

/** A bridge's name is the whole machine's. */
export const deskBridge = `vmbr${1000 + (process.pid % 8000)}`;
/** Names on the host carry it: another number than those of the other tests. */
export const deskVmid = 20_000 + (process.pid % 1000) * 10;

export class CtDesk {
  readonly world: CtWorld;
  readonly account: string;
  readonly password = randomName();
  /** What a person would find in the browser's console. */
  readonly errors: string[] = [];
  #browser: Browser | undefined;
  #person: Person | undefined;

  /** `name`: of this test's account, in letters. */
  constructor(name: string, privateBridge?: string) {
    this.world = new CtWorld(privateBridge);
    this.account = `croft${name}${process.pid}`;
  }

  get person(): Person {
    if (!this.#person) throw new Error('the browser is not open');
    return this.#person;
  }

  /** Starts the daemon with the web UI as it is built, and opens the log-in page. */
  async open(): Promise<void> {
    const { daemon } = this.world;
    await exec('useradd', ['--no-create-home', '--shell', '/usr/sbin/nologin', this.account]);
    await exec('chpasswd', [], { input: `${this.account}:${this.password}\n` });
    // A copy of its own: a build that goes on beside the test must not change what the browser sees.
    const uiDir = join(daemon.folder, 'ui');
    await cp(new URL('../../dist/ui', import.meta.url), uiDir, { recursive: true });
    daemon.setEnv({ CROFT_UI_DIR: uiDir });
    await daemon.start();
    await daemon.ok('POST', '/access/users', { userid: `${this.account}@pam` });
    await daemon.ok('PUT', '/access/acl', {
      path: '/',
      roles: 'Administrator',
      users: `${this.account}@pam`,
    });
    this.#browser = await launchChromium();
    this.#person = new Person(await openPage(this.#browser, daemon.url, this.errors));
  }

  logIn(): Promise<void> {
    return this.person.logIn(this.account, this.password);
  }

  keep(name: string): Promise<void> {
    return keepScreenshot(this.person.page, name);
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

  async close(): Promise<void> {
    await this.#browser?.close();
    await this.world.dispose();
    await exec('userdel', [this.account], { okExitCodes: [0, 6, 8] });
  }
}
