/** Bodies of requests that are known to be short, read whole. */

import { Places } from "./places.ts";

/** Reads them until the agent stops. */
export interface ShortBodies {
  /** Reads one. @throws The stop signal's reason, as soon as that aborts: what is not here then is not waited for. */
  read(request: Request): Promise<Uint8Array<ArrayBuffer>>;
}

/** Makes a reader that gives up when `stopped` aborts. */
export function shortBodies(stopped: AbortSignal): ShortBodies {
  const waiting = new Places<(reason: unknown) => void>();
  stopped.addEventListener("abort", () => {
    for (const refuse of waiting.all()) refuse(stopped.reason);
  }, { once: true });
  return {
    read: (request) =>
      new Promise((resolve, reject) => {
        if (stopped.aborted) reject(stopped.reason);
        const place = waiting.add(reject);
        request.bytes().then((bytes) => {
          waiting.delete(place);
          resolve(bytes);
        }, (error: unknown) => {
          waiting.delete(place);
          reject(error);
        });
      }),
  };
}
