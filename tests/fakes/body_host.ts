/** A connection that notes what the body of one of its streams does to it. */
import { IncomingBody } from "../../api/http2/stream_body.ts";

const OWNER = "stream 1";

/** The connection: a window of 1000 bytes a stream, and what was done to it. */
export class FakeBodyHost {
  readonly streamWindowBytes = 1000;
  held = 0;
  given = 0;
  readonly widened: number[] = [];
  readonly body: IncomingBody<string> = new IncomingBody<string>(this, OWNER);
  /** Called when bytes are held. */
  onHold: ((bytes: number) => void) | undefined;

  hold(stream: string, bytes: number): void {
    if (stream !== OWNER) throw new Error(`Cannot tell whose ${stream} is`);
    this.held += bytes;
    this.onHold?.(bytes);
  }

  giveBack(bytes: number): void {
    this.given += bytes;
  }

  widen(stream: string, increment: number): void {
    if (stream !== OWNER) throw new Error(`Cannot tell whose ${stream} is`);
    this.widened.push(increment);
  }

  /** Counts and pushes `length` bytes of `value`. */
  come(length: number, value = 1): void {
    if (!this.body.allow(length)) {
      throw new Error(`Cannot send ${length} bytes: the window is shut`);
    }
    const bytes = new Uint8Array(length + 5).fill(value, 3, 3 + length);
    this.body.push(bytes, 3, 3 + length);
  }

  /** Counts `length` bytes, pushes them as all there are, and ends. */
  comeWhole(length: number): void {
    if (!this.body.allowLast(length)) {
      throw new Error(`Cannot end by ${length} bytes: the window is shut`);
    }
    this.body.pushWhole(new Uint8Array(length + 5).fill(1, 3, 3 + length), 3, 3 + length);
  }

  /** Collects; the bodies that it is told of. */
  collect(bytesMax: number): (number[] | undefined)[] {
    const told: (number[] | undefined)[] = [];
    this.body.collect(bytesMax, (body) => told.push(body === undefined ? undefined : [...body]));
    return told;
  }
}
