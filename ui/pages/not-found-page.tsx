// What is shown for an address that leads nowhere.
import { A } from '@solidjs/router';
import Compass from 'lucide-solid/icons/compass';
import { EmptyState } from '../components/panel.tsx';
import { t } from '../i18n/index.ts';

export default function NotFoundPage(props: { title?: string; text?: string }) {
  return (
    <>
      {/* Where the way to the page stands above it, that ends as it does above a head. */}
      <div class="hidden h-2 shrink-0 border-b border-line bg-surface [nav+&]:block" />
      <EmptyState
        page
        icon={<Compass size={28} />}
        title={props.title ?? t('notFound.title')}
        text={props.text ?? t('notFound.text')}
      >
        <A href="/" class="text-accent underline">
          {t('notFound.home')}
        </A>
      </EmptyState>
    </>
  );
}
