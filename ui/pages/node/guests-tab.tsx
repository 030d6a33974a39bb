// The guests of a node.
import { GuestTable } from '../../components/guest-table.tsx';
import { t } from '../../i18n/index.ts';
import { guests, live } from '../../live/store.ts';

export default function GuestsTab(props: { node: string }) {
  const here = () => (live.loaded ? guests().filter((one) => one.node === props.node) : undefined);
  return (
    <div class="flex h-full min-h-0 flex-col bg-surface">
      <GuestTable label={t('tab.guests')} guests={here()} />
    </div>
  );
}
