/** A client of the disk server for its tests: it sends exactly what it is told to. */
import { ByteStream } from "./byte_stream.ts";
import {
  COMMAND,
  encodeRequest,
  HANDSHAKE,
  OPTION,
  OPTION_MAGIC,
  REPLY_BYTES,
  REPLY_MAGIC,
  viewOf,
} from "./protocol.ts";

/** What the server answered to an option. */
export interface OptionAnswer {
  readonly option: number;
  readonly reply: number;
  readonly data: Uint8Array;
}

/** What to ask in transmission. */
export interface ClientRequest {
  readonly command: number;
  readonly offset?: number;
  /** Of what is read or cleared. */
  readonly length?: number;
  /** Of a write. */
  readonly data?: Uint8Array;
  readonly flags?: number;
}

/** What was answered. */
export interface ClientAnswer {
  readonly error: number;
  readonly data: Uint8Array;
}

export class DiskClient implements Disposable {
  readonly #connection: Deno.Conn;
  readonly stream: ByteStream;

  private constructor(connection: Deno.Conn) {
    this.#connection = connection;
    this.stream = new ByteStream(connection);
  }

  /** Connects, and has said what it is. */
  static async connect(path: string, flags: number = HANDSHAKE.NO_ZEROES): Promise<DiskClient> {
    const client = new DiskClient(await Deno.connect({ transport: "unix", path }));
    await client.take(18);
    const bytes = new Uint8Array(4);
    viewOf(bytes).setUint32(0, HANDSHAKE.FIXED_NEWSTYLE | flags);
    await client.send(bytes);
    return client;
  }

  /** Connects, and is in transmission. */
  static async open(path: string): Promise<DiskClient> {
    const client = await DiskClient.connect(path);
    await client.option(OPTION.EXPORT_NAME, new Uint8Array());
    await client.take(10);
    return client;
  }

  async send(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length;) at += await this.#connection.write(bytes.subarray(at));
  }

  /** @throws {Error} The server has ended the connection. */
  async take(length: number): Promise<Uint8Array<ArrayBuffer>> {
    const bytes = await this.stream.take(length);
    if (bytes === undefined) throw new Error("Cannot read: the server ended the connection");
    return bytes;
  }

  async option(kind: number, data: Uint8Array): Promise<void> {
    const head = new Uint8Array(16);
    const view = viewOf(head);
    view.setBigUint64(0, OPTION_MAGIC);
    view.setUint32(8, kind);
    view.setUint32(12, data.length);
    await this.send(new Uint8Array([...head, ...data]));
  }

  async optionAnswer(): Promise<OptionAnswer> {
    const view = viewOf(await this.take(20));
    const data = await this.take(view.getUint32(16));
    return { option: view.getUint32(8), reply: view.getUint32(12), data };
  }

  /** Sends all of `requests` at once, and takes their answers. */
  async together(requests: readonly ClientRequest[]): Promise<readonly ClientAnswer[]> {
    const bytes = requests.flatMap((request, cookie) => {
      const { command, offset = 0, flags = 0, data = new Uint8Array() } = request;
      const length = request.length ?? data.length;
      return [
        ...encodeRequest({ flags, command, cookie: BigInt(cookie), offset, length }),
        ...data,
      ];
    });
    await this.send(new Uint8Array(bytes));
    const answers: ClientAnswer[] = [];
    for (const [cookie, { command, length = 0 }] of requests.entries()) {
      const view = viewOf(await this.take(REPLY_BYTES));
      const error = view.getUint32(4);
      if (view.getUint32(0) !== REPLY_MAGIC || view.getBigUint64(8) !== BigInt(cookie)) {
        throw new Error("Cannot read an answer: it is none, or another's");
      }
      const hasData = command === COMMAND.READ && error === 0;
      answers.push({ error, data: await this.take(hasData ? length : 0) });
    }
    return answers;
  }

  async ask(request: ClientRequest): Promise<ClientAnswer> {
    const [answer] = await this.together([request]);
    if (answer === undefined) throw new Error("Cannot ask");
    return answer;
  }

  [Symbol.dispose](): void {
    this.#connection.close();
  }
}
