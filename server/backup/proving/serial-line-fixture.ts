// The writing guest's serial line, without the daemon between: what it says of its blocks, and letters to it.
import { connect, type Socket } from 'node:net';
import { eventually } from '../../../test/host/wait.ts';

/** What the guest says of itself, at some moment between the question and the answer. */
export interface Standing {
  readonly generation: number;
  /** All blocks up to this one are flushed. */
  readonly flushed: number;
  /** No block after this one was begun. */
  readonly begun: number;
}

/** `p` asks and changes nothing, `t` makes it say its text, `s` stands still, `g` goes on, `o` powers off, `r` resets. */
export type Letter = 'p' | 't' | 's' | 'g' | 'o' | 'r';

export class SerialLine {
  readonly #path: string;
  #socket: Socket | undefined;
  #heard = '';

  /** Of the socket that QEMU has made, or will make. */
  constructor(path: string) {
    this.#path = path;
  }

  /** The last that it said, for messages. */
  get lately(): string {
    return this.#heard.slice(-300);
  }

  /** Somebody is at the other end, as far as is known. */
  get isOpen(): boolean {
    return this.#socket !== undefined && !this.#socket.destroyed;
  }

  /** Connects, also after another life of QEMU; what was heard before is forgotten. */
  async open(): Promise<void> {
    this.close();
    this.#heard = '';
    this.#socket = await eventually('the serial line', 20_000, () => this.#connect());
  }

  close(): void {
    this.#socket?.destroy();
    this.#socket = undefined;
  }

  /** Sends the letter, and waits for its answer. */
  async ask(letter: Letter, withinMs = 20_000): Promise<Standing> {
    const from = this.#heard.length;
    this.tell(letter);
    return eventually(
      `the guest's answer to '${letter}' (${this.lately})`,
      withinMs,
      () => this.#answer(letter, from),
      20,
    );
  }

  tell(letter: Letter): void {
    this.#socket?.write(letter);
  }

  /** The last number that it told to be flushed in this life; 0 before the first. */
  flushed(generation: number): number {
    const found = [...this.#heard.matchAll(/^[=!]([0-9a-f]{8}) ([0-9a-f]{8})(?: [0-9a-f]{8} .)?\n/gm)].filter(
      ([, life = '']) => Number.parseInt(life, 16) === generation,
    );
    return Number.parseInt(found.at(-1)?.[2] ?? '0', 16);
  }

  /** Waits until it flushes this one. */
  async reaches(generation: number, number: number, withinMs = 30_000): Promise<void> {
    await eventually(
      `block ${number} of life ${generation} (${this.lately})`,
      withinMs,
      () => this.flushed(generation) >= number,
      20,
    );
    if (this.#heard.includes('\n?')) throw new Error(`the guest gave up: ${this.lately}`);
  }

  /** Waits until it works, and answers its life. Letters before that are lost. */
  async up(withinMs = 40_000): Promise<number> {
    return eventually(
      `the guest's first flush (${this.lately})`,
      withinMs,
      () => {
        const found = [...this.#heard.matchAll(/^=([0-9a-f]{8}) /gm)].at(-1);
        return found && Number.parseInt(found[1] ?? '', 16);
      },
      20,
    );
  }

  /** The text that it has read from its disk. */
  async text(): Promise<string> {
    await this.ask('t');
    return /\^[0-9a-f]{8} (.*)\n/.exec(this.#heard)?.[1] ?? '';
  }

  #answer(letter: Letter, from: number): Standing | undefined {
    const answers = /!([0-9a-f]{8}) ([0-9a-f]{8}) ([0-9a-f]{8}) (.)\n/g;
    for (const [, ...words] of this.#heard.slice(from).matchAll(answers)) {
      if (words[3] !== letter) continue;
      const [generation = 0, flushed = 0, begun = 0] = words.map((word) => Number.parseInt(word, 16));
      return { generation, flushed, begun };
    }
    return undefined;
  }

  #connect(): Promise<Socket | undefined> {
    return new Promise((resolve) => {
      const socket = connect(this.#path);
      socket.once('connect', () => resolve(socket));
      socket.on('error', () => resolve(undefined));
      socket.on('data', (text) => {
        this.#heard += text.toString('latin1');
      });
    });
  }
}
