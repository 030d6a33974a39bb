// Loaded into a daemon before its own code: writes into a file how late its event loop was, ten times a second.
import { appendFileSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';

const windowMs = 100;
const resolutionMs = 5;
const file = process.env.BENCH_LOOP_FILE;
// The processes that the daemon starts are not measured.
delete process.env.NODE_OPTIONS;
delete process.env.BENCH_LOOP_FILE;

if (file) {
  const delay = monitorEventLoopDelay({ resolution: resolutionMs });
  delay.enable();
  let used = process.threadCpuUsage();
  setInterval(() => {
    const now = process.threadCpuUsage();
    const busyMs = (now.user + now.system - used.user - used.system) / 1000;
    used = now;
    // What was asked of the timer is no delay. The file is in memory: writing it waits for no disk.
    const lateMs = Math.max(0, delay.max / 1e6 - resolutionMs);
    appendFileSync(file, `${Date.now()} ${lateMs.toFixed(1)} ${busyMs.toFixed(1)}\n`);
    delay.reset();
  }, windowMs).unref();
}
