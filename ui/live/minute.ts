// The time to the minute, for what says "tomorrow" or "yesterday" and must not say it for ever.
import { createSignal } from 'solid-js';

const minuteMs = 60_000;
const [minute, setMinute] = createSignal(Date.now());
if (typeof window !== 'undefined') setInterval(() => setMinute(Date.now()), minuteMs);

/** Milliseconds since the epoch, at most a minute old. */
export { minute };
