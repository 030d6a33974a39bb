// Where an open menu hangs in the document: beside the app, in a landmark of its own, as all that is shown is in one.
import { DropdownMenu } from '@kobalte/core/dropdown-menu';
import type { JSX } from 'solid-js';
import { t } from '../i18n/index.ts';

export function MenuPortal(props: { children: JSX.Element }) {
  return (
    <DropdownMenu.Portal>
      <section aria-label={t('common.actions')}>{props.children}</section>
    </DropdownMenu.Portal>
  );
}
