// What is done inside a running container: programs, files to and fro.
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { execInCt, pullCtFile, pushCtFile } from '../../contract/lxc-inside.ts';
import { invalidInput } from '../../core/errors.ts';
import { openRoot } from '../../core/root-files.ts';
import { quietContext } from '../../core/work-context.ts';
import { activeConfig } from '../../guests/config/guest-document.ts';
import { readCtConfig } from '../../guests/ct/config/read-ct-config.ts';
import { type CtDriver, ctIdMap } from '../../guests/ct/ct-driver.ts';
import { assertCtAction } from '../../guests/ct/ct-state-rules.ts';
import type { CtParts } from '../../guests/ct-parts.ts';
import { readGuest } from '../../guests/guest-documents.ts';
import { ReplyResponse, type Route, route } from '../route.ts';

export interface LxcInsideParts {
  readonly ctParts: Pick<CtParts, 'store' | 'states'> & { readonly driver: CtDriver };
}

export function lxcInsideRoutes({ ctParts }: LxcInsideParts): Route[] {
  const { driver, store } = ctParts;
  return [
    route(execInCt, async ({ params, signal }) => {
      assertCtAction(ctParts, params.vmid, 'console');
      const { exitCode, stdout, stderr } = await driver.exec(
        quietContext(signal),
        params.vmid,
        params.command,
        {
          timeoutMs: params.timeout * 1000,
          ...(params.input === undefined ? {} : { input: params.input }),
        },
      );
      return { exitcode: exitCode, stdout, stderr };
    }),

    route(pullCtFile, async ({ params }) => {
      assertCtAction(ctParts, params.vmid, 'console');
      const root = await openRoot(await driver.rootOf(params.vmid));
      try {
        const { stream } = await root.openForRead(requirePath(params.path));
        stream.once('close', () => void root.close());
        return new ReplyResponse(
          new Response(Readable.toWeb(stream) as ReadableStream<Uint8Array>, {
            headers: {
              'Content-Type': 'application/octet-stream',
              'Content-Disposition': 'attachment',
              'Cache-Control': 'no-store',
              'X-Content-Type-Options': 'nosniff',
            },
          }),
        );
      } catch (error) {
        await root.close();
        throw error;
      }
    }),

    route(pushCtFile, async ({ params, incoming, signal }) => {
      const { vmid, uid, gid, mode } = params;
      const path = requirePath(params.path);
      assertCtAction(ctParts, vmid, 'console');
      const { unprivileged } = readCtConfig({ vmid, config: activeConfig(readGuest(store, vmid, 'lxc')) });
      const root = await openRoot(await driver.rootOf(vmid));
      try {
        const writing = await root.openForWrite(path, {
          mode: Number.parseInt(mode, 8),
          uid: hostId(uid, unprivileged, 'uid'),
          gid: hostId(gid, unprivileged, 'gid'),
        });
        try {
          await pipeline(incoming, writing.stream, { signal });
          await writing.commit();
        } finally {
          await writing.discard();
        }
      } finally {
        await root.close();
      }
      return null;
    }),
  ];
}

/** Parameters of streams are checked only as far as they are given. */
function requirePath(path: string | undefined): string {
  if (path === undefined) throw invalidInput({ path: 'property is missing and it is not optional' });
  return path;
}

/** The owner as the host counts. `invalid-input` for one that the container does not have. */
function hostId(id: number, unprivileged: boolean, field: string): number {
  if (!unprivileged) return id;
  if (id >= ctIdMap.count)
    throw invalidInput({ [field]: `this container has the numbers 0 to ${ctIdMap.count - 1}` });
  return ctIdMap.first + id;
}
