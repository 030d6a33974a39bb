// Task `vzcreate`: a new container from a template, its volumes, its document, and its first start if wanted.

import { AppError } from '../../core/errors.ts';
import type { VmConfig } from '../../guests/config/config-keys.ts';
import { type GuestDocument, guestKey, guestLabel } from '../../guests/config/guest-document.ts';
import { completeCtChange, fillInTemplateFacts } from '../../guests/ct/config/merge-ct-change.ts';
import { readCtConfig } from '../../guests/ct/config/read-ct-config.ts';
import { leavePlace, withMounted } from '../../guests/ct/ct-mounts.ts';
import type { CtCreateParams } from '../../guests/ct/ct-params.ts';
import type { CtTaskParts } from '../../guests/ct/ct-task-parts.ts';
import {
  findPlanned,
  limitTree,
  makeCtVolume,
  type PlannedCtVolume,
  planCtVolumes,
  unmakeCtVolumes,
} from '../../guests/ct/ct-volumes.ts';
import { hasBases, type TemplateBase, templateBaseOf } from '../../guests/ct/template-bases.ts';
import { findGuest } from '../../guests/guest-documents.ts';
import { joinPoolStep } from '../../guests/guest-pools.ts';
import { type MadeVolume, volumeInfo } from '../../guests/guest-volumes.ts';
import { splitVolume } from '../../guests/volume-names.ts';
import type { TaskKind } from '../task.ts';
import { leaveTemplate, makeRoot, unpackTemplate } from './ct-create-root.ts';
import { ctStartSteps } from './ct-start-steps.ts';
import { type GuestStartState, onlyWhen } from './guest-start-steps.ts';
import { onContainer } from './guest-task-names.ts';

interface CtCreateState extends GuestStartState {
  plans: readonly PlannedCtVolume[];
  /** Undefined where the storage cannot clone trees: then the template is unpacked into the root itself. */
  base: TemplateBase | undefined;
  /** The base's volume name on the root's storage. */
  baseName: string;
  made: readonly MadeVolume[];
  complete: VmConfig;
  /** Creation time written into the document: tells our document from anybody else's. */
  createdAt: number;
}

export function ctCreateKind(parts: CtTaskParts): TaskKind<CtCreateParams, CtCreateState> {
  const unprivileged = ({ change }: CtCreateParams) => change.config['unprivileged'] === 1;
  const rootPlan = (plans: readonly PlannedCtVolume[]) => {
    const found = plans.find(({ key }) => key === 'rootfs');
    if (!found) throw new AppError('invalid-input', 'a new container needs a root: rootfs=storage:GIBIBYTES');
    return found;
  };
  return {
    ...onContainer('vzcreate', 'Create'),
    async check({ vmid, change, secrets }) {
      const there = findGuest(parts.store, vmid);
      if (there) throw new AppError('already-exists', `${guestLabel(there.kind, vmid)} already exists`);
      for (const { storage } of change.allocations) parts.storages.storage(storage);
      if (secrets !== undefined) parts.secrets.read(secrets);
    },
    steps: [
      {
        name: 'plan-volumes',
        async run(context, params) {
          const { vmid, change, template } = params;
          const plans = await planCtVolumes(parts.storages, context, vmid, change.allocations);
          const root = rootPlan(plans);
          const info = await volumeInfo(parts.storages, context, template);
          const cloned = root.format === 'subvol' && hasBases(parts.storages, root.storage);
          const base = cloned
            ? templateBaseOf(root.storage, template, info, unprivileged(params))
            : undefined;
          return { plans, base, createdAt: parts.clock.now() };
        },
        // The last to be undone: nobody asks for the secrets any more.
        async undo(_context, { vmid, secrets }) {
          // What mounting and starting left: its folder of run-time files, its log.
          if (!findGuest(parts.store, vmid)) await parts.driver.undefine(vmid);
          if (secrets !== undefined) parts.secrets.forget(secrets);
        },
      },
      {
        name: 'template-base',
        async run(context, params, { base }) {
          if (!base) return undefined;
          const { vmid, template } = params;
          const baseName = await parts.bases.ensure(context, base, async (volume) => {
            context.log(`unpacking ${template}: the containers after this one are clones of it`);
            await unpackTemplate(parts, context, {
              vmid,
              template,
              volume,
              unprivileged: unprivileged(params),
            });
          });
          return { baseName };
        },
        async undo(context, { vmid, template }, { base }) {
          if (!base) return;
          await parts.driver.unmount(vmid);
          await leaveTemplate(parts, context, template);
          await parts.bases.discard(context, base);
        },
      },
      {
        name: 'make-root',
        async run(context, params, { plans = [], baseName }) {
          const plan = rootPlan(plans);
          context.log(`making ${plan.storage}:${plan.name} (${plan.format}) for rootfs`);
          const { vmid, template } = params;
          const source = baseName === undefined ? { template } : { baseName };
          const root = await makeRoot(parts, context, vmid, plan, source, unprivileged(params));
          return { made: [root] };
        },
        async undo(context, { vmid, template }, { plans = [], baseName }) {
          await parts.driver.unmount(vmid);
          if (baseName === undefined) await leaveTemplate(parts, context, template);
          await unmakeCtVolumes(
            parts,
            context,
            vmid,
            plans.filter(({ key }) => key === 'rootfs'),
          );
        },
      },
      {
        name: 'make-mount-points',
        async run(context, params, { plans = [], made = [] }) {
          const all = made.filter(({ key }) => key === 'rootfs');
          for (const plan of plans.filter(({ key }) => key !== 'rootfs')) {
            context.log(`making ${plan.storage}:${plan.name} (${plan.format}) for ${plan.key}`);
            const volume = await makeCtVolume(parts, context, params.vmid, plan, unprivileged(params));
            const { storage, name } = splitVolume(volume.volume);
            await limitTree(parts.storages.storage(storage), context, plan, name);
            all.push(volume);
          }
          return { made: all };
        },
        async undo(context, { vmid }, { plans = [] }) {
          await unmakeCtVolumes(
            parts,
            context,
            vmid,
            plans.filter(({ key }) => key !== 'rootfs'),
          );
        },
      },
      {
        name: 'set-up-root',
        async run(context, { vmid, change, secrets, start }, { made = [] }) {
          const completed = completeCtChange(change, new Map(made.map((volume) => [volume.key, volume])));
          const root = made.find(({ key }) => key === 'rootfs');
          if (!root) return undefined;
          const unprivileged = completed['unprivileged'] === 1;
          const keep = start && isMountedAlone(vmid, completed);
          const at = { place: vmid, volume: root.volume, unprivileged, keep };
          const complete = await withMounted(parts, context, at, async (path) => {
            const found = await parts.setup.detect(path);
            const config = fillInTemplateFacts(completed, found);
            const model = readCtConfig({ vmid, config });
            const first = secrets === undefined ? {} : parts.secrets.read(secrets);
            await parts.setup.firstTime(context, path, model, first);
            // A start does this in any case.
            if (!start) await parts.setup.apply(context, path, model, await parts.facts());
            return config;
          });
          return { complete };
        },
        async undo(context, { vmid }, { plans = [] }) {
          const plan = plans.find(({ key }) => key === 'rootfs');
          const root = plan && (await findPlanned(parts.storages, context, vmid, plan));
          await leavePlace(parts, context, vmid, plan && root && `${plan.storage}:${root.name}`);
        },
      },
      {
        name: 'write-config',
        async run(_context, { vmid, secrets }, { complete, createdAt = 0 }) {
          if (!complete) return undefined;
          const document: GuestDocument = {
            ...{ kind: 'lxc', vmid, node: parts.node, config: complete, createdAt },
          };
          if (findGuest(parts.store, vmid)?.createdAt !== createdAt)
            await parts.store.write(guestKey(vmid), document, 0);
          if (secrets !== undefined) parts.secrets.forget(secrets);
          return undefined;
        },
        async undo(_context, { vmid }, { createdAt }) {
          if (createdAt !== undefined && findGuest(parts.store, vmid)?.createdAt === createdAt)
            await parts.store.delete(guestKey(vmid));
        },
      },
      joinPoolStep(parts, ({ vmid }) => vmid),
      ...onlyWhen<CtCreateParams, CtCreateState>(({ start }) => start, ctStartSteps<CtCreateParams>(parts)),
    ],
    // The first password lives in memory alone: after a crash nobody could finish.
    afterCrash: 'unwind',
    cancellable: true,
  };
}

/** Will a start mount nothing but the root, just as it is mounted to be set up? Then it need not be mounted twice. */
function isMountedAlone(vmid: number, config: VmConfig): boolean {
  const { root, mounts } = readCtConfig({ vmid, config });
  return mounts.length === 0 && root.options.length === 0 && root.acl === undefined;
}
