// What a URL offers, without fetching it: file name, type and size.
import { AppError } from '../core/errors.ts';
import { openUrl, type UrlReply, type UrlRequest } from './http-source.ts';

export interface UrlMetadata {
  readonly filename?: string;
  readonly mimetype?: string;
  /** Bytes. */
  readonly size?: number;
}

/** Asks by HEAD; servers that do not know it are asked by GET, whose body is thrown away. */
export async function queryUrlMetadata(request: Omit<UrlRequest, 'method'>): Promise<UrlMetadata> {
  const reply = await openUrl({ ...request, method: 'HEAD' }).catch(async (error: unknown) => {
    if (!(error instanceof AppError) || !/answered (403|405|501)\b/.test(error.message)) throw error;
    return await openUrl({ ...request, method: 'GET' });
  });
  reply.body.destroy();
  const filename = fileNameOf(reply);
  const mimetype = reply.body.headers['content-type']?.split(';', 1)[0]?.trim();
  return {
    ...(filename === undefined ? {} : { filename }),
    ...(mimetype === undefined || mimetype === '' ? {} : { mimetype }),
    ...(reply.sizeBytes === undefined ? {} : { size: reply.sizeBytes }),
  };
}

function fileNameOf({ body, url }: UrlReply): string | undefined {
  const name = readDisposition(body.headers['content-disposition']) ?? url.pathname.split('/').at(-1);
  if (name === undefined || name === '') return undefined;
  return decodeQuietly(name).replace(/^.*[/\\]/, '') || undefined;
}

/** The file name of a Content-Disposition header (RFC 6266), without its path. */
export function readDisposition(header: string | undefined): string | undefined {
  if (header === undefined) return undefined;
  const extended = /;\s*filename\*\s*=\s*UTF-8'[^']*'([^;\s]+)/i.exec(header)?.[1];
  if (extended !== undefined) return decodeQuietly(extended);
  const plain = /;\s*filename\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^;\s]+))/i.exec(header);
  return plain ? (plain[1]?.replace(/\\(.)/g, '$1') ?? plain[2]) : undefined;
}

function decodeQuietly(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
