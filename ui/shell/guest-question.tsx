// Asks before something is done with a guest that throws away what it has not written yet; from the palette.
import { runAction } from '../api/guests.ts';
import { ConfirmDialog } from '../components/confirm-dialog.tsx';
import { refusalText } from '../components/guest-words.ts';
import { t } from '../i18n/index.ts';
import { live } from '../live/store.ts';
import { watchTask } from '../live/watched.ts';
import type { Question } from './open-state.ts';
import { labelOf } from './tree-model.ts';

export default function GuestQuestion(props: { question: Question; onClose: () => void }) {
  const { action, item } = props.question;
  const kind = item.type === 'lxc' ? 'lxc' : 'qemu';
  /** It may have stopped by itself meanwhile. */
  const reason = () => refusalText(live.resources[item.id] ?? item, action);
  return (
    <ConfirmDialog
      open
      onClose={props.onClose}
      title={t(action === 'reset' ? 'vm.resetTitle' : 'vm.stopTitle')}
      action={t(`action.${action}`)}
      reason={reason()}
      onConfirm={async () => {
        watchTask(await runAction(kind, action, { node: item.node, vmid: item.vmid ?? 0 }));
      }}
    >
      {t(kind === 'lxc' ? 'ct.harshText' : 'vm.harshText', { name: `${labelOf(item)} (${item.vmid})` })}
    </ConfirmDialog>
  );
}
