// A person with an account before a daemon, in a browser of their own.
import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { exec } from '../../server/core/exec.ts';
import { randomName } from '../../server/core/ids.ts';
import { TestDaemon } from '../host/daemon.ts';
import { keepScreenshot, launchChromium, openPage } from './chromium.ts';
import { Person } from './person.ts';

export class Desk {
  readonly daemon: TestDaemon;
  readonly account: string;
  readonly password = randomName();
  /** What a person would find in the browser's console. */
  readonly errors: string[] = [];
  #browser: Browser | undefined;
  #person: Person | undefined;

  /** `name`: of this test's account, in letters. */
  constructor(name: string, daemon = new TestDaemon()) {
    this.daemon = daemon;
    this.account = `croft${name}${process.pid}`;
  }

  get person(): Person {
    if (!this.#person) throw new Error('the browser is not open');
    return this.#person;
  }

  /** Starts the daemon with the web UI as it is built, and opens the log-in page. */
  async open(): Promise<void> {
    const { daemon, account } = this;
    await exec('useradd', ['--no-create-home', '--shell', '/usr/sbin/nologin', account]);
    await exec('chpasswd', [], { input: `${account}:${this.password}\n` });
    // A copy of its own: a build that goes on beside the test must not change what the browser sees.
    const uiDir = join(daemon.folder, 'ui');
    const built = process.env['CROFT_UI_DIR'] ?? new URL('../../dist/ui', import.meta.url);
    await cp(built, uiDir, { recursive: true });
    daemon.setEnv({ CROFT_UI_DIR: uiDir });
    await daemon.start();
    await daemon.ok('POST', '/access/users', { userid: `${account}@pam` });
    await daemon.ok('PUT', '/access/acl', { path: '/', roles: 'Administrator', users: `${account}@pam` });
    this.#browser = await launchChromium();
    this.#person = new Person(await openPage(this.#browser, daemon.url, this.errors));
  }

  logIn(): Promise<void> {
    return this.person.logIn(this.account, this.password);
  }

  keep(name: string): Promise<void> {
    return keepScreenshot(this.person.page, name);
  }

  /** Also when it was not opened, or not wholly. `last`: the name of a picture of what is seen in the end. */
  async close(last?: string): Promise<void> {
    if (this.#person && last !== undefined) await this.keep(last);
    await this.#browser?.close();
    await this.disposeDaemon();
    await exec('userdel', [this.account], { okExitCodes: [0, 6, 8] });
  }

  protected async disposeDaemon(): Promise<void> {
    await this.daemon.dispose();
  }
}
