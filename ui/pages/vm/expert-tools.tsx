// What experts look at behind a VM: the command line of its QEMU, and the monitor.
import { createSignal, Show } from 'solid-js';
import { api } from '../../api/client.ts';
import { createQuery } from '../../api/query.ts';
import { Button } from '../../components/button.tsx';
import { CodeBlock } from '../../components/copy-button.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { ErrorNote } from '../../components/error-note.tsx';
import { TextField } from '../../components/field.tsx';
import { Panel, Skeleton } from '../../components/panel.tsx';
import { createSubmission } from '../../components/submission.ts';
import { t } from '../../i18n/index.ts';
import { useGuest } from '../guest/guest-context.ts';

/** Answers of the monitor that stay in sight, in characters. */
const mostShown = 100_000;

export function ExpertTools() {
  const vm = useGuest();
  const [open, setOpen] = createSignal<'command' | 'monitor'>();
  const close = () => setOpen(undefined);
  return (
    <Panel title={t('expert.title')}>
      <div class="flex flex-wrap gap-2">
        <Button onClick={() => setOpen('command')}>{t('expert.command')}</Button>
        <Button
          reason={vm.item().status === 'stopped' ? t('expert.monitorOff') : undefined}
          onClick={() => setOpen('monitor')}
        >
          {t('expert.monitor')}
        </Button>
      </div>
      <Show when={open() === 'command'}>
        <CommandDialog onClose={close} />
      </Show>
      <Show when={open() === 'monitor'}>
        <MonitorDialog onClose={close} />
      </Show>
    </Panel>
  );
}

function CommandDialog(props: { onClose: () => void }) {
  const vm = useGuest();
  const command = createQuery(vm.place, (place) => api('GET /nodes/{node}/qemu/{vmid}/showcmd', place));
  return (
    <Dialog
      open
      wide
      onClose={props.onClose}
      title={t('expert.command')}
      description={t('expert.commandHint')}
    >
      <ErrorNote error={command.error()} retry={command.reload} />
      <Show when={command.data()} fallback={command.error() ? null : <Skeleton lines={6} />}>
        {(text) => <CodeBlock label="qemu-system-x86_64" text={text()} />}
      </Show>
    </Dialog>
  );
}

function MonitorDialog(props: { onClose: () => void }) {
  const vm = useGuest();
  const [line, setLine] = createSignal('info status');
  const [said, setSaid] = createSignal('');
  const { busy, error, submit } = createSubmission(async () => {
    const command = line().trim();
    const answer = await api('POST /nodes/{node}/qemu/{vmid}/monitor', { ...vm.place(), command });
    setSaid((before) => `${before}(qemu) ${command}\n${answer.trimEnd()}\n`.slice(-mostShown));
    setLine('');
  });
  return (
    <Dialog
      open
      wide
      onClose={props.onClose}
      title={t('expert.monitor')}
      description={t('expert.monitorHint')}
      footer={
        <Button
          look="primary"
          type="submit"
          form="monitor-line"
          busy={busy()}
          reason={line().trim() === '' ? t('expert.nothing') : undefined}
        >
          {t('expert.send')}
        </Button>
      }
    >
      <form
        id="monitor-line"
        class="flex flex-col gap-3"
        onSubmit={(event) => {
          event.preventDefault();
          if (!busy() && line().trim() !== '') void submit();
        }}
      >
        <Show when={said()}>
          <div role="log" aria-label={t('expert.answers')}>
            <CodeBlock label={t('expert.answers')} text={said()} columns />
          </div>
        </Show>
        <TextField label={t('expert.line')} value={line()} onValue={setLine} mono autofocus />
        <ErrorNote error={error()} />
      </form>
    </Dialog>
  );
}
