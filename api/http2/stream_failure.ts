import { Http2Code, StreamClosed } from "./fault.ts";

/** Why nothing more can be done with a stream whose answer is out. */
export function alreadyEnded(): StreamClosed {
  return new StreamClosed(Http2Code.NO_ERROR, "the answer has ended");
}

/** A rejection that is no fault where nobody looks at it. */
export function rejected(reason: Error): Promise<never> {
  const promise = Promise.reject(reason);
  promise.catch(() => {});
  return promise;
}

/** Tells `listener`; what it throws is its own fault, and others go on. */
export function tell(listener: (reason: Error) => void, reason: Error): void {
  try {
    listener(reason);
  } catch {
    // See above.
  }
}
