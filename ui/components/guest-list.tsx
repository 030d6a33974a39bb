// The table of guests: its columns, and what can be done with several at once.
import Boxes from 'lucide-solid/icons/boxes';
import { t } from '../i18n/index.ts';
import { labelOf } from '../shell/tree-model.ts';
import { DataTable } from './data-table.tsx';
import { GuestBulk } from './guest-bulk.tsx';
import { guestColumns } from './guest-columns.tsx';
import type { GuestTableProps } from './guest-table.tsx';
import { EmptyState } from './panel.tsx';
import { resourceFilter } from './table-filter.ts';

export default function GuestList(props: GuestTableProps) {
  return (
    <DataTable
      name="guests"
      label={props.label}
      rows={props.guests}
      columns={guestColumns}
      sort={{ key: 'vmid', down: false }}
      rowKey={(item) => item.id}
      rowLabel={(item) => `${item.vmid} ${labelOf(item)}`}
      filter={resourceFilter}
      filterLabel={t('guests.filter')}
      asked={props.filter}
      bulk={(selected) => <GuestBulk guests={selected()} />}
      empty={<EmptyState icon={<Boxes size={26} />} title={t('guests.none')} text={t('guests.noneHint')} />}
    />
  );
}
