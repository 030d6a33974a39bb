// The end of a trial's guest: stopped, and removed with everything that bears its number. Nothing else is ever touched.
import type { CtTaskParts } from '../../guests/ct/ct-task-parts.ts';
import { findGuest, listGuests } from '../../guests/guest-documents.ts';
import type { VmParts } from '../../guests/vm-parts.ts';
import type { TaskContext, TaskKind } from '../task.ts';
import { ctDeleteKind } from './ct-delete.ts';
import { stopNow } from './guest-stop.ts';
import { guestLock } from './guest-task-names.ts';
import { vmDeleteKind } from './vm-delete.ts';

export interface TrialGuests {
  readonly vm: VmParts;
  readonly ct: CtTaskParts;
}

/** Repeatable; a guest that is none of a trial, and one that is gone, are left alone. */
export async function removeTrial(
  { vm, ct }: TrialGuests,
  context: TaskContext,
  vmid: number,
): Promise<void> {
  await context.holding([guestLock(vmid)], async () => {
    const document = findGuest(vm.store, vmid);
    if (document?.trial === undefined) return;
    context.log(`removing the temporary guest ${vmid}`);
    await stopNow(document.kind === 'qemu' ? vm : ct, context, vmid);
    const params = { vmid, unreferenced: true };
    if (document.kind === 'qemu') await runSteps(vmDeleteKind(vm), context, params);
    else await runSteps(ctDeleteKind(ct), context, params);
  });
}

/** Numbers of the trials' guests of this node. */
export function trialGuests({ vm: { store, node } }: TrialGuests): number[] {
  return listGuests(store).flatMap((guest) =>
    guest.trial !== undefined && guest.node === node ? [guest.vmid] : [],
  );
}

/** As its task would, without what its check asks for: nobody but us has the guest. */
async function runSteps<P, S>(kind: TaskKind<P, S>, context: TaskContext, params: P): Promise<void> {
  let state: Partial<S> = {};
  for (const { run } of kind.steps) state = { ...state, ...(await run(context, params, state)) };
}
