// Sending a text to a VM's screen as keys: there is no clipboard between the two.
import ClipboardPaste from 'lucide-solid/icons/clipboard-paste';
import TriangleAlert from 'lucide-solid/icons/triangle-alert';
import { createMemo, createSignal, onCleanup, Show } from 'solid-js';
import { Button } from '../../components/button.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { TextArea } from '../../components/field.tsx';
import { Notice } from '../../components/panel.tsx';
import { strokesOf } from '../../consoles/console-keys.ts';
import type { ScreenControls } from '../../consoles/vnc-screen.tsx';
import { t } from '../../i18n/index.ts';

export function SendTextDialog(props: { controls: ScreenControls; onClose: () => void }) {
  const [text, setText] = createSignal('');
  const [busy, setBusy] = createSignal(false);
  const [trouble, setTrouble] = createSignal<string>();
  const typed = createMemo(() => strokesOf(text()));
  const stop = new AbortController();
  onCleanup(() => stop.abort());

  async function paste(): Promise<void> {
    setTrouble(undefined);
    try {
      setText(await navigator.clipboard.readText());
    } catch {
      setTrouble(t('console.pasteFailed'));
    }
  }

  async function send(event: Event): Promise<void> {
    event.preventDefault();
    if (busy() || typed().strokes.length === 0) return;
    setBusy(true);
    setTrouble(undefined);
    const done = await props.controls.type(typed().strokes, stop.signal);
    setBusy(false);
    if (!done) {
      setTrouble(t('console.typeLost'));
      return;
    }
    props.onClose();
    // After the dialog has given the focus back.
    setTimeout(() => props.controls.focus());
  }

  return (
    <Dialog
      open
      onClose={props.onClose}
      title={t('console.sendText')}
      description={t('console.sendTextHint')}
      footer={
        <>
          <Button onClick={props.onClose}>{t('common.cancel')}</Button>
          <Button
            look="primary"
            type="submit"
            form="send-text"
            busy={busy()}
            reason={typed().strokes.length === 0 ? t('console.typeNothing') : undefined}
          >
            {t('console.type')}
          </Button>
        </>
      }
    >
      <form id="send-text" class="flex flex-col gap-3" onSubmit={(event) => void send(event)}>
        <TextArea label={t('console.text')} value={text()} onValue={setText} rows={5} />
        <div>
          <Button icon={<ClipboardPaste size={15} />} onClick={() => void paste()}>
            {t('console.paste')}
          </Button>
        </div>
        <Show when={typed().untypable.length > 0}>
          <Notice tone="warn" icon={<TriangleAlert size={16} />}>
            {t('console.untypable', { signs: typed().untypable.slice(0, 20).join(' ') })}
          </Notice>
        </Show>
        <Show when={trouble()}>
          {(words) => (
            <p role="alert" class="text-sm text-bad">
              {words()}
            </p>
          )}
        </Show>
      </form>
    </Dialog>
  );
}
