// A table of guests; its code comes when it is first shown.
import { Suspense } from 'solid-js';
import type { ResourceItem } from '../../server/contract/resources.ts';
import { page } from '../i18n/page.ts';
import { Skeleton } from './panel.tsx';

const GuestList = page(() => import('./guest-list.tsx'));

export interface GuestTableProps {
  /** Undefined until they are known. */
  guests: readonly ResourceItem[] | undefined;
  label: string;
  /** A filter that is asked for from outside. */
  filter?: string | undefined;
}

/** Fills its box, and scrolls in it. */
export function GuestTable(props: GuestTableProps) {
  return (
    <Suspense
      fallback={
        <div class="px-4 py-2">
          <Skeleton lines={6} />
        </div>
      }
    >
      <GuestList {...props} />
    </Suspense>
  );
}
