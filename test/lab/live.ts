// A live system of the ISO: waited for on its serial line, and logged into with the password that its console shows.
import { LabApi } from './api.ts';
import type { Machine } from './machine.ts';
import { apiPort } from './machine-spec.ts';

/** Waits until the console shows the password that was made up for this start; answers the API, ready to be used. */
export async function liveApi(machine: Machine, withinMs: number): Promise<LabApi> {
  const [, password = ''] = await machine.serial.waitFor(
    /log in as root, password ([a-z0-9]{4}-[a-z0-9]{4}-[a-z0-9]{4})/,
    withinMs,
  );
  const api = new LabApi(machine.port(apiPort), password);
  await api.waitUntilUp(60_000, () => machine.running);
  return api;
}
