// The quick way to mount: one small process of ours makes the system calls. Whatever it cannot do, mount(8) is left to do, and to explain.
import { type ChildProcess, spawn } from 'node:child_process';
import type { Socket } from 'node:net';

/** Each answers false when it was not done, for whatever reason: then mount(8) or umount(8) is to be asked. */
export interface Mounter {
  bind(source: string, point: string, options: readonly string[]): Promise<boolean>;
  overlay(point: string, options: readonly string[], data: string): Promise<boolean>;
  /** Never through a link at the end of the path (umount2(2): UMOUNT_NOFOLLOW). `lazy`: MNT_DETACH. */
  unmount(point: string, lazy: boolean): Promise<boolean>;
  /** It starts again when it is asked. Repeatable. */
  close(): void;
}

/** The options that mean the same in mount(2) and in mount_setattr(2); the others are mount(8)'s. */
const flagOf: Readonly<Record<string, number>> = { rw: 0, ro: 1, nosuid: 2, nodev: 4, noexec: 8 };
/** A page, with the zero at its end; longer ones are cut off by the kernel. */
const mostDataBytes = 4095;
/** The calls take less than a millisecond; a file system that does not answer holds up only the one that asked for it. */
const answerMs = 5000;

/** `script`: mounter.pl. Nothing runs until the first call; it ends with this process. */
export function createMounter(script: string): Mounter {
  let child: ChildProcess | undefined;
  /** Takes the answer to what was asked; undefined while nothing is. */
  let waiting: ((answer: string) => void) | undefined;
  let text = '';

  const drop = () => {
    child?.stdin?.destroy();
    child?.kill('SIGKILL');
    child = undefined;
    text = '';
    waiting?.('');
  };
  const start = () => {
    const started = spawn('perl', [script], { cwd: '/', stdio: ['pipe', 'pipe', 'ignore'] });
    const gone = () => {
      if (child === started) drop();
    };
    started.on('error', gone);
    started.once('exit', gone);
    started.stdin.on('error', gone);
    started.stdout.on('data', (data: Buffer) => {
      text += String(data);
      if (child === started && text.endsWith('\n')) waiting?.(text.trim());
    });
    // Neither keeps a process alive that has nothing else to do.
    started.unref();
    for (const stream of [started.stdin, started.stdout]) (stream as Socket).unref();
    return started;
  };
  const ask = (words: readonly string[]): Promise<boolean> => {
    // One at a time: who comes meanwhile need not wait for a file system that hangs.
    if (waiting) return Promise.resolve(false);
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const timer = setTimeout(drop, answerMs);
    waiting = (answer) => {
      clearTimeout(timer);
      waiting = undefined;
      text = '';
      resolve(answer === '0');
    };
    child ??= start();
    child.stdin?.write(`${words.map(encodeURIComponent).join(' ')}\n`);
    return promise;
  };
  const mount = (source: string, point: string, type: string, options: readonly string[], data: string) => {
    const flags = options.map((option) => flagOf[option]);
    if (flags.includes(undefined) || Buffer.byteLength(data) > mostDataBytes) return Promise.resolve(false);
    const all = flags.reduce<number>((sum, flag) => sum | (flag ?? 0), 0);
    return ask(['mount', source, point, type, String(all), data]);
  };
  return {
    bind: (source, point, options) => mount(source, point, 'bind', options, ''),
    overlay: (point, options, data) => mount('overlay', point, 'overlay', options, data),
    unmount: (point, lazy) => ask(['umount', point, lazy ? '10' : '8']),
    close: drop,
  };
}
