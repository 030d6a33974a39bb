// Uploads a file to a daemon under test as a form, streaming it, over its local socket or TLS.
import { createReadStream, statSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest, type RequestOptions } from 'node:https';
import { basename } from 'node:path';
import type { Readable } from 'node:stream';

export interface UploadForm {
  /** `iso`, `vztmpl` or `import`. */
  readonly content: string;
  /** A file to send under its own name, or any bytes of a known length under a name. */
  readonly file: string | { readonly name: string; readonly sizeBytes: number; readonly bytes: Readable };
  /** Further fields, such as `checksum`. */
  readonly fields?: Readonly<Record<string, string>>;
}

/** Where to: the local socket as root@pam, or TLS with a cookie or a token and what goes with it. */
export type UploadTarget =
  | { readonly socket: string }
  | { readonly port: number; readonly headers: Readonly<Record<string, string>> };

const boundary = 'croft-test-7d1b0c5e';

/** Answers the UPID of the task that takes the file over; throws when the daemon refuses. */
export async function upload(
  target: UploadTarget,
  form: UploadForm,
  storage = 'local',
  node = 'testnode',
): Promise<string> {
  const { file } = form;
  const { name, sizeBytes, bytes } =
    typeof file === 'string'
      ? { name: basename(file), sizeBytes: statSync(file).size, bytes: createReadStream(file) }
      : file;
  const fields = Object.entries({ content: form.content, ...form.fields }).map(
    ([key, value]) => `--${boundary}\r\nContent-Disposition: form-data; name="${key}"\r\n\r\n${value}\r\n`,
  );
  const head = `${fields.join('')}--${boundary}\r\nContent-Disposition: form-data; name="filename"; filename="${name}"\r\nContent-Type: application/octet-stream\r\n\r\n`;
  const tail = `\r\n--${boundary}--\r\n`;
  const options: RequestOptions = {
    method: 'POST',
    path: `/api2/json/nodes/${node}/storage/${storage}/upload`,
    agent: false,
    headers: {
      'content-type': `multipart/form-data; boundary=${boundary}`,
      'content-length': head.length + sizeBytes + tail.length,
      ...('headers' in target ? target.headers : {}),
    },
  };
  return new Promise((resolve, reject) => {
    const request =
      'socket' in target
        ? httpRequest({ ...options, socketPath: target.socket })
        : httpsRequest({ ...options, host: '127.0.0.1', port: target.port, rejectUnauthorized: false });
    request.on('error', (error) => {
      bytes.destroy();
      reject(error);
    });
    request.on('response', (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.on('error', reject);
      answer.on('end', () => {
        const text = Buffer.concat(chunks).toString();
        if (answer.statusCode === 200) resolve((JSON.parse(text) as { data: string }).data);
        else reject(new Error(`upload: ${answer.statusCode} ${answer.statusMessage} ${text}`));
      });
    });
    request.write(head);
    bytes.on('error', (error: Error) => request.destroy(error));
    bytes.on('end', () => request.end(tail));
    bytes.pipe(request, { end: false });
  });
}
