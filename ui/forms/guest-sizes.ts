// Named sizes of new guests: so much processor, memory and disk under one name. Data, and finding the name of what was entered.

export interface GuestSize {
  readonly id: string;
  readonly cores: string;
  readonly memoryMiB: string;
  readonly diskGiB: string;
}

export const vmSizes: readonly GuestSize[] = [
  { id: 'tiny', cores: '1', memoryMiB: '1024', diskGiB: '16' },
  { id: 'small', cores: '2', memoryMiB: '2048', diskGiB: '32' },
  { id: 'medium', cores: '2', memoryMiB: '4096', diskGiB: '64' },
  { id: 'large', cores: '4', memoryMiB: '8192', diskGiB: '128' },
  { id: 'huge', cores: '8', memoryMiB: '16384', diskGiB: '256' },
];

/** Containers need no kernel and no desktop of their own. */
export const ctSizes: readonly GuestSize[] = [
  { id: 'tiny', cores: '1', memoryMiB: '256', diskGiB: '4' },
  { id: 'small', cores: '1', memoryMiB: '512', diskGiB: '8' },
  { id: 'medium', cores: '2', memoryMiB: '2048', diskGiB: '16' },
  { id: 'large', cores: '4', memoryMiB: '4096', diskGiB: '32' },
  { id: 'huge', cores: '8', memoryMiB: '8192', diskGiB: '64' },
];

/** What a size is made of, as the dialogs' forms have it; the disk only where it has a size to choose. */
export interface Sized {
  readonly cores: string;
  readonly memoryMiB: string;
  readonly diskGiB: string | undefined;
}

export function sizeById(sizes: readonly GuestSize[], id: string): GuestSize | undefined {
  return sizes.find((one) => one.id === id);
}

/** The name of what was entered; undefined when it has none. */
export function sizeOf(sizes: readonly GuestSize[], entered: Sized): string | undefined {
  return sizes.find(
    (one) =>
      one.cores === entered.cores.trim() &&
      one.memoryMiB === entered.memoryMiB.trim() &&
      (entered.diskGiB === undefined || one.diskGiB === entered.diskGiB.trim()),
  )?.id;
}
