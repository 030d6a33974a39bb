// The log of one task, read when shown and kept current until it is hidden.
import { createEffect, createSignal, on, onCleanup } from 'solid-js';
import { t } from '../i18n/index.ts';
import { closeLog, live, openLog } from '../live/store.ts';
import { ErrorNote } from './error-note.tsx';
import { LogViewer } from './log-viewer.tsx';

/** The lines of a log that is shown somewhere; empty before it was read. */
export function linesOf(upid: string): readonly string[] {
  return live.logs[upid]?.lines ?? [];
}

export function TaskLog(props: { node: string; upid: string; class?: string }) {
  const [error, setError] = createSignal<unknown>();
  const read = () => {
    setError(undefined);
    openLog(props.node, props.upid).catch(setError);
  };
  createEffect(
    on(
      () => props.upid,
      (upid) => {
        read();
        onCleanup(() => closeLog(upid));
      },
    ),
  );
  createEffect(() => {
    if (live.logs[props.upid]?.gap) read();
  });
  return (
    <>
      <ErrorNote error={error()} retry={read} />
      <LogViewer class={props.class ?? ''} label={t('task.log')} lines={linesOf(props.upid)} />
    </>
  );
}
