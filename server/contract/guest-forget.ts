// Methods by which a guest is forgotten whose volumes nobody can remove any more.

import { z } from 'zod';
import { allocateGuest, guestPath } from './guest-path.ts';
import { defineMethod } from './method.ts';
import { taskStarted } from './reply.ts';

const summary =
  'Removes the configuration of a guest that is off, and none of its volumes: for guests whose storage is gone. The log says what is left.';

export const forgetVm = defineMethod({
  verb: 'POST',
  path: '/nodes/{node}/qemu/{vmid}/forget',
  summary,
  params: z.object(guestPath),
  returns: taskStarted,
  permission: { check: allocateGuest },
  extension: true,
});

export const forgetCt = defineMethod({
  verb: 'POST',
  path: '/nodes/{node}/lxc/{vmid}/forget',
  summary,
  params: z.object(guestPath),
  returns: taskStarted,
  permission: { check: allocateGuest },
  extension: true,
});

export const guestForgetMethods = [forgetVm, forgetCt] as const;
