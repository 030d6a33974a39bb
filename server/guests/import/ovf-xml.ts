// The XML of an OVF description as a tree of elements. A stranger wrote it: no entities, no document type, bounded in every way.
import { XMLParser } from 'fast-xml-parser';
import { AppError } from '../../core/errors.ts';

export interface XmlNode {
  /** Without its namespace. */
  readonly name: string;
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: readonly XmlNode[];
  /** What stands in it besides elements. */
  readonly text: string;
}

const mostElements = 20_000;
const mostDepth = 32;
/** Of one text or attribute; names of networks and products are shorter, licence texts are not needed. */
const mostText = 4096;

const parser = new XMLParser({
  preserveOrder: true,
  ignoreAttributes: false,
  attributeNamePrefix: '',
  removeNSPrefix: true,
  parseTagValue: false,
  parseAttributeValue: false,
  // Entities are the classic bomb; the five that XML itself has, and numbers, are read below.
  processEntities: false,
  ignoreDeclaration: true,
  ignorePiTags: true,
});

/** `invalid-input` for what is no XML, or more than a description needs. */
export function parseXml(text: string): XmlNode {
  if (/<!(?:DOCTYPE|ENTITY)/i.test(text)) throw refused('a document type or entity is not allowed');
  if (depthOf(text) > mostDepth) throw refused(`elements are nested deeper than ${mostDepth}`);
  let tree: unknown;
  try {
    tree = parser.parse(text, true);
  } catch {
    throw refused('it is not well-formed XML');
  }
  const count = { elements: 0 };
  const roots = childrenOf(tree, 0, count);
  const [root, ...more] = roots;
  if (root === undefined || more.length > 0) throw refused('it has no root element, or several');
  return root;
}

/** The deepest nesting, counted before anything is parsed, for the reason that is told: the parser and `childrenOf` have limits, too. */
function depthOf(text: string): number {
  let [depth, deepest] = [0, 0];
  for (const [tag] of text.matchAll(/<\/?[a-z_][^<>]*>/gi)) {
    if (tag.startsWith('</')) depth -= 1;
    else if (!tag.endsWith('/>')) depth += 1;
    deepest = Math.max(deepest, depth);
  }
  return deepest;
}

function childrenOf(list: unknown, depth: number, count: { elements: number }): XmlNode[] {
  if (!Array.isArray(list)) return [];
  const nodes: XmlNode[] = [];
  for (const entry of list as Record<string, unknown>[]) {
    const name = Object.keys(entry).find((key) => key !== ':@');
    if (name === undefined || name === '#text') continue;
    count.elements += 1;
    if (count.elements > mostElements || depth > mostDepth) throw refused('it has too many elements');
    const inner = entry[name];
    const attributes = Object.entries((entry[':@'] ?? {}) as Record<string, unknown>);
    nodes.push({
      name,
      attributes: new Map(attributes.map(([key, value]) => [key, decode(String(value))])),
      children: childrenOf(inner, depth + 1, count),
      text: textOf(inner),
    });
  }
  return nodes;
}

function textOf(list: unknown): string {
  if (!Array.isArray(list)) return '';
  const parts = (list as Record<string, unknown>[]).map((entry) => entry['#text']);
  return decode(
    parts
      .filter((part) => part !== undefined)
      .join('')
      .slice(0, mostText),
  ).trim();
}

const named: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

/** Reads references once, never again what comes out of them; control characters go. */
function decode(text: string): string {
  const read = text
    .slice(0, mostText)
    .replace(/&(#x[0-9a-f]{1,6}|#\d{1,7}|[a-z]{2,4});/gi, (whole, word: string) => {
      if (!word.startsWith('#')) return named[word] ?? whole;
      const code = Number(word[1] === 'x' || word[1] === 'X' ? `0x${word.slice(2)}` : word.slice(1));
      return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
    });
  return read.replace(/[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]/g, '').toWellFormed();
}

/** All elements of the name among the direct children. */
export function all(node: XmlNode | undefined, name: string): XmlNode[] {
  return node?.children.filter((child) => child.name === name) ?? [];
}

export function first(node: XmlNode | undefined, name: string): XmlNode | undefined {
  return node?.children.find((child) => child.name === name);
}

function refused(why: string): AppError {
  return new AppError('invalid-input', `the description is refused: ${why}`, { fields: { volume: why } });
}
