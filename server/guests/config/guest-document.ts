// The stored document of a guest: the truth of its configuration, and what it runs with.
import { createHash } from 'node:crypto';
import { AppError } from '../../core/errors.ts';
import type { ConfigValue, VmConfig } from './config-keys.ts';

/** Under `guests/<vmid>` in the ClusterStore. A type, not an interface, so that it is plain JSON for the store. */
export type GuestDocument = {
  readonly kind: 'qemu';
  readonly vmid: number;
  /** The node that owns it. */
  readonly node: string;
  /** What it is to be: in force at its next start, in parts sooner. */
  readonly config: VmConfig;
  /** Only while it runs: the configuration in force. Where it differs from `config`, changes wait for a restart. */
  readonly running?: VmConfig;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
};

/** The key of a guest's document. */
export function guestKey(vmid: number): string {
  return `guests/${vmid}`;
}

/** The fingerprint that clients hand back as `digest` to make sure that nobody else changed the configuration meanwhile. */
export function configDigest(config: VmConfig): string {
  const lines = Object.keys(config)
    .sort()
    .map((key) => JSON.stringify([key, config[key]]));
  return createHash('sha1').update(lines.join('\n')).digest('hex');
}

/** Throws `wrong-state` when a client's digest is of another configuration. */
export function checkDigest(config: VmConfig, digest: string | undefined): void {
  if (digest === undefined || digest === '') return;
  const actual = configDigest(config);
  if (digest !== actual)
    throw new AppError(
      'wrong-state',
      'detected modified configuration - file changed by other user? Try again.',
      {
        data: { expected: digest, actual },
      },
    );
}

/** The configuration in force: what it runs with, or would start with. */
export function activeConfig(document: GuestDocument): VmConfig {
  return document.running ?? document.config;
}

/** `GET .../config`: the wanted configuration, or with `current` the one in force, with its digest. */
export function describeConfig(document: GuestDocument, current: boolean): Record<string, ConfigValue> {
  const config = current ? activeConfig(document) : document.config;
  return { ...config, digest: configDigest(document.config) };
}
