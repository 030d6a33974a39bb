// Blocks of HCL, the language of Terraform, written as `terraform fmt` does. Pure.
import { escapeControls } from './as-request.ts';

/** A piece of HCL that is not a text: a reference such as `var.password`. */
export interface Expression {
  readonly expression: string;
}
export type HclValue = string | number | boolean | readonly string[] | Expression;

export interface HclBlock {
  readonly name: string;
  readonly labels?: readonly string[];
  /** Those that are undefined are not written. */
  readonly attributes: Readonly<Record<string, HclValue | undefined>>;
  readonly blocks?: readonly (HclBlock | undefined)[];
}

export function renderHcl(block: HclBlock, indent = ''): string {
  const inner = `${indent}  `;
  const attributes = Object.entries(block.attributes).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, renderValue(value)] as const],
  );
  const width = Math.max(0, ...attributes.map(([name]) => name.length));
  const blocks = (block.blocks ?? []).filter((one) => one !== undefined);
  const head = [block.name, ...(block.labels ?? []).map(hclText)].join(' ');
  if (attributes.length === 0 && blocks.length === 0) return `${indent}${head} {}`;
  const parts = [
    ...(attributes.length > 0
      ? [attributes.map(([name, text]) => `${inner}${name.padEnd(width)} = ${text}`).join('\n')]
      : []),
    ...blocks.map((one) => renderHcl(one, inner)),
  ];
  return `${indent}${head} {\n${parts.join('\n\n')}\n${indent}}`;
}

function renderValue(value: HclValue): string {
  if (typeof value === 'string') return hclText(value);
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if ('expression' in value) return value.expression;
  return `[${value.map(hclText).join(', ')}]`;
}

/** `${` and `%{` would be filled in: doubling their sign takes that away. See "Strings and Templates" of Terraform's language. */
export function hclText(text: string): string {
  const escaped = text
    .replaceAll(/["\\]/g, (sign) => `\\${sign}`)
    .replaceAll('\n', '\\n')
    .replaceAll('\r', '\\r')
    .replaceAll('\t', '\\t')
    .replaceAll(/[$%](?=\{)/g, (sign) => sign + sign);
  return `"${escapeControls(escaped)}"`;
}
