/** `strata apid` as a process of its own, and what it says. */
// @ts-types="types/std_streams.d.ts"
import { TextLineStream } from "@std/streams";
import { strataCommand } from "./host_process.ts";

/** Where it finds its machine. */
export interface ApidSockets {
  readonly machineSocket: string;
  readonly stateSocket: string;
}

/** Begun when made; disposing of it kills it. */
export class ApidProcess implements AsyncDisposable {
  /** What it said so far. */
  readonly lines: string[] = [];
  readonly #child: Deno.ChildProcess;
  readonly #read: Promise<void>;
  #heard = Promise.withResolvers<void>();
  #isOver = false;

  /** @param root The checkout whose sources it is of; this one unless given. */
  constructor(folder: string, { machineSocket, stateSocket }: ApidSockets, root?: string) {
    const args = ["--machine-socket", machineSocket, "--state-socket", stateSocket];
    this.#child = strataCommand(folder, ["apid", ...args], root);
    this.#read = this.#follow();
  }

  get pid(): number {
    return this.#child.pid;
  }

  async #follow(): Promise<void> {
    const lines = this.#child.stderr.pipeThrough(new TextDecoderStream())
      .pipeThrough(new TextLineStream());
    for await (const line of lines) {
      this.lines.push(line);
      this.#heard.resolve();
      this.#heard = Promise.withResolvers<void>();
    }
    this.#isOver = true;
    this.#heard.resolve();
  }

  /** The first line, or one that comes, that matches. @throws {Error} It ended without. */
  async said(what: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const found = this.lines.map((line) => what.exec(line)).find((match) => match !== null);
      if (found !== undefined && found !== null) return found;
      if (this.#isOver) throw new Error(`apid ended without ${what}: ${this.lines.join("\n")}`);
      await this.#heard.promise;
    }
  }

  /** Sends a signal. @returns The exit code. */
  async end(signal: Deno.Signal): Promise<number> {
    this.#child.kill(signal);
    return await this.#ended();
  }

  async #ended(): Promise<number> {
    const [{ code }] = await Promise.all([this.#child.status, this.#read]);
    await this.#child.stdout.cancel().catch(() => {});
    return code;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.#child.kill("SIGKILL");
    } catch {
      // It has ended.
    }
    await this.#ended();
  }
}
