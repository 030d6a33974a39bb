// Files and folders in memory, as the faulty folder has them.
import { constants } from 'node:os';

/** What the kernel is told instead of an answer. */
export class SystemError extends Error {
  readonly number: number;
  constructor(code: 'ENOENT' | 'EEXIST' | 'ENOSPC' | 'ENOSYS' | 'ENOTEMPTY') {
    super(code);
    this.number = constants.errno[code];
  }
}

export interface Node {
  readonly number: number;
  mode: number;
  uid: number;
  gid: number;
  links: number;
  /** Of a file: its room, of which `size` bytes are used. */
  content: Buffer;
  size: number;
  /** Of a folder. */
  readonly children: Map<string, Node>;
}

const isFolder = ({ mode }: Node) => mode >> 12 === 4;

export class FolderTree {
  readonly #nodes = new Map<number, Node>();
  #last = 0;
  readonly #root: Node;

  constructor() {
    this.#root = this.#make(0o040755);
  }

  node(number: number): Node {
    const found = this.#nodes.get(number);
    // A request without a node (FUSE_INIT, FUSE_STATFS of some) is about the root.
    if (!found && number === 0) return this.#root;
    if (!found) throw new SystemError('ENOENT');
    return found;
  }

  lookUp(folder: Node, name: string): Node {
    const found = folder.children.get(name);
    if (!found) throw new SystemError('ENOENT');
    return found;
  }

  add(folder: Node, name: string, mode: number): Node {
    if (folder.children.has(name)) throw new SystemError('EEXIST');
    const made = this.#make(mode);
    folder.children.set(name, made);
    return made;
  }

  link(file: Node, folder: Node, name: string): Node {
    if (folder.children.has(name)) throw new SystemError('EEXIST');
    folder.children.set(name, file);
    file.links += 1;
    return file;
  }

  remove(folder: Node, name: string): void {
    const found = this.lookUp(folder, name);
    if (found.children.size > 0) throw new SystemError('ENOTEMPTY');
    folder.children.delete(name);
    found.links -= 1;
  }

  rename(from: Node, name: string, to: Node, newName: string): void {
    const moved = this.lookUp(from, name);
    if (to.children.has(newName)) this.remove(to, newName);
    from.children.delete(name);
    to.children.set(newName, moved);
  }

  resize(file: Node, size: number): void {
    if (size > file.content.length) {
      const larger = Buffer.alloc(Math.max(size, file.content.length * 2));
      file.content.copy(larger, 0, 0, file.size);
      file.content = larger;
    } else if (size < file.size) file.content.fill(0, size, file.size);
    file.size = size;
  }

  write(file: Node, offset: number, data: Buffer): void {
    if (offset + data.length > file.size) this.resize(file, offset + data.length);
    data.copy(file.content, offset);
  }

  /** Of all files together. */
  bytes(): number {
    return [...this.#nodes.values()].reduce((sum, { size, links }) => sum + (links > 0 ? size : 0), 0);
  }

  /** Of all that can be reached, sorted; folders end with `/`. */
  names(): string[] {
    const below = (folder: Node, path: string): string[] =>
      [...folder.children].flatMap(([name, node]) =>
        isFolder(node) ? [`${path}${name}/`, ...below(node, `${path}${name}/`)] : [`${path}${name}`],
      );
    return below(this.#root, '').sort();
  }

  #make(mode: number): Node {
    this.#last += 1;
    const made: Node = {
      ...{ number: this.#last, mode, uid: 0, gid: 0, links: 1 },
      ...{ content: Buffer.alloc(0), size: 0, children: new Map() },
    };
    this.#nodes.set(made.number, made);
    return made;
  }
}
