/** The other end of header compression: golang.org/x/net, as tests/interop/hpack-peer speaks for it. */
// @ts-types="types/std_streams.d.ts"
import { TextLineStream } from "@std/streams";
import type { HeaderPairs } from "../../api/http2/header_pairs.ts";
import { buildPeer } from "../bench/programs.ts";

/** What it answers to a block that breaks a rule. */
export const FAULT = "fault";

/** The peer at work; it ends, and what it was built into goes, with the test. */
export interface HpackPeer extends AsyncDisposable {
  /** The answer to each command, in order. @throws {Error} It ended. */
  ask(commands: readonly string[]): Promise<string[]>;
}

/** Builds and starts the peer. */
export async function hpackPeer(): Promise<HpackPeer> {
  const folder = await Deno.makeTempDir({ prefix: "strata-hpack-" });
  const program = await buildPeer(folder, "hpack-peer");
  const child = new Deno.Command(program, { stdin: "piped", stdout: "piped" }).spawn();
  const answers = child.stdout.pipeThrough(new TextDecoderStream())
    .pipeThrough(new TextLineStream()).getReader();
  const commands = child.stdin.getWriter();
  const next = async (): Promise<string> => {
    const { done, value } = await answers.read();
    if (done) throw new Error("Cannot ask hpack-peer: it has ended");
    return value;
  };
  return {
    async ask(lines) {
      const sent = commands.write(
        new TextEncoder().encode(lines.map((line) => `${line}\n`).join("")),
      );
      const got: string[] = [];
      while (got.length < lines.length) got.push(await next());
      await sent;
      return got;
    },
    async [Symbol.asyncDispose]() {
      await commands.close();
      await child.status;
      await answers.cancel();
      await Deno.remove(folder, { recursive: true });
    },
  };
}

/** A list as the peer writes it. */
export function fields(pairs: HeaderPairs): string {
  const halves = pairs.map((text) =>
    Uint8Array.from(text, (character) => character.charCodeAt(0)).toHex()
  );
  return Array.from(
    { length: halves.length / 2 },
    (_, index) => `${halves[2 * index]}=${halves[2 * index + 1]}`,
  ).join(",");
}
