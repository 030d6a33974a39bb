// A storage that did not answer: since when it is left alone, and when it is tried again.
import { createEffect, createSignal, onCleanup, Show } from 'solid-js';
import { duration, moment } from '../../format/show.ts';
import { t } from '../../i18n/index.ts';

/** `retry`, `since`: seconds since the epoch. `onDue`: the next try is due, so that there is something new to read. */
export function CircuitNotice(props: {
  circuit: { readonly since: number; readonly retry: number } | undefined;
  onDue: () => void;
}) {
  const [now, setNow] = createSignal(Date.now() / 1000);
  const left = () => Math.max(0, Math.ceil((props.circuit?.retry ?? 0) - now()));
  createEffect(() => {
    const circuit = props.circuit;
    if (!circuit) return;
    setNow(Date.now() / 1000);
    let told = false;
    const timer = setInterval(() => {
      setNow(Date.now() / 1000);
      // Some time for the try itself.
      if (!told && Date.now() / 1000 > circuit.retry + 3) {
        told = true;
        props.onDue();
      }
    }, 1000);
    onCleanup(() => clearInterval(timer));
  });
  return (
    <Show when={props.circuit}>
      {(circuit) => (
        <p class="num text-muted">
          {t('storageState.silentSince', { time: moment(circuit().since) })}{' '}
          {left() > 0 ? t('storageState.nextTry', { time: duration(left()) }) : t('storageState.trying')}
        </p>
      )}
    </Show>
  );
}
