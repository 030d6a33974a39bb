// The signed manifest of an image: what it is, and the size and SHA-256 of each of its files.
import { z } from 'zod';
import { productName } from './appliance-layout.ts';
import { AppError } from './errors.ts';
import { isSignedBy, signText } from './signature.ts';

/** Versions are parts of file names and of boot menu titles. */
export const versionPattern = /^[0-9A-Za-z][0-9A-Za-z.+~-]{0,63}$/;

/** The files that a manifest speaks of: all of an image but itself, in the order in which an update carries them. */
export const manifestFiles = ['slot.cfg', 'vmlinuz', 'initrd.img', 'filesystem.squashfs'] as const;
export type ManifestFile = (typeof manifestFiles)[number];

/** Version of the manifest's own form. A later form is refused with a text of its own, whatever else it holds. */
const manifestFormat = 1;

const manifestSchema = z
  .strictObject({
    format: z.literal(manifestFormat),
    product: z.literal(productName),
    version: z.string().regex(versionPattern, 'must be letters, digits and .+~-, at most 64'),
    /** ISO 8601, UTC. */
    built: z.iso.datetime('must be a time such as 2026-01-31T12:00:00Z'),
    /** Of the state that this image writes. */
    stateSchema: z.int().nonnegative(),
    files: z.array(
      z.strictObject({
        name: z.enum(manifestFiles),
        bytes: z.int('must be a whole number of bytes').nonnegative(),
        sha256: z.string().regex(/^[0-9a-f]{64}$/, 'must be 64 hexadecimal digits, lower case'),
      }),
    ),
  })
  .check(({ value, issues }) => {
    for (const name of manifestFiles) {
      const times = value.files.filter((file) => file.name === name).length;
      if (times === 1) continue;
      const message = times === 0 ? `'${name}' is missing` : `'${name}' is named ${times} times`;
      issues.push({ code: 'custom', path: ['files'], message, input: value.files });
    }
  });

export type UpdateManifest = z.output<typeof manifestSchema>;

/** A manifest as the text that is signed. */
export function renderManifest(manifest: Omit<UpdateManifest, 'format' | 'product'>): string {
  return `${JSON.stringify({ format: manifestFormat, product: productName, ...manifest }, undefined, 2)}\n`;
}

/** Reads a manifest's text; says nothing about who wrote it. Throws `invalid-input` naming the key and the rule. */
export function readManifest(text: string): UpdateManifest {
  const value = readJson(text);
  const { product, format } = (value ?? {}) as { product?: unknown; format?: unknown };
  // These two first: of another product, or of a later form, nothing else is to be understood.
  if (product !== productName) {
    throw wrong(`product: this image is for ${quote(product)}, not for '${productName}'`);
  }
  if (format !== manifestFormat) {
    throw wrong(`format: ${quote(format)} is not known to this version; it knows ${manifestFormat}`);
  }
  const checked = manifestSchema.safeParse(value);
  if (checked.success) return checked.data;
  throw wrong(
    checked.error.issues.map((issue) => `${issue.path.join('.') || 'manifest'}: ${issue.message}`).join('; '),
  );
}

/** One file of the manifest. */
export function manifestEntry(manifest: UpdateManifest, name: ManifestFile): UpdateManifest['files'][number] {
  const entry = manifest.files.find((file) => file.name === name);
  if (!entry) throw new AppError('internal', `the manifest has no '${name}'`);
  return entry;
}

/** The signature (base64) that goes with a manifest's text. */
export function signManifest(text: string, privateKeyPem: string): string {
  return signText(text, privateKeyPem);
}

/** Throws `invalid-input` unless one of the keys (PEM, Ed25519) signed this very text. */
export function verifyManifest(
  text: string,
  signatureBase64: string,
  publicKeysPem: readonly string[],
): void {
  if (isSignedBy(text, signatureBase64, publicKeysPem)) return;
  throw new AppError(
    'invalid-input',
    publicKeysPem.length === 0
      ? 'this system trusts no key for updates'
      : 'bad signature: the update is damaged, or signed by a key that this system does not trust',
  );
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new AppError('invalid-input', 'the manifest is not JSON', { cause });
  }
}

function quote(value: unknown): string {
  return value === undefined ? 'nothing' : `'${String(value).slice(0, 40)}'`;
}

function wrong(problem: string): AppError {
  return new AppError('invalid-input', `bad manifest: ${problem}`);
}
