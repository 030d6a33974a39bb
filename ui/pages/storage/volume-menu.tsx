// What is done with one volume of a list beside removing it: notes and protection, a copy, a move.
import { RowMenu } from '../../components/row-menu.tsx';
import { t } from '../../i18n/index.ts';
import { volumeName } from './content-kinds.ts';
import type { ListedVolume } from './volume-columns.tsx';

export type VolumeWish = 'notes' | 'copy' | 'move';

export function VolumeMenu(props: {
  volume: ListedVolume;
  tab: number;
  onWish: (wish: VolumeWish, volume: ListedVolume) => void;
}) {
  /** Trees belong to their containers, which move them. */
  const tree = () => (props.volume.format === 'subvol' ? t('volume.tree') : undefined);
  const kept = () => (props.volume.protected === 1 ? t('content.isProtected') : undefined);
  const wish = (what: VolumeWish) => () => props.onWish(what, props.volume);
  return (
    <RowMenu
      label={t('volume.actions', { name: volumeName(props.volume.volid) })}
      tab={props.tab}
      actions={[
        { label: t('volume.notes'), onSelect: wish('notes') },
        { label: t('volume.copy'), onSelect: wish('copy'), reason: tree() },
        { label: t('volume.move'), onSelect: wish('move'), reason: tree() ?? kept() },
      ]}
    />
  );
}
