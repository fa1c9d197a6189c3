/** The world of a command that runs in this process. */
import type { ConnectionPorts } from "../client/transport.ts";
import { OWN_FILES } from "./own_files.ts";
import type { CliWorld, Sink } from "./world.ts";

/** What the process cannot know by itself. */
export type WorldParts =
  & Pick<CliWorld, "version" | "signal" | "knownTypes" | "images" | "serve">
  & ConnectionPorts;

/** Makes it. Connecting loads the client, nothing else does. */
export function processWorld(parts: WorldParts): CliWorld {
  return {
    ...parts,
    stdout: sink(Deno.stdout),
    stderr: sink(Deno.stderr),
    env: (name) => Deno.env.get(name),
    cwd: Deno.cwd(),
    uid: Deno.uid() ?? 0,
    files: OWN_FILES,
    connect: async (found, options) =>
      (await import("../client/transport.ts")).connect(found, parts, options),
  };
}

function sink(stream: typeof Deno.stdout | typeof Deno.stderr): Sink {
  const isTerminal = stream.isTerminal();
  return {
    isTerminal,
    width: isTerminal ? terminalWidth() : 0,
    async write(bytes) {
      for (let rest = bytes; rest.length > 0;) rest = rest.subarray(await stream.write(rest));
    },
  };
}

/** Columns of the terminal; 0 when it does not tell. */
function terminalWidth(): number {
  try {
    return Deno.consoleSize().columns;
  } catch {
    // Neither stdin nor the outputs say: whoever prints has a default.
    return 0;
  }
}
