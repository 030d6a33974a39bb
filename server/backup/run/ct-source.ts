// How a container is backed up: its files as of one moment, by snapshots of its volumes, by a copy, or from the volumes themselves while it is off.
import { mkdir } from 'node:fs/promises';
import type { Exec } from '../../core/exec.ts';
import { activeConfig } from '../../guests/config/guest-document.ts';
import type { CtTaskParts } from '../../guests/ct/ct-task-parts.ts';
import { readGuest } from '../../guests/guest-documents.ts';
import { ctStartSteps } from '../../tasks/kinds/ct-start-steps.ts';
import type { TarSource } from '../trees/tar-orders.ts';
import { beginTree, endTree, type TreeWorkParts } from '../trees/tree.ts';
import { planTree, type TreePlan, treeTexts } from '../trees/tree-plan.ts';
import type { BackupOptions } from './backup-options.ts';
import { requireUnlocked } from './guest-lock.ts';
import { bringUpAgain, type RestartableGuest, shutDownForBackup, startAgain } from './guest-restart.ts';
import type { GuestSource, OpenedSource, SourcePlan } from './guest-source.ts';
import type { RunOrder } from './run-worker.ts';
import { renderConfText } from './vm-conf-text.ts';

/** How a container's files are made to stand still, and let go of. */
export interface StillTrees {
  readonly begin: typeof beginTree;
  readonly end: typeof endTree;
}

export interface CtSourceParts {
  readonly ct: CtTaskParts;
  readonly exec: Exec;
  readonly runOrder: RunOrder;
  /** Where copies are made when `tmpdir` says nothing: on local disk, root's alone. */
  readonly scratch: string;
  /** Default: by this host's mounts, snapshots and copies. */
  readonly trees?: StillTrees | undefined;
  /** As of `RestartableGuest`. */
  readonly downGraceMs?: number;
}

export interface CtPlan extends SourcePlan {
  readonly tree: TreePlan;
  /** `pct.conf`. */
  readonly conf: string;
}

export interface CtOpened extends OpenedSource {
  readonly source: TarSource;
}

/** A signal may come while its init cannot hear it. */
const askAgainMs = 10_000;

export function createCtSource(parts: CtSourceParts): GuestSource<CtPlan, CtOpened> {
  const { ct, exec, trees = { begin: beginTree, end: endTree } } = parts;
  const work: TreeWorkParts = { ...ct, exec };
  const guest: RestartableGuest = {
    ...{ kind: 'lxc', parts: ct, noun: 'container', askAgainMs, downGraceMs: parts.downGraceMs },
    requestShutdown: (vmid) => ct.driver.requestShutdown(vmid),
    startSteps: () => ctStartSteps(ct),
  };
  /** One that stands cannot hear that it is to shut down. */
  const modeOf = ({ mode }: BackupOptions, vmid: number) =>
    mode === 'stop' && ct.states.stateOf(vmid) === 'paused' ? 'suspend' : mode;

  return {
    kind: 'lxc',
    check: async (vmid) => requireUnlocked(readGuest(ct.store, vmid, 'lxc')),

    async plan(context, vmid, options) {
      const document = readGuest(ct.store, vmid, 'lxc');
      const config = activeConfig(document);
      const state = ct.states.stateOf(vmid);
      const name = String(config['hostname'] ?? `CT${vmid}`);
      context.log(`status = ${state}`);
      context.log(`CT Name: ${name}`);
      const { plan, remarks } = await planTree(ct, context, vmid, {
        ...{ mode: modeOf(options, vmid), scratch: options.tmpdir ?? parts.scratch },
        ...{ exclude: options.excludePaths, standardExcludes: options.standardExcludes },
      });
      for (const { key, target } of plan.volumes)
        context.log(`including mount point ${key} ('${target}') in backup`);
      for (const remark of remarks) context.log(remark);
      const mode = {
        snapshot: options.mode === 'stop' ? 'stop' : 'snapshot',
        copy: 'suspend',
        stopped: 'stop',
      }[plan.way];
      context.log(`backup mode: ${mode}`);
      if (options.limitKib > 0) context.log(`bandwidth limit: ${options.limitKib} KiB/s`);
      context.log(`ionice priority: ${options.ioPriority}`);
      return {
        guestName: name,
        state: state === 'stopped' ? 'stopped' : state === 'running' ? 'running' : 'paused',
        ...{ tree: plan, conf: renderConfText(config, []) },
      };
    },

    async bringDown(context, vmid, options, plan) {
      if (options.mode === 'stop' && plan.state === 'running')
        await shutDownForBackup(guest, context, vmid, options);
    },

    async bringUp(context, vmid, plan, wasDown) {
      if (plan.state === 'running') await bringUpAgain(guest, context, vmid, wasDown);
    },

    async open(context, vmid, options, { tree, conf, state }) {
      // A folder that somebody named is theirs to make.
      if (tree.way === 'copy' && tree.scratch === parts.scratch)
        await mkdir(parts.scratch, { recursive: true, mode: 0o700 });
      const source = await trees.begin(work, context, tree, treeTexts(conf));
      const restarts = options.mode === 'stop' && state === 'running' && tree.way === 'snapshot';
      if (restarts) await startAgain(guest, context, vmid, { standing: false });
      return { source, restarted: restarts };
    },

    close: async (context, _vmid, { tree }) => trees.end(work, context, tree),

    // What is packed stands still, whatever becomes of the container.
    watch: () => () => {},

    async write(context, { options, opened, archive, onProgress }) {
      const { archiveBytes, processedBytes, zeroBytes } = await parts.runOrder(
        context,
        {
          ...{ kind: 'write-tar', archive, tree: opened.source, zstdThreads: options.zstdThreads },
          ...(options.limitKib > 0 ? { bytesPerSecond: options.limitKib * 1024 } : {}),
        },
        { ioPriority: options.ioPriority, onProgress },
      );
      return { archiveBytes, processedBytes, zeroBytes };
    },
  };
}
