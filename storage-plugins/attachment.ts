// What a plugin answers to `attach`: what the guest driver, or a copy, is to open. Part of the contract in `plugin.ts`.
import type { VolumeFormat } from './plugin.ts';

/** An image below another one, of a linked clone or a chain of snapshots. */
export interface BackingVolume {
  readonly path: string;
  readonly format: VolumeFormat;
  /** It is a block device, not a file. */
  readonly device?: boolean;
}

/** What the guest driver is to open. */
export type Attachment =
  | {
      readonly kind: 'file';
      readonly path: string;
      readonly format: VolumeFormat;
      /** Of a linked clone: the images below it, nearest first. Whoever opens it opens these and no others. */
      readonly backing?: readonly BackingVolume[];
      /** A snapshot inside the image that is meant: for `copyDisk`, not for guests. */
      readonly snapshot?: string;
      /** Strangers wrote it: for `copyDisk` alone, which lets only a confined process read it. */
      readonly foreign?: boolean;
      /** The image is this part of the file, in bytes: a disk in an archive. Of foreign ones only. */
      readonly part?: { readonly offset: number; readonly bytes: number };
      /** What the part's bytes must come to, as the archive's manifest says. */
      readonly expected?: { readonly algorithm: 'sha1' | 'sha256' | 'sha512'; readonly checksum: string };
    }
  | {
      readonly kind: 'block';
      readonly path: string;
      /** Of the image on the device; without it raw. */
      readonly format?: 'raw' | 'qcow2';
      /** As of a file. */
      readonly backing?: readonly BackingVolume[];
      /** For `copyDisk`: what is copied is this part of a raw one, in bytes. Devices come in sizes of their own. */
      readonly part?: { readonly offset: number; readonly bytes: number };
    }
  /** A tree, ready to be bind-mounted. */
  | { readonly kind: 'directory'; readonly path: string }
  /** A tree of layers, to be mounted by whoever opens it (overlayfs): the lowest last. `upper` and `work` are on one file system. */
  | {
      readonly kind: 'overlay';
      readonly lower: readonly string[];
      readonly upper: string;
      readonly work: string;
    }
  | {
      readonly kind: 'network';
      readonly protocol: string;
      readonly name: string;
      readonly hosts: readonly string[];
    };
