// The head of a table that fills a panel; the last column is that of the rows' actions.
import type { JSX } from 'solid-js';
import { t } from '../i18n/index.ts';

/** `children`: the other columns, as `th`. */
export function TableHead(props: { children: JSX.Element }) {
  return (
    <thead>
      <tr class="border-y border-line text-xs text-muted [&>th]:px-3 [&>th]:py-1.5 [&>th]:text-start [&>th]:font-medium [&>th:first-child]:ps-4">
        {props.children}
        <th>
          <span class="sr-only">{t('common.actions')}</span>
        </th>
      </tr>
    </thead>
  );
}
