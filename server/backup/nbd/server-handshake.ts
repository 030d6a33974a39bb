// The server's side of the handshake: answers what a client asks, until it has chosen an export or goes.
import {
  decodeClientFlags,
  decodeContextQuery,
  decodeExportQuery,
  decodeOptionHead,
  encodeBlockSizes,
  encodeContext,
  encodeGreeting,
  encodeOptionReply,
  encodeServerReply,
  encodeSizeAndFlags,
  optionHeadBytes,
} from './handshake-messages.ts';
import { type Script, take } from './intake.ts';
import type { NbdExport } from './nbd-export.ts';
import {
  allocationContext,
  ExportFlag,
  maxRequestBytes,
  Option,
  OptionReply,
  protocolBreach,
  writeU64,
} from './nbd-protocol.ts';

/** What a client has chosen. */
export interface Choice {
  readonly served: NbdExport;
  readonly structured: boolean;
  /** It may ask for `base:allocation`, by the number `allocationId`. */
  readonly allocation: boolean;
}

/** The number of `base:allocation` in our replies. */
export const allocationId = 1;

/** Options of one client; QEMU asks for four. */
const maxOptions = 64;

type Exports = ReadonlyMap<string, NbdExport>;

/** undefined: the client has taken its leave. Throws when it breaks the protocol or does not come to an end. */
export function* offerExports(
  send: (bytes: Uint8Array) => void,
  exports: Exports,
): Script<Choice | undefined> {
  send(encodeGreeting());
  const { noZeroes } = decodeClientFlags(yield* take(4));
  const reply = (option: number, type: number, data?: Uint8Array) =>
    send(encodeOptionReply(option, type, data));
  let structured = false;
  let allocationOf: string | undefined;
  for (let options = 0; options < maxOptions; options += 1) {
    const { option, bytes } = decodeOptionHead(yield* take(optionHeadBytes));
    const data = yield* take(bytes);
    const choice = (served: NbdExport): Choice => ({
      served,
      structured,
      allocation: allocationOf === served.name,
    });
    switch (option) {
      case Option.exportName: {
        const served = exports.get(data.toString());
        // This option cannot be answered with an error.
        if (!served) throw protocolBreach('it asks for an export that there is not');
        send(encodeOldChoice(served, structured, noZeroes));
        return choice(served);
      }
      case Option.abort:
        reply(option, OptionReply.ack);
        return undefined;
      case Option.list:
        if (bytes > 0) {
          reply(option, OptionReply.invalid);
          break;
        }
        for (const name of exports.keys()) reply(option, OptionReply.server, encodeServerReply(name));
        reply(option, OptionReply.ack);
        break;
      case Option.info:
      case Option.go: {
        const query = decodeExportQuery(data);
        const served = query && exports.get(query.name);
        if (!served) {
          reply(option, query ? OptionReply.unknownExport : OptionReply.invalid);
          break;
        }
        describe(served, structured, (info) => reply(option, OptionReply.info, info));
        reply(option, OptionReply.ack);
        if (option === Option.go) return choice(served);
        break;
      }
      case Option.structuredReply:
        structured ||= bytes === 0;
        reply(option, bytes === 0 ? OptionReply.ack : OptionReply.invalid);
        break;
      case Option.listMetaContext:
      case Option.setMetaContext: {
        const query = structured ? decodeContextQuery(data) : undefined;
        const served = query && exports.get(query.name);
        if (!served) {
          reply(option, query ? OptionReply.unknownExport : OptionReply.invalid);
          break;
        }
        const listed = option === Option.listMetaContext;
        const named = query.queries.some(
          (text) => text === allocationContext || (listed && text === 'base:'),
        );
        const found = served.blockStatus !== undefined && (named || (listed && query.queries.length === 0));
        if (!listed) allocationOf = found ? served.name : undefined;
        if (found) {
          const context = encodeContext(listed ? 0 : allocationId, allocationContext);
          reply(option, OptionReply.metaContext, context);
        }
        reply(option, OptionReply.ack);
        break;
      }
      default:
        reply(option, OptionReply.unsupported);
    }
  }
  throw protocolBreach('its options do not end');
}

function exportFlags(served: NbdExport, structured: boolean): number {
  return (
    ExportFlag.hasFlags |
    // Nothing changes, so that all connections see the same.
    (isReadOnly(served) ? ExportFlag.readOnly | ExportFlag.multiConnect : 0) |
    (served.flush && !isReadOnly(served) ? ExportFlag.sendFlush : 0) |
    (structured ? ExportFlag.sendDf : 0)
  );
}

export function isReadOnly(served: NbdExport): boolean {
  return served.readOnly || !served.write;
}

/** A client that did not ask for the sizes of requests gets them all the same, as it may. */
function describe(served: NbdExport, structured: boolean, tell: (info: Uint8Array) => void): void {
  const { sizeBytes, preferredBytes = 4096 } = served;
  tell(encodeBlockSizes({ minBytes: 1, preferredBytes, maxBytes: maxRequestBytes }));
  tell(encodeSizeAndFlags(sizeBytes, exportFlags(served, structured)));
}

/** What clients of 2016 and before get: size, flags, and zeros that once were reserved. */
function encodeOldChoice(served: NbdExport, structured: boolean, noZeroes: boolean): Buffer {
  const bytes = Buffer.alloc(noZeroes ? 10 : 134);
  writeU64(bytes, served.sizeBytes, 0);
  bytes.writeUInt16BE(exportFlags(served, structured), 8);
  return bytes;
}
