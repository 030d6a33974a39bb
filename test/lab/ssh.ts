// Commands and files over ssh to a lab machine, by the lab's key, over one kept connection.
import { rmSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { type ExecResult, exec } from '../../server/core/exec.ts';
import { labKey } from './lab-cache.ts';

export interface SshOptions {
  /** Milliseconds for the whole command; 60,000 by default. */
  readonly timeoutMs?: number;
  readonly input?: string;
  readonly okExitCodes?: readonly number[];
}

/** root on one machine. Rejects with AppError `command-failed` or `timeout`, as `exec` does. */
export class Ssh {
  readonly port: number;
  readonly #control: string;

  /** `control`: where the kept connection's socket is; at most 90 characters. */
  constructor(port: number, control: string) {
    this.port = port;
    this.#control = control;
  }

  /** Runs a program with arguments; nothing in them means anything to a shell. */
  async run(argv: readonly string[], options: SshOptions = {}): Promise<ExecResult> {
    return this.#ssh(argv.map(quote).join(' '), options);
  }

  /** Runs a script of the guest's sh(1). */
  async script(text: string, options: SshOptions = {}): Promise<ExecResult> {
    return this.#ssh(`sh -euc ${quote(text)}`, options);
  }

  /** The program's standard output without blanks at its ends. */
  async output(argv: readonly string[], options: SshOptions = {}): Promise<string> {
    return (await this.run(argv, options)).stdout.trim();
  }

  async copyTo(local: string, remote: string, timeoutMs = 300_000): Promise<void> {
    await this.#scp(local, `root@127.0.0.1:${remote}`, timeoutMs);
  }

  async copyFrom(remote: string, local: string, timeoutMs = 300_000): Promise<void> {
    await this.#scp(`root@127.0.0.1:${remote}`, local, timeoutMs);
  }

  /**
   * Waits until a login works. Tries with ssh itself, slowly: QEMU's forwarded port takes connections before the guest
   * listens, and sshd shuts out addresses that connect without logging in (PerSourcePenalties, sshd_config(5)).
   */
  async waitUntilUp(withinMs: number, alive: () => boolean = () => true): Promise<void> {
    const until = Date.now() + withinMs;
    let last: unknown;
    for (;;) {
      const left = until - Date.now();
      if (left <= 0) throw new Error(`no ssh within ${withinMs / 1000} s`, { cause: last });
      if (!alive()) throw new Error('the machine ended before ssh was up', { cause: last });
      try {
        await this.run(['true'], { timeoutMs: Math.min(left + 1000, 45_000) });
        return;
      } catch (error) {
        last = error;
        await delay(1500);
      }
    }
  }

  /** The arguments of ssh(1) for a person's own session, without a command. */
  async sessionArgs(): Promise<string[]> {
    return [...(await this.#flags()), '-p', String(this.port), 'root@127.0.0.1'];
  }

  /** Ends the kept connection, before the machine is cut or restored. Repeatable. */
  async close(): Promise<void> {
    await exec('ssh', ['-O', 'exit', '-o', `ControlPath=${this.#control}`, 'root@127.0.0.1'], {
      okExitCodes: [0, 255],
    });
    rmSync(this.#control, { force: true });
  }

  async #ssh(command: string, { timeoutMs = 60_000, ...options }: SshOptions): Promise<ExecResult> {
    const args = [...(await this.sessionArgs()), command];
    return exec('ssh', args, { intention: `run '${command}' in the machine`, ...options, timeoutMs });
  }

  async #scp(from: string, to: string, timeoutMs: number): Promise<void> {
    const args = ['-q', '-P', String(this.port), ...(await this.#flags()), from, to];
    await exec('scp', args, { intention: `copy ${from} to ${to}`, timeoutMs });
  }

  async #flags(): Promise<string[]> {
    const options = {
      BatchMode: 'yes',
      IdentitiesOnly: 'yes',
      // Lab machines are made anew each time, with new host keys, behind ports that others had before.
      StrictHostKeyChecking: 'no',
      UserKnownHostsFile: '/dev/null',
      GlobalKnownHostsFile: '/dev/null',
      LogLevel: 'ERROR',
      // Includes the key exchange, which takes seconds in an emulated machine.
      ConnectTimeout: '30',
      ServerAliveInterval: '15',
      ServerAliveCountMax: '4',
      ControlMaster: 'auto',
      ControlPath: this.#control,
      ControlPersist: '120',
    };
    const { privateFile } = await labKey();
    return [
      ...['-F', 'none', '-i', privateFile],
      ...Object.entries(options).flatMap(([name, value]) => ['-o', `${name}=${value}`]),
    ];
  }
}

/** One word for sh(1). */
export function quote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
