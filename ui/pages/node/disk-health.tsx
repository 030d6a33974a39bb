// How a disk says that it is doing, in the words of people.
import { Badge } from '../../components/panel.tsx';
import { t } from '../../i18n/index.ts';
import { healthTone } from './disk-tree.ts';

/** `health`: as the disk tells it, `PASSED` or `FAILED!`. */
export function DiskHealth(props: { health: string }) {
  const tone = () => healthTone(props.health);
  const text = () => {
    if (tone() === 'plain') return t('nodeDisks.healthUnknown');
    return t(tone() === 'ok' ? 'nodeDisks.healthGood' : 'nodeDisks.healthBad');
  };
  return (
    <Badge tone={tone()} title={props.health}>
      {text()}
    </Badge>
  );
}
