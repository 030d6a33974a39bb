// Results of steps on disk, each whole or not there: `<cache>/<step>/<key>/`, and beside it `<key>.json`, its inputs.
import { randomBytes } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError } from '../server/core/errors.ts';
import { isGone, processMark } from './process-mark.ts';

/** Results kept of each step: two images and their variants can be built in turn without making anything twice. */
const kept = 4;

/** `.new-<process mark>-<random>`: a result being made. */
const unfinished = /^\.new-(\d+-\d+)-[0-9a-f]+$/;
const record = /^([0-9a-f]{64})\.json$/;

export class ResultCache {
  readonly folder: string;
  readonly #mark: string;

  /** `mark` names this process on what it has not finished; another one is for tests. */
  constructor(folder: string, mark: string = processMark()) {
    this.folder = folder;
    this.#mark = mark;
  }

  /** The folder of a result that is there, which counts as used now; else undefined. */
  find(step: string, key: string): string | undefined {
    const result = join(this.folder, step, key);
    if (!existsSync(result)) return undefined;
    this.#touch(step, key);
    return result;
  }

  /** An empty folder to make a result in. */
  begin(step: string): string {
    const result = join(this.folder, step, `.new-${this.#mark}-${randomBytes(6).toString('hex')}`);
    mkdirSync(result, { recursive: true });
    return result;
  }

  /** Makes what is in the folder the result, in one step. Returns its lasting folder. */
  async commit(step: string, key: string, made: string, inputs: object): Promise<string> {
    const result = join(this.folder, step, key);
    writeFileSync(`${result}.json`, `${JSON.stringify(inputs, undefined, 1)}\n`);
    // Without the lock another build may have made the same: either is good.
    if (existsSync(result)) await this.discard(made);
    else renameSync(made, result);
    this.#touch(step, key);
    return result;
  }

  /** Removes a folder of this cache. Throws `wrong-state` when something is mounted in it. */
  async discard(path: string): Promise<void> {
    const mounted = mountsBelow(path);
    if (mounted.length > 0) {
      throw new AppError(
        'wrong-state',
        `something is mounted in a left-over of a build: unmount ${mounted.join(', ')}`,
      );
    }
    await rm(path, { recursive: true, force: true });
  }

  /** Removes what killed builds left unfinished. Touches nothing of a process that is there. */
  async sweep(): Promise<void> {
    for (const step of this.#steps()) {
      const entries = readdirSync(join(this.folder, step));
      for (const entry of entries) {
        const [, mark] = unfinished.exec(entry) ?? [];
        const [, key] = record.exec(entry) ?? [];
        const orphan = key !== undefined && !entries.includes(key);
        if ((mark !== undefined && isGone(mark)) || orphan)
          await this.discard(join(this.folder, step, entry));
      }
    }
  }

  /** Removes all results of a step but those used last. */
  async prune(step: string): Promise<void> {
    const results = readdirSync(join(this.folder, step))
      .filter((entry) => /^[0-9a-f]{64}$/.test(entry))
      .map((key) => ({ key, used: this.#lastUse(step, key) }))
      .sort((a, b) => b.used - a.used);
    for (const { key } of results.slice(kept)) {
      // Moved away first: a result half removed must not look whole.
      const aside = this.begin(step);
      renameSync(join(this.folder, step, key), join(aside, 'old'));
      await this.discard(join(this.folder, step, `${key}.json`));
      await this.discard(aside);
    }
  }

  #steps(): string[] {
    if (!existsSync(this.folder)) return [];
    return readdirSync(this.folder, { withFileTypes: true }).flatMap((entry) =>
      entry.isDirectory() ? entry.name : [],
    );
  }

  /** The result itself keeps its times: they may be part of an image. */
  #touch(step: string, key: string): void {
    const now = Date.now() / 1000;
    const inputs = join(this.folder, step, `${key}.json`);
    if (existsSync(inputs)) utimesSync(inputs, now, now);
  }

  #lastUse(step: string, key: string): number {
    return statSync(join(this.folder, step, `${key}.json`), { throwIfNoEntry: false })?.mtimeMs ?? 0;
  }
}

/** Mount points at and below a path (proc_pid_mountinfo(5); white space in paths is written in octal there). */
function mountsBelow(path: string): string[] {
  return readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .map((line) =>
      (line.split(' ')[4] ?? '').replace(/\\([0-7]{3})/g, (_, code) =>
        String.fromCharCode(Number.parseInt(code, 8)),
      ),
    )
    .filter((point) => point === path || point.startsWith(`${path}/`));
}
