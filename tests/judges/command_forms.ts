/** curl, grpcurl and buf: how each calls the state over a unix socket, and how it says what it got. */
import { PREFIX_BYTES, writePrefix } from "../../api/grpc/message_frames.ts";
import { output } from "../bench/programs.ts";
import { type CommandForm, jsonObjects } from "./command_client.ts";

const STATE = "cosi.resource.State";
const REFLECTION_MS_MAX = 20_000;

/** Streams of Connect frame their messages, and their requests. */
const STREAMS: readonly string[] = ["List", "Watch"];
/** The flag of the frame that ends such a stream. */
const END_FLAG = 2;

/** Codes as Connect writes them, `not_found`, the way gRPC does: `NotFound`. */
function codeIn(said: string): string | undefined {
  const words = /"code":\s*"([a-z_]+)"/.exec(said)?.[1]?.split("_");
  return words?.map((word) => `${word[0]?.toUpperCase()}${word.slice(1)}`).join("");
}

/** curl, which speaks Connect's JSON because it is HTTP. */
export const CURL: CommandForm = {
  words(socket, method, body) {
    const isStream = STREAMS.includes(method);
    const type = `content-type: application/${isStream ? "connect+json" : "json"}`;
    const place = ["--http2-prior-knowledge", "--unix-socket", socket, "--no-buffer"];
    const data = isStream ? ["--data-binary", "@-"] : ["--data", body];
    const url = `http://localhost/${STATE}/${method}`;
    return ["curl", "--silent", "--show-error", ...place, "--header", type, ...data, url];
  },
  input(method, body) {
    const message = new TextEncoder().encode(body);
    if (!STREAMS.includes(method)) return new Uint8Array(0);
    const frame = new Uint8Array(PREFIX_BYTES + message.length);
    writePrefix(frame, message.length);
    frame.set(message, PREFIX_BYTES);
    return frame;
  },
  messages(written, method) {
    if (!STREAMS.includes(method)) return jsonObjects(new TextDecoder().decode(written));
    return framedJson(written);
  },
  code: codeIn,
};

function framedJson(written: Uint8Array): readonly unknown[] {
  const found: unknown[] = [];
  for (let at = 0; at + PREFIX_BYTES <= written.length;) {
    const length = new DataView(written.buffer, written.byteOffset + at + 1).getUint32(0);
    const end = at + PREFIX_BYTES + length;
    if (end > written.length || written[at] === END_FLAG) break;
    found.push(JSON.parse(new TextDecoder().decode(written.subarray(at + PREFIX_BYTES, end))));
    at = end;
  }
  return found;
}

/** grpcurl, which knows the messages by reflection alone. */
export function grpcurl(program: string): CommandForm {
  const place = (socket: string) => ["-plaintext", "-unix", socket];
  const ask = (socket: string, ...words: string[]) =>
    output({ program, args: [...place(socket), ...words], msMax: REFLECTION_MS_MAX });
  return {
    words: (socket, method, body) => [
      program,
      "-d",
      body,
      ...place(socket),
      `${STATE}/${method}`,
    ],
    messages: (written) => jsonObjects(new TextDecoder().decode(written)),
    code: (said) => /^ {2}Code: (\w+)$/m.exec(said)?.[1],
    async reflection(socket) {
      const services = (await ask(socket, "list")).split("\n");
      const methods = (await ask(socket, "list", STATE)).split("\n");
      const described = await ask(socket, "describe", `${STATE}.Get`);
      const isListed = services.includes(STATE) && methods.includes(`${STATE}.Get`);
      const isDescribed = described.includes("returns ( .cosi.resource.GetResponse )");
      return isListed && isDescribed ? "lists, describes" : `${services} ${methods} ${described}`;
    },
  };
}

/** buf in one of its protocols; it too asks for descriptors, in that protocol. */
export function bufCurl(program: string, protocol: "grpc" | "grpcweb" | "connect"): CommandForm {
  const place = (socket: string) => [
    "curl",
    ...["--unix-socket", socket, "--http2-prior-knowledge", "--protocol", protocol, "--reflect"],
  ];
  return {
    words: (socket, method, body) => [
      program,
      ...place(socket),
      ...["--data", body, `http://localhost/${STATE}/${method}`],
    ],
    messages: (written) => jsonObjects(new TextDecoder().decode(written)),
    code: codeIn,
    async reflection(socket) {
      for (const version of ["grpc-v1", "grpc-v1alpha"]) {
        const words = ["--reflect-protocol", version, "--list-methods", "http://localhost"];
        const args = [...place(socket), ...words];
        const said = await output({ program, args, msMax: REFLECTION_MS_MAX });
        if (!said.split("\n").includes(`${STATE}/Get`)) return `${version}: ${said}`;
      }
      return "lists by v1, v1alpha";
    },
  };
}
