// What every command works with: the daemon, the output, the wishes given by global options, and where things are.
import { once } from 'node:events';
import { createInterface } from 'node:readline/promises';
import { AppError, invalidInput } from '../core/errors.ts';
import { ApiClient } from './api-client.ts';
import { hasColours, type Io } from './io.ts';
import { type Painter, statusPainter } from './render.ts';

export interface SessionOptions {
  readonly io: Io;
  readonly socketPath: string;
  /** Answers as JSON on standard output; all else on standard error. */
  readonly json: boolean;
  /** Follow tasks until they end. */
  readonly wait: boolean;
  /** Do not ask before deleting. */
  readonly yes: boolean;
  /** Work on this node instead of the one the daemon runs on. */
  readonly node: string | undefined;
}

interface GuestLine {
  readonly type: string;
  readonly vmid: number;
  readonly name?: string;
  readonly node: string;
}

export interface GuestPlace {
  readonly vmid: number;
  readonly node: string;
  /** `/nodes/{node}/qemu/{vmid}` */
  readonly path: string;
}

/** What people call the kinds of guests, and the group of commands for each. */
export const kindWords = { qemu: { one: 'VM', group: 'vm' }, lxc: { one: 'CT', group: 'ct' } } as const;
export type GuestKind = keyof typeof kindWords;

export class Session {
  readonly io: Io;
  readonly client: ApiClient;
  readonly json: boolean;
  readonly wait: boolean;
  readonly painter: Painter | undefined;
  readonly #options: SessionOptions;
  #node: Promise<string> | undefined;

  constructor(options: SessionOptions) {
    this.#options = options;
    this.io = options.io;
    this.json = options.json;
    this.wait = options.wait;
    this.client = new ApiClient(options.socketPath);
    this.painter = statusPainter(hasColours(options.io.stdout, options.io.env));
  }

  /** The answer of a command: as JSON, or as the text made of it. */
  answer(data: unknown, text: () => string): void {
    this.io.stdout.write(this.json ? `${JSON.stringify(data ?? null, null, 2)}\n` : text());
  }

  /** A line about what happens; never between the JSON of an answer. */
  say(line: string): void {
    (this.json ? this.io.stderr : this.io.stdout).write(`${line}\n`);
  }

  /** The node given by `--node`, else the daemon's own. */
  node(): Promise<string> {
    this.#node ??= this.#findNode();
    return this.#node;
  }

  async #findNode(): Promise<string> {
    const nodes = await this.client.call<{ node: string }[]>('GET', '/nodes');
    const wanted = this.#options.node;
    if (wanted !== undefined) {
      if (nodes.some(({ node }) => node === wanted)) return wanted;
      const names = nodes.map(({ node }) => node).join(', ');
      throw invalidInput({ node: `there is no node '${wanted}'; there is: ${names}` });
    }
    if (nodes.length === 1 && nodes[0]) return nodes[0].node;
    const members = await this.client.call<{ type: string; name: string; local?: number }[]>(
      'GET',
      '/cluster/status',
    );
    const local = members.find((member) => member.type === 'node' && member.local === 1);
    if (!local) throw new AppError('internal', 'the daemon does not say which node it runs on');
    return local.name;
  }

  /** Where a guest of the kind is, by number or by name. Rejects with `not-found`, or `invalid-input` when several have the name. */
  async guest(reference: string, kind: GuestKind = 'qemu'): Promise<GuestPlace> {
    const guests = await this.client.call<GuestLine[]>('GET', '/cluster/resources', { type: 'vm' });
    const found = guests.filter((guest) =>
      /^\d+$/.test(reference) ? guest.vmid === Number(reference) : guest.name === reference,
    );
    const [one, other] = found.filter(({ type }) => type === kind);
    const { one: word, group } = kindWords[kind];
    if (!one) {
      const elsewhere = found[0] && kindWords[found[0].type === 'lxc' ? 'lxc' : 'qemu'];
      throw new AppError('not-found', `there is no ${word} '${reference}'`, {
        data: {
          hint: elsewhere
            ? `it is a ${elsewhere.one}: 'croft ${elsewhere.group} ...'`
            : `'croft ${group} list' shows all ${word}s with their numbers and names`,
        },
      });
    }
    if (other)
      throw new AppError(
        'invalid-input',
        `several ${word}s are called '${reference}': ${found.map(({ vmid }) => vmid).join(', ')}`,
        { data: { hint: 'give the number instead of the name' } },
      );
    return {
      vmid: one.vmid,
      node: one.node,
      path: `/nodes/${encodeURIComponent(one.node)}/${kind}/${one.vmid}`,
    };
  }

  /**
   * Asks before something is lost. Without a terminal, or with `--yes`, the command itself is the consent.
   * Rejects with `cancelled`.
   */
  async confirm(question: string): Promise<void> {
    const { stdin, stderr } = this.io;
    if (this.#options.yes || stdin.isTTY !== true) return;
    const lines = createInterface({ input: stdin, output: stderr });
    try {
      // The end of the input is an answer too: readline alone would wait for ever.
      const closed = once(lines, 'close').then(() => '');
      const typed = await Promise.race([lines.question(`${question} Type 'yes' to go on: `), closed]);
      const word = typed.trim().toLowerCase();
      if (word !== 'yes' && word !== 'y') throw new AppError('cancelled', 'nothing was done');
    } finally {
      lines.close();
    }
  }

  /** Reads a secret: typed without echo on a terminal, the first line otherwise. Never from arguments. */
  async secret(prompt: string): Promise<string> {
    const { stdin, stderr } = this.io;
    if (stdin.isTTY === true) stderr.write(prompt);
    // Without an output nothing typed is shown.
    const lines = createInterface({ input: stdin, terminal: stdin.isTTY === true });
    try {
      for await (const line of lines) return line;
      throw new AppError('invalid-input', 'a password is needed on standard input');
    } finally {
      lines.close();
      if (stdin.isTTY === true) stderr.write('\n');
    }
  }
}
