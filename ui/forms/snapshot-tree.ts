// A guest's snapshots as the tree that they are: the list tells only who came after whom. Pure.

export interface SnapshotLine {
  readonly name: string;
  readonly description: string;
  readonly parent?: string | undefined;
  readonly snaptime?: number | undefined;
  /** 1: with the memory that a machine had. */
  readonly vmstate?: number | undefined;
}

export interface SnapshotRow extends SnapshotLine {
  /** How far it is indented; a line of single followers is not indented further. */
  readonly depth: number;
  readonly isCurrent: boolean;
}

/** What the API calls the state of now. */
export const currentName = 'current';

/**
 * The oldest first, each above what came after it; where two came after one, the branch that leads to the present state
 * is last and stays at its parent's depth. Lines whose parent is missing begin trees of their own.
 */
export function snapshotRows(lines: readonly SnapshotLine[]): SnapshotRow[] {
  const names = new Set(lines.map((one) => one.name));
  const below = new Map<string, SnapshotLine[]>();
  const roots: SnapshotLine[] = [];
  for (const line of lines) {
    if (line.parent === undefined || !names.has(line.parent)) roots.push(line);
    else below.set(line.parent, [...(below.get(line.parent) ?? []), line]);
  }
  const onTheWay = new Set(ancestorsOf(currentName, lines).concat(currentName));
  const rows: SnapshotRow[] = [];
  const seen = new Set<string>();
  const walk = (siblings: readonly SnapshotLine[], depth: number) => {
    const sorted = [...siblings].sort(
      (a, b) =>
        Number(onTheWay.has(a.name)) - Number(onTheWay.has(b.name)) || (a.snaptime ?? 0) - (b.snaptime ?? 0),
    );
    sorted.forEach((line, i) => {
      if (seen.has(line.name)) return;
      seen.add(line.name);
      const own = i === sorted.length - 1 ? depth : depth + 1;
      rows.push({ ...line, depth: own, isCurrent: line.name === currentName });
      walk(below.get(line.name) ?? [], own);
    });
  };
  walk(roots, 0);
  return rows;
}

/** Whence it came: its parent, the parent's parent and so on. */
export function ancestorsOf(name: string, lines: readonly SnapshotLine[]): string[] {
  const found: string[] = [];
  let at = lines.find((one) => one.name === name)?.parent;
  while (at !== undefined && !found.includes(at)) {
    found.push(at);
    at = lines.find((one) => one.name === at)?.parent;
  }
  return found;
}

/** A name that the API takes, and that is free. */
export function checkSnapshotName(
  name: string,
  lines: readonly SnapshotLine[],
): 'snapshotName' | 'snapshotTaken' | undefined {
  const text = name.trim();
  if (!/^[a-z][a-z0-9_-]{1,39}$/i.test(text) || text === currentName) return 'snapshotName';
  return lines.some((one) => one.name === text) ? 'snapshotTaken' : undefined;
}
