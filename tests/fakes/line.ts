/** The other end of a connection, by hand: what is sent is what goes out. */

/** A connection that is read as text. */
export class Line implements Disposable {
  readonly #connection: Deno.TcpConn;
  text = "";

  constructor(connection: Deno.TcpConn) {
    this.#connection = connection;
  }

  static async open(port: number): Promise<Line> {
    return new Line(await Deno.connect({ hostname: "127.0.0.1", port }));
  }

  /** Of this end. */
  get localPort(): number {
    return this.#connection.localAddr.port;
  }

  async send(text: string): Promise<void> {
    await this.#connection.write(new TextEncoder().encode(text));
  }

  async until(mark: string): Promise<string> {
    while (!this.text.includes(mark)) {
      if (!await this.#more()) throw new Error(`closed before ${mark}: ${this.text}`);
    }
    return this.text;
  }

  /** Resolves when the other side closes. */
  async closed(): Promise<string> {
    while (await this.#more());
    return this.text;
  }

  async #more(): Promise<boolean> {
    const bytes = new Uint8Array(4096);
    const read = await this.#connection.read(bytes).catch((error) => {
      if (error instanceof Deno.errors.ConnectionReset) return null;
      throw error;
    });
    if (read === null) return false;
    this.text += new TextDecoder().decode(bytes.subarray(0, read));
    return true;
  }

  [Symbol.dispose](): void {
    this.#connection.close();
  }
}
