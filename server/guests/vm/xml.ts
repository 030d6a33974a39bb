// XML as a tree of elements, and its text. Every text and attribute is escaped by the builder; nothing is pasted together.
import { XMLBuilder } from 'fast-xml-parser';
import { AppError } from '../../core/errors.ts';

export interface XmlElement {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly XmlElement[] | string;
}

type Attributes = Readonly<Record<string, string | number | undefined>>;
type Child = XmlElement | undefined | false;

const builder = new XMLBuilder({
  preserveOrder: true,
  ignoreAttributes: false,
  attributeNamePrefix: '@_',
  suppressEmptyNode: true,
  suppressBooleanAttributes: false,
  processEntities: true,
  format: true,
  indentBy: '  ',
});

/** Characters that XML 1.0 cannot hold, escaped or not. */
const impossible = /[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]|\p{Surrogate}/u;

/** An element. Attributes and children that are undefined or false are left out. */
export function element(
  name: string,
  attributes: Attributes = {},
  children: readonly Child[] | string | number = [],
): XmlElement {
  const kept: Record<string, string> = {};
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== undefined) kept[key] = checked(String(value));
  }
  return {
    name,
    attributes: kept,
    children:
      typeof children === 'object'
        ? children.filter((child): child is XmlElement => typeof child === 'object')
        : checked(String(children)),
  };
}

function checked(text: string): string {
  if (impossible.test(text)) throw new AppError('invalid-input', 'text with characters that XML cannot hold');
  return text;
}

/** The text of an element, indented. */
export function renderXml(root: XmlElement): string {
  return `${String(builder.build([toOrdered(root)])).trim()}\n`;
}

function toOrdered({ name, attributes, children }: XmlElement): Record<string, unknown> {
  const content = typeof children === 'string' ? [{ '#text': children }] : children.map(toOrdered);
  const entries = Object.entries(attributes).map(([key, value]) => [`@_${key}`, value]);
  return { [name]: content, ...(entries.length > 0 ? { ':@': Object.fromEntries(entries) } : {}) };
}
