// Reads a multipart upload: fields and one file, streamed with backpressure, abandoned cleanly when either side gives up.
import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import busboy from 'busboy';
import { AppError, asAppError, invalidInput } from '../core/errors.ts';

export interface MultipartReader {
  /** A plain field; may throw to refuse the upload. */
  field(name: string, value: string): void;
  /** The one file; must read `stream` to its end or reject. When the upload is abandoned the stream fails. */
  file(name: string, fileName: string, stream: Readable): Promise<void>;
}

const limits = { fields: 20, fieldNameSize: 100, fieldSize: 4096, files: 1, parts: 22, headerPairs: 50 };

/**
 * Resolves when everything was read and `file` has ended. When it rejects, `file` has ended too, and what is left of the
 * request's body is being thrown away so that the client can read its answer.
 */
export async function readMultipart(incoming: IncomingMessage, reader: MultipartReader): Promise<void> {
  const parser = openParser(incoming);
  let work: Promise<void> | undefined;
  let current: Readable | undefined;
  try {
    await new Promise<void>((resolve, reject) => {
      const refuse = (error: AppError) => reject(error);
      const closed = () => {
        if (!incoming.complete)
          reject(new AppError('cancelled', 'the connection was closed during the upload'));
      };
      parser.on('field', (name, value, info) => {
        if (info.nameTruncated || info.valueTruncated) return refuse(invalidInput({ [name]: 'is too long' }));
        try {
          reader.field(name, value);
        } catch (error) {
          reject(error);
        }
      });
      parser.on('file', (name, stream, info) => {
        // It fails when the upload is abandoned, also when nobody reads it any more: that must not end the daemon.
        stream.on('error', () => {});
        if (work) {
          stream.resume();
          return refuse(invalidInput({ filename: 'one file at a time' }));
        }
        current = stream;
        work = reader.file(name, info.filename ?? '', stream);
        work.catch(reject);
      });
      parser.on('filesLimit', () => refuse(invalidInput({ filename: 'one file at a time' })));
      parser.on('fieldsLimit', () => refuse(invalidInput({}, 'too many fields')));
      parser.on('partsLimit', () => refuse(invalidInput({}, 'too many parts')));
      parser.on('error', (error) =>
        reject(
          new AppError('invalid-input', 'the upload is not well-formed multipart data', { cause: error }),
        ),
      );
      parser.on('close', () => resolve());
      incoming.on('error', () => reject(new AppError('cancelled', 'the connection broke during the upload')));
      incoming.on('close', closed);
      incoming.pipe(parser);
    });
    await work;
  } catch (error) {
    incoming.unpipe(parser);
    current?.destroy(new Error('the upload was abandoned'));
    await work?.catch(() => {});
    incoming.resume();
    throw asAppError(error);
  }
}

function openParser(incoming: IncomingMessage): busboy.Busboy {
  try {
    // Paths in file names are kept, so that they are seen and refused instead of being cut off quietly.
    return busboy({ headers: incoming.headers, limits, preservePath: true, defParamCharset: 'utf8' });
  } catch (error) {
    incoming.resume();
    throw new AppError('invalid-input', 'an upload must be multipart/form-data', { cause: error });
  }
}
