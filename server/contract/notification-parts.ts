// What the methods of notifications have in common: names, who may, origins; and webhooks' named values, `name=x,value=BASE64`.
import { z } from 'zod';
import { array, boolean, string } from './params.ts';
import type { PermissionCheck } from './permission.ts';
import { brokenFormat } from './property-formats.ts';
import { replyFlag } from './reply.ts';

const modify = ['perm', '/mapping/notifications', ['Mapping.Modify']] as const satisfies PermissionCheck;
const audit = ['perm', '/mapping/notifications', ['Mapping.Audit']] as const satisfies PermissionCheck;
const use = ['perm', '/mapping/notifications', ['Mapping.Use']] as const satisfies PermissionCheck;

export const mayAudit = { check: audit } as const;
export const mayModify = { check: modify } as const;
export const mayLook = { check: ['or', modify, audit] } as const;
/** Lists of names, and trying a target. */
export const mayUse = { check: ['or', modify, audit, use] } as const;
/** Who says where requests go reaches into the node's network. */
export const mayReach = {
  check: [
    'and',
    modify,
    ['or', ['perm', '/', ['Sys.Audit', 'Sys.Modify']], ['perm', '/', ['Sys.AccessNetwork']]],
  ],
} as const;

export const endpointTypes = ['sendmail', 'gotify', 'smtp', 'webhook'] as const;
export type EndpointType = (typeof endpointTypes)[number];

/** A text of at most so many characters; the published contract has no limits. */
export function limited(characters: number) {
  return (text: string) =>
    text.length > characters ? `value may only be ${characters} characters long` : undefined;
}

/** Characters. */
const longestName = 100;

export const entryName = () =>
  string(
    { format: 'pve-configid' },
    (text) => limited(longestName)(text) ?? brokenFormat('pve-configid', text),
  );

export const common = {
  comment: string({}, limited(4096)).optional(),
  disable: boolean({ default: 0 }).optional(),
} as const;

/** Of the methods that change something. */
export const changing = {
  delete: array(string({ format: 'pve-configid' })).optional(),
  digest: string({ maxLength: 64 }).optional(),
} as const;

/** `builtin`: comes with the system; `modified-builtin`: such a one, changed, which deleting restores. */
export const origin = z.enum(['user-created', 'builtin', 'modified-builtin']);
export type Origin = z.output<typeof origin>;

export const commonReply = {
  name: z.string(),
  comment: z.string().optional(),
  disable: replyFlag.optional(),
  /** In lists. */
  origin: origin.optional(),
  /** Of one entry. */
  digest: z.string().optional(),
} as const;

/** A header or secret of a webhook; `value` is Base64 of UTF-8, missing where it is a secret that stays as it is. */
export interface NamedValue {
  readonly name: string;
  readonly value?: string | undefined;
}

/** Reads `name=X-Token,value=c2VjcmV0`; undefined when it is not of this form. */
export function readNamedValue(text: string): NamedValue | undefined {
  const parts = new Map<string, string>();
  for (const part of text.split(',')) {
    const at = part.indexOf('=');
    const key = part.slice(0, at).trim();
    if (at < 1 || parts.has(key) || (key !== 'name' && key !== 'value')) return undefined;
    parts.set(key, part.slice(at + 1).trim());
  }
  const [name, value] = [parts.get('name'), parts.get('value')];
  return name === undefined ? undefined : { name, ...(value === undefined ? {} : { value }) };
}

export function renderNamedValue({ name, value }: NamedValue): string {
  return value === undefined ? `name=${name}` : `name=${name},value=${value}`;
}

/** Is it Base64 of UTF-8 text? */
export function isBase64Text(text: string): boolean {
  if (!/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}(?:==)?|[A-Za-z0-9+/]{3}=?)?$/.test(text)) return false;
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(Uint8Array.from(atob(text), (c) => c.charCodeAt(0)));
    return true;
  } catch {
    return false;
  }
}
