// How menus look: Kobalte draws them, all the same.

export const menuBox =
  'z-50 min-w-56 rounded-lg border border-line bg-raised p-1 shadow-pop outline-none max-h-[var(--kb-popper-content-available-height,70vh)] overflow-y-auto';

export const menuItem =
  'flex min-h-9 cursor-pointer items-center gap-2 rounded-md px-3 text-sm outline-none data-disabled:cursor-not-allowed data-disabled:text-muted data-highlighted:bg-hover pointer-coarse:min-h-11';
