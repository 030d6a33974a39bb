// What the steps of the image build are made from, decided once before the first of them runs.
import type { Exec } from '../server/core/exec.ts';
import type { Profile } from './profile.ts';

export interface BuildInputs {
  readonly profile: Profile;
  /** Version of the image; fit for file names. */
  readonly version: string;
  /** Seconds since the epoch. */
  readonly sourceDateEpoch: number;
  /** What the mirrors have now: changes when a package of a suite does; see `releases.ts`. */
  readonly releases: Readonly<Record<string, string>>;
  /** The key that the image trusts for updates, and that this build signs with (PEM). */
  readonly publicKeyPem: string;
  /** Reads the private key (PEM). Never an input of a step, never in a log. */
  readonly readPrivateKey: () => string;
  /** The project's root folder. */
  readonly root: string;
  readonly exec: Exec;
}
