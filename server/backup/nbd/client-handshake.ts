// The client's side of the handshake: what is asked of the server, in which order, and what it says of the export.
import { AppError } from '../../core/errors.ts';
import {
  type BlockSizes,
  decodeContext,
  decodeExportInfo,
  decodeGreeting,
  decodeOptionReplyHead,
  decodeServerReply,
  encodeClientFlags,
  encodeContextQuery,
  encodeExportQuery,
  encodeOption,
  greetingBytes,
  isOptionError,
  optionReplyHeadBytes,
  readableText,
} from './handshake-messages.ts';
import { type Script, take } from './intake.ts';
import {
  allocationContext,
  ExportFlag,
  Info,
  maxRequestBytes,
  Option,
  OptionReply,
  protocolBreach,
} from './nbd-protocol.ts';

/** What was agreed upon with a server. */
export interface Agreement {
  readonly sizeBytes: number;
  readonly readOnly: boolean;
  /** Several connections see the same. */
  readonly multiConnect: boolean;
  readonly blockSizes: BlockSizes;
  /** Replies to reads come in chunks. */
  readonly structured: boolean;
  /** It can be asked for one chunk (`CommandFlag.dontFragment`). */
  readonly whole: boolean;
  readonly flushes: boolean;
  /** It takes `Command.writeZeroes`. */
  readonly writesZeros: boolean;
  /** Number of `base:allocation` in replies; undefined: the server cannot tell what is used. */
  readonly allocationId: number | undefined;
}

type Send = (bytes: Uint8Array) => void;

/** One reply to an option; the last one has type `ack` or is an error. */
interface OptionAnswer {
  readonly type: number;
  readonly data: Buffer;
}

/** Replies to one option, more than which nobody sends: exports in a list. */
const maxAnswers = 1024;

/** Sizes of a server that tells none, by the protocol. */
const defaultSizes: BlockSizes = { minBytes: 1, preferredBytes: 4096, maxBytes: maxRequestBytes };

/**
 * Asks for an export, with replies in chunks and `base:allocation` if the server has them. Throws `not-found` when it has no such
 * export, `unavailable` when it is no (fixed newstyle) NBD server or refuses.
 */
export function* agreeOnExport(send: Send, exportName: string): Script<Agreement> {
  yield* greet(send);
  const structured = !isRefusal(yield* ask(send, Option.structuredReply));
  const allocationId = structured ? yield* askForAllocation(send, exportName) : undefined;
  const answers = yield* ask(send, Option.go, encodeExportQuery(exportName, [Info.blockSize]));
  const refusal = answers.find(({ type }) => isOptionError(type));
  if (refusal) {
    send(encodeOption(Option.abort));
    throw refused(refusal, exportName);
  }
  let size: { sizeBytes: number; flags: number } | undefined;
  let blockSizes = defaultSizes;
  for (const { type, data } of answers) {
    const info = type === OptionReply.info ? decodeExportInfo(data) : undefined;
    if (info && 'sizeBytes' in info) size = info;
    else if (info) blockSizes = info.blockSizes;
  }
  if (!size) throw protocolBreach('it does not tell the size of the export');
  return {
    sizeBytes: size.sizeBytes,
    readOnly: (size.flags & ExportFlag.readOnly) !== 0,
    multiConnect: (size.flags & ExportFlag.multiConnect) !== 0,
    blockSizes: { ...blockSizes, maxBytes: Math.min(blockSizes.maxBytes, maxRequestBytes) },
    structured,
    whole: structured && (size.flags & ExportFlag.sendDf) !== 0,
    flushes: (size.flags & ExportFlag.sendFlush) !== 0,
    writesZeros: (size.flags & ExportFlag.sendWriteZeroes) !== 0,
    allocationId,
  };
}

/** The names of all exports. Throws `forbidden` when the server keeps them for itself. */
export function* askForNames(send: Send): Script<string[]> {
  yield* greet(send);
  const answers = yield* ask(send, Option.list);
  if (isRefusal(answers)) throw new AppError('forbidden', 'the block server does not tell what it exports');
  send(encodeOption(Option.abort));
  return answers.filter(({ type }) => type === OptionReply.server).map(({ data }) => decodeServerReply(data));
}

function* greet(send: Send): Script {
  const { noZeroes } = decodeGreeting(yield* take(greetingBytes));
  send(encodeClientFlags(noZeroes));
}

function* askForAllocation(send: Send, exportName: string): Script<number | undefined> {
  const query = encodeContextQuery(exportName, [allocationContext]);
  const answers = yield* ask(send, Option.setMetaContext, query);
  // An export that is not there is told by GO.
  if (isRefusal(answers)) return undefined;
  const contexts = answers
    .filter(({ type }) => type === OptionReply.metaContext)
    .map(({ data }) => decodeContext(data));
  if (contexts.length > 1 || (contexts[0] && contexts[0].name !== allocationContext))
    throw protocolBreach('it gives metadata that were not asked for');
  return contexts[0]?.id;
}

function* ask(send: Send, option: number, data?: Uint8Array): Script<OptionAnswer[]> {
  send(encodeOption(option, data));
  const answers: OptionAnswer[] = [];
  for (;;) {
    const { type, bytes } = decodeOptionReplyHead(yield* take(optionReplyHeadBytes), option);
    answers.push({ type, data: yield* take(bytes) });
    if (type === OptionReply.ack || isOptionError(type)) return answers;
    if (answers.length > maxAnswers) throw protocolBreach('its replies do not end');
  }
}

function isRefusal(answers: readonly OptionAnswer[]): boolean {
  return answers.some(({ type }) => isOptionError(type));
}

function refused({ type, data }: OptionAnswer, exportName: string): AppError {
  const detail = `option reply ${type.toString(16)}: ${readableText(data)}`;
  return type === OptionReply.unknownExport
    ? new AppError('not-found', `the block server has no export '${exportName}'`, { detail })
    : new AppError('unavailable', `the block server refuses the export '${exportName}'`, { detail });
}
