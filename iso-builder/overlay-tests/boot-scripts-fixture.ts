// For the tests of the boot scripts: a small image with its state in a temporary folder, and the shells that run the scripts.
import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const overlay = fileURLToPath(new URL('../overlay', import.meta.url));

/** `busybox`: as in the initrd, with nothing but BusyBox's programs. `dash`: as in the running system. */
export type Shell = 'busybox' | 'dash';
export const shells: readonly Shell[] = ['busybox', 'dash'];

const passwd = `root:x:0:0:root:/root:/bin/bash
daemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin
tss:x:101:103:TPM:/var/lib/tpm:/bin/false
nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin
`;
const shadow = `root:*:20000:0:99999:7:::
daemon:*:20000:0:99999:7:::
tss:!:20000::::::
nobody:*:20000:0:99999:7:::
`;
const group = `root:x:0:
daemon:x:1:
sudo:x:27:
tss:x:103:
nogroup:x:65534:
`;

export interface Outcome {
  readonly status: number;
  readonly stderr: string;
  readonly stdout: string;
}

export class BootWorld {
  readonly folder = mkdtempSync(join(tmpdir(), 'croft-boot-'));
  readonly root = join(this.folder, 'root');
  readonly boot = join(this.folder, 'boot');
  readonly #shell: Shell;
  readonly #programs = join(this.folder, 'bin');

  /** An image with one folder and one file of each sort; its state is empty. */
  constructor(shell: Shell) {
    this.#shell = shell;
    for (const path of ['etc', 'root', 'var/log/libvirt', 'var/lib/libvirt/qemu', 'state', 'usr/lib/croft'])
      mkdirSync(join(this.root, path), { recursive: true });
    chmodSync(join(this.root, 'var/lib/libvirt/qemu'), 0o750);
    mkdirSync(join(this.boot, 'squash/etc'), { recursive: true });
    mkdirSync(this.#programs);
    this.image({
      'etc/passwd': passwd,
      'etc/shadow': shadow,
      'etc/group': group,
      'etc/gshadow': 'root:*::\nsudo:*::\n',
      'etc/hosts': '127.0.0.1 localhost\n',
      'usr/lib/croft/image.json': '{ "product": "croft", "stateSchema": 1 }\n',
      'usr/lib/croft/state-paths': readFileSync(join(overlay, 'usr/lib/croft/state-paths'), 'utf8'),
    });
    chmodSync(join(this.root, 'etc/shadow'), 0o640);
    symlinkSync(join(overlay, 'usr/lib/croft/boot'), join(this.root, 'usr/lib/croft/boot'));
    if (shell === 'busybox') this.#linkApplets();
    // Binding is for the host tests; here it is only noted.
    this.program('mount', `echo "$@" >> ${this.folder}/mounts`);
  }

  #linkApplets(): void {
    const busybox = execFileSync('which', ['busybox'], { encoding: 'utf8' }).trim();
    for (const name of execFileSync(busybox, ['--list'], { encoding: 'utf8' }).trim().split('\n'))
      symlinkSync(busybox, join(this.#programs, name));
  }

  /** Puts a script in front of the programs that the boot scripts find. Under BusyBox its own programs go before all. */
  program(name: string, text: string): void {
    const path = join(this.#programs, name);
    rmSync(path, { force: true });
    writeFileSync(path, `#!/bin/sh\n${text}\n`, { mode: 0o755 });
  }

  /** Files of the running root that are also those of the image. */
  image(files: Readonly<Record<string, string>>): void {
    for (const [path, text] of Object.entries(files)) {
      this.write(path, text);
      const inImage = join(this.boot, 'squash', path);
      mkdirSync(dirname(inImage), { recursive: true });
      writeFileSync(inImage, text);
    }
  }

  path(path: string): string {
    return join(this.root, path);
  }

  write(path: string, text: string, mode = 0o644): void {
    mkdirSync(dirname(this.path(path)), { recursive: true });
    writeFileSync(this.path(path), text);
    chmodSync(this.path(path), mode);
  }

  link(path: string, target: string): void {
    mkdirSync(dirname(this.path(path)), { recursive: true });
    rmSync(this.path(path), { recursive: true, force: true });
    symlinkSync(target, this.path(path));
  }

  read(path: string): string {
    return readFileSync(this.path(path), 'utf8');
  }

  has(path: string): boolean {
    return lstatSync(this.path(path), { throwIfNoEntry: false }) !== undefined;
  }

  mode(path: string): number {
    return lstatSync(this.path(path)).mode & 0o7777;
  }

  /** What stands in a file of `/run/croft-boot`; undefined when it is not there. */
  told(name: string): string | undefined {
    const path = join(this.boot, name);
    return existsSync(path) ? readFileSync(path, 'utf8') : undefined;
  }

  /** Arguments of all calls of mount so far, without the folder of this world. */
  mounts(): string[] {
    const path = join(this.folder, 'mounts');
    if (!existsSync(path)) return [];
    return readFileSync(path, 'utf8').replaceAll(this.root, '').trim().split('\n');
  }

  /** All files and folders below, with the contents of files and the targets of links. */
  tree(path: string): Record<string, string> {
    const found: Record<string, string> = {};
    const walk = (below: string) => {
      for (const name of readdirSync(this.path(below)).sort()) {
        const one = `${below}/${name}`;
        const stat = lstatSync(this.path(one));
        if (stat.isDirectory()) {
          found[`${one}/`] = (stat.mode & 0o7777).toString(8);
          walk(one);
        } else found[one] = stat.isFile() ? this.read(one) : 'link';
      }
    };
    walk(path);
    return found;
  }

  run(script: string, ...args: string[]): Outcome {
    return this.runWith(script, {}, ...args);
  }

  /** With more variables in its environment. */
  runWith(script: string, env: Readonly<Record<string, string>>, ...args: string[]): Outcome {
    const path = this.#shell === 'busybox' ? this.#programs : `${this.#programs}:${process.env['PATH']}`;
    const file = join(overlay, 'usr/lib/croft/boot', script);
    const shell = this.#shell === 'busybox' ? [join(this.#programs, 'sh')] : ['dash'];
    const done = spawnSync(shell[0] as string, [file, ...args], {
      env: {
        PATH: path,
        CROFT_BOOT: this.boot,
        CROFT_MOUNT: join(this.#programs, 'mount'),
        CROFT_TRIES: '1',
        LC_ALL: 'C',
        ...env,
      },
      encoding: 'utf8',
      timeout: 20_000,
    });
    if (done.error) throw done.error;
    return { status: done.status ?? -1, stderr: done.stderr, stdout: done.stdout };
  }

  dispose(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
