// Sending a file to the daemon: XMLHttpRequest, because fetch does not tell how much was sent.
import { apiBase, csrfToken, dataOf, placeParams } from './client.ts';
import { ApiError, errorFromReply } from './errors.ts';

/** How a file is sent. */
export interface Sending {
  /** Bytes sent and bytes in all. */
  readonly onProgress: (sent: number, total: number) => void;
  readonly signal: AbortSignal;
}

interface UploadRequest extends Sending {
  readonly node: string;
  readonly storage: string;
  readonly content: string;
  readonly file: File;
  readonly checksum?: { readonly algorithm: string; readonly value: string };
}

/** Uploads; answers the UPID of the task that puts the file in its place. Aborting rejects with a DOMException. */
export function upload(request: UploadRequest): Promise<string> {
  const form = new FormData();
  form.append('content', request.content);
  if (request.checksum) {
    form.append('checksum-algorithm', request.checksum.algorithm);
    form.append('checksum', request.checksum.value);
  }
  // The file comes last: the daemon reads the fields before it and then streams to disk.
  form.append('filename', request.file, request.file.name);
  const { node, storage } = request;
  return post(
    placeParams('POST /nodes/{node}/storage/{storage}/upload', { node, storage }).at,
    form,
    request,
  );
}

interface SnippetUpload extends Sending {
  readonly node: string;
  readonly storage: string;
  readonly file: File;
}

/** Uploads a small file for cloud-init; answers the UPID of the task that puts it in its place. */
export function uploadSnippet(request: SnippetUpload): Promise<string> {
  const form = new FormData();
  form.append('filename', request.file, request.file.name);
  const { node, storage } = request;
  const { at } = placeParams('POST /nodes/{node}/storage/{storage}/upload-snippet', { node, storage });
  return post(at, form, request);
}

interface UpdateUpload extends Sending {
  readonly node: string;
  readonly file: File;
}

/** Sends an update file as the body itself; answers the UPID of the task that writes it to the other slot. */
export function uploadUpdate(request: UpdateUpload): Promise<string> {
  const { at } = placeParams('POST /nodes/{node}/appliance/upload', { node: request.node });
  // Without a type of its own the browser would send what it guesses from the name.
  return post(at, request.file.slice(0, request.file.size, 'application/octet-stream'), request);
}

function post(at: string, body: FormData | Blob, { onProgress, signal }: Sending): Promise<string> {
  return new Promise((resolve, reject) => {
    const xhr = new XMLHttpRequest();
    xhr.open('POST', apiBase + at);
    const token = csrfToken();
    if (token !== undefined) xhr.setRequestHeader('CSRFPreventionToken', token);
    xhr.upload.addEventListener('progress', (event) => onProgress(event.loaded, event.total));
    xhr.addEventListener('load', () => {
      if (xhr.status < 200 || xhr.status > 299) {
        reject(errorFromReply(xhr.status, xhr.statusText, xhr.responseText));
        return;
      }
      try {
        resolve(dataOf<string>(xhr.status, xhr.responseText));
      } catch (thrown) {
        reject(thrown);
      }
    });
    xhr.addEventListener('error', () => reject(new ApiError(0, '')));
    xhr.addEventListener('abort', () => reject(new DOMException('Upload cancelled', 'AbortError')));
    signal.addEventListener('abort', () => xhr.abort(), { once: true });
    xhr.send(body);
  });
}
