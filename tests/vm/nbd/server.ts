/**
 * Serves a recorded disk over a unix socket, for QEMU to attach as `nbd:unix:PATH`.
 *
 * Requests that came together are taken together, as a disk with a queue takes them: a flush among them covers what was
 * answered before they came, and no write that came with it.
 */
import { ByteStream } from "./byte_stream.ts";
import { negotiate } from "./negotiation.ts";
import {
  COMMAND,
  COMMAND_FUA,
  DATA_BYTES_MAX,
  decodeRequest,
  encodeReply,
  REPLY_ERROR,
  REQUEST_BYTES,
  type RequestHeader,
} from "./protocol.ts";
import type { RecordedDisk } from "./recorded_disk.ts";

/** Requests taken together at most. */
const TOGETHER_MAX = 64;

/** A server of one disk. Disposing of it ends its connections. */
export interface DiskServer extends AsyncDisposable {
  /** Waits until no client is connected any more. @throws What went wrong with one. */
  idle(): Promise<void>;
}

/** A request with its data. */
interface DiskRequest extends RequestHeader {
  readonly data: Uint8Array<ArrayBuffer>;
  /** Records answered when it came. */
  readonly answered: number;
}

/** Serves `disk` on the socket `path` until disposed of. */
export function serveDisk(disk: RecordedDisk, path: string): DiskServer {
  const listener = Deno.listen({ transport: "unix", path });
  const open = new Map<Deno.Conn, Promise<void>>();
  const faults: unknown[] = [];
  const accepting = (async () => {
    for await (const connection of listener) {
      const served = serve(disk, connection)
        .catch((error: unknown) => void (isGone(error) || faults.push(error)))
        .finally(() => {
          open.delete(connection);
          close(connection);
        });
      open.set(connection, served);
    }
  })();
  const idle = async (): Promise<void> => {
    await Promise.all(open.values());
    if (faults.length > 0) throw new AggregateError(faults, `Cannot serve the disk: ${faults[0]}`);
  };
  return {
    idle,
    async [Symbol.asyncDispose](): Promise<void> {
      listener.close();
      for (const connection of open.keys()) close(connection);
      await Promise.all([accepting, ...open.values()]);
    },
  };
}

async function serve(disk: RecordedDisk, connection: Deno.Conn): Promise<void> {
  const stream = new ByteStream(connection);
  const send = async (bytes: Uint8Array): Promise<void> => {
    for (let at = 0; at < bytes.length;) at += await connection.write(bytes.subarray(at));
  };
  if (!await negotiate({ stream, send, sizeBytes: disk.sizeBytes })) return;
  for (;;) {
    const requests = await takeRequests(stream, disk);
    if (requests.length === 0) return;
    const end = requests.findIndex(({ command }) => command === COMMAND.DISC);
    for (const request of end === -1 ? requests : requests.slice(0, end)) {
      const { error, data } = perform(disk, request);
      await send(encodeReply(request.cookie, error));
      if (data.length > 0) await send(data);
    }
    if (end !== -1) return;
    disk.answeredAll();
  }
}

/** Waits for one request, and takes those that came whole behind it. @returns None at the end. */
async function takeRequests(stream: ByteStream, disk: RecordedDisk): Promise<DiskRequest[]> {
  const requests: DiskRequest[] = [];
  do {
    const head = await stream.take(REQUEST_BYTES);
    if (head === undefined) return requests;
    const header = decodeRequest(head);
    const dataBytes = dataBytesOf(header);
    if (header.length > DATA_BYTES_MAX && header.command <= COMMAND.WRITE) {
      throw new RangeError(`Cannot take ${header.length} bytes in one request`);
    }
    const data = await stream.take(dataBytes);
    if (data === undefined) return requests;
    requests.push({ ...header, data, answered: disk.answered });
  } while (requests.length < TOGETHER_MAX && isNextWhole(stream));
  return requests;
}

function isNextWhole(stream: ByteStream): boolean {
  if (stream.heldBytes < REQUEST_BYTES) return false;
  return stream.heldBytes >= REQUEST_BYTES + dataBytesOf(decodeRequest(stream.peek(REQUEST_BYTES)));
}

function dataBytesOf({ command, length }: RequestHeader): number {
  return command === COMMAND.WRITE ? length : 0;
}

interface Performed {
  readonly error: number;
  readonly data: Uint8Array;
}

function perform(disk: RecordedDisk, request: DiskRequest): Performed {
  const { command, offset, length, flags } = request;
  const nothing = new Uint8Array();
  const fua = (flags & COMMAND_FUA) !== 0;
  if (command !== COMMAND.FLUSH && offset + length > disk.sizeBytes) {
    const error = command === COMMAND.READ ? REPLY_ERROR.EINVAL : REPLY_ERROR.ENOSPC;
    return { error, data: nothing };
  }
  switch (command) {
    case COMMAND.READ:
      return { error: REPLY_ERROR.NONE, data: disk.read(offset, length) };
    case COMMAND.WRITE:
      disk.write(offset, request.data, fua);
      return { error: REPLY_ERROR.NONE, data: nothing };
    case COMMAND.FLUSH:
      disk.flush(request.answered);
      return { error: REPLY_ERROR.NONE, data: nothing };
    case COMMAND.TRIM:
    case COMMAND.WRITE_ZEROES:
      disk.clear(command === COMMAND.TRIM ? "trim" : "zero", { offset, length }, fua);
      return { error: REPLY_ERROR.NONE, data: nothing };
    default:
      return { error: REPLY_ERROR.EINVAL, data: nothing };
  }
}

function close(connection: Deno.Conn): void {
  try {
    connection.close();
  } catch {
    // It was closed already.
  }
}

/** A client that is killed resets its connection: what every power cut does. */
function isGone(error: unknown): boolean {
  return error instanceof Deno.errors.ConnectionReset || error instanceof Deno.errors.BrokenPipe ||
    error instanceof Deno.errors.BadResource || error instanceof Deno.errors.Interrupted ||
    error instanceof Deno.errors.ConnectionAborted;
}
