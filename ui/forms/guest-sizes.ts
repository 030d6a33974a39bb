// Named sizes of new guests, as dialogs and their page have them: their fields, finding the name of what was entered, checking. Pure.
import { wholeNumber } from './plain-rules.ts';

/** As the API has one: memory in MiB, the disk in GiB. */
export interface GuestSizeItem {
  readonly id: string;
  readonly kind: 'qemu' | 'lxc';
  readonly name?: string | undefined;
  readonly cores: number;
  readonly memory: number;
  readonly disk: number;
  readonly description?: string | undefined;
}

/** What a size is made of, as the dialogs' forms have it; the disk only where it has a size to choose. */
export interface Sized {
  readonly cores: string;
  readonly memoryMiB: string;
  readonly diskGiB: string | undefined;
}

/** The word of one that came with the system and was not renamed: `vm-small` is `small`. */
export function builtInWord({ id, name }: GuestSizeItem): string | undefined {
  return name === undefined ? id.replace(/^(vm|ct)-/, '') : undefined;
}

/** The fields that a size fills in. */
export function fieldsOf(size: GuestSizeItem): { cores: string; memoryMiB: string; diskGiB: string } {
  return { cores: String(size.cores), memoryMiB: String(size.memory), diskGiB: String(size.disk) };
}

/** The one of what was entered; undefined when it has no name. */
export function sizeOf(sizes: readonly GuestSizeItem[], entered: Sized): GuestSizeItem | undefined {
  return sizes.find(
    (one) =>
      one.cores === wholeNumber(entered.cores) &&
      one.memory === wholeNumber(entered.memoryMiB) &&
      (entered.diskGiB === undefined || one.disk === wholeNumber(entered.diskGiB)),
  );
}

export interface GuestSizeForm {
  readonly name: string;
  readonly cores: string;
  readonly memoryMiB: string;
  readonly diskGiB: string;
  readonly description: string;
}

/** What would certainly be refused. `named`: it has a name already, of which the empty one stands for the system's word. */
export function checkGuestSize(
  form: GuestSizeForm,
  named: boolean,
): Partial<Record<keyof GuestSizeForm, 'sizeName' | 'number' | 'memory'>> {
  const wrong: Partial<Record<keyof GuestSizeForm, 'sizeName' | 'number' | 'memory'>> = {};
  if (form.name.trim() === '' && !named) wrong.name = 'sizeName';
  for (const [field, least] of [
    ['cores', 1],
    ['memoryMiB', 16],
    ['diskGiB', 1],
  ] as const)
    if ((wholeNumber(form[field]) ?? 0) < least) wrong[field] = field === 'memoryMiB' ? 'memory' : 'number';
  return wrong;
}

/** The request's parameters; the name is left out where the system's word is to stay. */
export function guestSizeParams(form: GuestSizeForm) {
  return {
    ...(form.name.trim() === '' ? {} : { name: form.name.trim() }),
    cores: Number(form.cores),
    memory: Number(form.memoryMiB),
    disk: Number(form.diskGiB),
    description: form.description.trim(),
  };
}
