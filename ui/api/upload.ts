// Sending a file to a storage: XMLHttpRequest, because fetch does not tell how much was sent.
import { apiBase, csrfToken, dataOf, placeParams } from './client.ts';
import { ApiError, errorFromReply } from './errors.ts';

export interface UploadRequest {
  readonly node: string;
  readonly storage: string;
  readonly content: string;
  readonly file: File;
  readonly checksum?: { readonly algorithm: string; readonly value: string };
  /** Bytes sent and bytes in all. */
  readonly onProgress: (sent: number, total: number) => void;
  readonly signal: AbortSignal;
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

  return new Promise((resolve, reject) => {
    const { at } = placeParams('POST /nodes/{node}/storage/{storage}/upload', {
      node: request.node,
      storage: request.storage,
    });
    const xhr = new XMLHttpRequest();
    xhr.open('POST', apiBase + at);
    const token = csrfToken();
    if (token !== undefined) xhr.setRequestHeader('CSRFPreventionToken', token);
    xhr.upload.addEventListener('progress', (event) => request.onProgress(event.loaded, event.total));
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
    request.signal.addEventListener('abort', () => xhr.abort(), { once: true });
    xhr.send(form);
  });
}
