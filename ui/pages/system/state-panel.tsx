// The state partition: how full it is, taking it away as a file, and forgetting it all.
import Download from 'lucide-solid/icons/download';
import { createSignal, Show } from 'solid-js';
import type { ApplianceStatus } from '../../../server/contract/appliance.ts';
import { api, apiBase, placeParams } from '../../api/client.ts';
import { Button } from '../../components/button.tsx';
import { ConfirmDialog } from '../../components/confirm-dialog.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { CheckField } from '../../components/field.tsx';
import { Meter } from '../../components/meter.tsx';
import { Panel } from '../../components/panel.tsx';
import { bytes, share } from '../../format/show.ts';
import { t } from '../../i18n/index.ts';
import { watchTask } from '../../live/watched.ts';
import { expectRestart } from './restart-state.ts';

export function StatePanel(props: { node: string; status: ApplianceStatus }) {
  const [dialog, setDialog] = createSignal<'export' | 'reset'>();
  const close = () => setDialog(undefined);
  return (
    <Panel title={t('system.state.title')}>
      <div class="flex flex-col gap-4">
        <Show when={props.status.state}>
          {(state) => (
            <Meter
              label={t('system.state.space')}
              share={share(state().totalBytes - state().freeBytes, state().totalBytes)}
              text={t('common.of', {
                used: bytes(state().totalBytes - state().freeBytes),
                total: bytes(state().totalBytes),
              })}
            />
          )}
        </Show>
        <p class="text-sm text-muted">{t('system.state.hint')}</p>
        <div class="flex flex-wrap gap-2">
          <Button icon={<Download size={15} />} onClick={() => setDialog('export')}>
            {t('system.export.open')}
          </Button>
          <Button look="danger" onClick={() => setDialog('reset')}>
            {t('system.reset.open')}
          </Button>
        </div>
      </div>
      <ExportDialog node={props.node} open={dialog() === 'export'} onClose={close} />
      <ResetDialog node={props.node} open={dialog() === 'reset'} onClose={close} />
    </Panel>
  );
}

interface DialogProps {
  node: string;
  open: boolean;
  onClose: () => void;
}

function ExportDialog(props: DialogProps) {
  const href = () => apiBase + placeParams('GET /nodes/{node}/appliance/state', { node: props.node }).at;
  return (
    <Dialog
      open={props.open}
      onClose={props.onClose}
      title={t('system.export.title')}
      footer={
        <>
          <Button onClick={props.onClose}>{t('common.cancel')}</Button>
          {/* The browser saves it as it comes, whatever its size. */}
          <a
            href={href()}
            download=""
            class="control inline-flex items-center gap-1.5 rounded-md bg-accent px-3 text-sm font-medium text-on-accent hover:bg-accent-strong"
            onClick={() => queueMicrotask(props.onClose)}
          >
            <Download size={15} aria-hidden="true" />
            {t('system.export.submit')}
          </a>
        </>
      }
    >
      <div class="flex flex-col gap-2">
        <p>{t('system.export.text')}</p>
        <p class="font-medium text-warn">{t('system.export.secrets')}</p>
      </div>
    </Dialog>
  );
}

function ResetDialog(props: DialogProps) {
  const [destroyGuests, setDestroyGuests] = createSignal(false);
  return (
    <ConfirmDialog
      open={props.open}
      onClose={() => {
        setDestroyGuests(false);
        props.onClose();
      }}
      title={t('system.reset.title', { node: props.node })}
      action={t('system.reset.submit')}
      typed={props.node}
      onConfirm={async () => {
        const upid = await api('POST /nodes/{node}/appliance/reset', {
          node: props.node,
          confirm: props.node,
          'destroy-guests': destroyGuests(),
        });
        watchTask(upid);
        expectRestart({ node: props.node, what: 'reset', upid });
      }}
    >
      <div class="flex flex-col gap-3">
        <p>{t('system.reset.text')}</p>
        <CheckField
          label={t('system.reset.guests')}
          hint={t(destroyGuests() ? 'system.reset.guestsHint' : 'system.reset.guestsKept')}
          checked={destroyGuests()}
          onValue={setDestroyGuests}
        />
      </div>
    </ConfirmDialog>
  );
}
