// A log that is read and followed: the lines that the page keeps, what has come, what was before.
import { batch, createEffect, createSignal, on, onCleanup } from 'solid-js';
import { type ApiError, asApiError } from '../../api/errors.ts';
import type { LogReply, LogSource } from './log-source.ts';

/** A log that is opened anew when this changes. */
export interface LogChoice {
  readonly source: LogSource;
  /** How often it is asked what has come. */
  readonly everyMs: number;
  /** When its range ends, in milliseconds: once that is past and all of it is there, nothing more is asked. */
  readonly endsAt: number | undefined;
}

/** More than these the page does not keep. */
export const keptLines = 50_000;

export type Following = 'reading' | 'live' | 'paused' | 'ended';

const isOver = ({ endsAt }: LogChoice): boolean => endsAt !== undefined && Date.now() >= endsAt;

export function followLog(choice: () => LogChoice | undefined) {
  const [lines, setLines] = createSignal<readonly string[]>([]);
  /** The number of the first line, from 0 where the log was opened; below that for what was before. */
  const [first, setFirst] = createSignal(0);
  const [state, setState] = createSignal<Following>('reading');
  const [error, setError] = createSignal<ApiError>();
  const [reason, setReason] = createSignal<string>();
  const [hasEarlier, setHasEarlier] = createSignal(false);
  const [loadingEarlier, setLoadingEarlier] = createSignal(false);
  const [round, setRound] = createSignal(0);
  let timer: ReturnType<typeof setTimeout> | undefined;
  let current: LogChoice | undefined;
  /** Only one reading at a time: both ends move. */
  let turn: Promise<unknown> = Promise.resolve();

  const isCurrent = (one: LogChoice) => one === current;
  function inTurn<T>(run: () => Promise<T>): Promise<T> {
    const next = turn.then(run, run);
    turn = next.catch(() => {});
    return next;
  }
  function append(reply: LogReply): void {
    batch(() => {
      setReason(reply.reason);
      if (reply.lines.length === 0) return;
      const all = [...lines(), ...reply.lines];
      const over = Math.max(0, all.length - keptLines);
      setLines(over > 0 ? all.slice(over) : all);
      if (over > 0) setFirst(first() + over);
    });
  }
  function again(one: LogChoice, afterMs = one.everyMs): void {
    clearTimeout(timer);
    timer = setTimeout(() => void poll(one), afterMs);
  }
  async function poll(one: LogChoice): Promise<void> {
    if (!isCurrent(one) || state() !== 'live') return;
    if (document.hidden) {
      again(one);
      return;
    }
    try {
      const reply = await inTurn(() => one.source.later());
      if (!isCurrent(one)) return;
      setError(undefined);
      append(reply);
      if (isOver(one) && reply.lines.length === 0) {
        setState('ended');
        return;
      }
    } catch (thrown) {
      if (!isCurrent(one)) return;
      // A daemon that is away for a moment comes back; a refusal stays one.
      setError(asApiError(thrown));
      if (!asApiError(thrown).unreachable) {
        setState('paused');
        return;
      }
    }
    again(one);
  }
  async function open(one: LogChoice): Promise<void> {
    try {
      const reply = await inTurn(() => one.source.open());
      if (!isCurrent(one)) return;
      batch(() => {
        append(reply);
        setHasEarlier(one.source.hasEarlier());
        setState(isOver(one) && reply.lines.length === 0 ? 'ended' : 'live');
      });
      // Of a range that is over, whether there is more is asked at once.
      if (state() === 'live') again(one, isOver(one) ? 0 : one.everyMs);
    } catch (thrown) {
      if (isCurrent(one)) setError(asApiError(thrown));
    }
  }

  createEffect(
    on([choice, round], ([one]) => {
      clearTimeout(timer);
      current = one;
      batch(() => {
        setLines([]);
        setFirst(0);
        setState('reading');
        setError(undefined);
        setReason(undefined);
        setHasEarlier(false);
      });
      if (one) void open(one);
    }),
  );
  onCleanup(() => {
    clearTimeout(timer);
    current = undefined;
  });

  return {
    lines,
    first,
    state,
    error,
    reason,
    hasEarlier,
    loadingEarlier,
    reload: () => setRound(round() + 1),
    pause: () => state() === 'live' && setState('paused'),
    resume(): void {
      if (state() !== 'paused' || !current) return;
      setState('live');
      void poll(current);
    },
    async loadEarlier(): Promise<void> {
      const one = current;
      if (!one || loadingEarlier()) return;
      setLoadingEarlier(true);
      try {
        const { lines: before } = await inTurn(() => one.source.earlier());
        if (!isCurrent(one)) return;
        batch(() => {
          setLines([...before, ...lines()]);
          setFirst(first() - before.length);
          setHasEarlier(one.source.hasEarlier());
        });
      } catch (thrown) {
        if (isCurrent(one)) setError(asApiError(thrown));
      } finally {
        setLoadingEarlier(false);
      }
    },
  };
}
