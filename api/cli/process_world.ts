/** The world of a command that runs in this process. */
import type { FileFacts, Files } from "../client/discovery.ts";
import type { ConnectionPorts } from "../client/transport.ts";
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
    connect: async (found) => (await import("../client/transport.ts")).connect(found, parts),
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

const OWN_FILES: Files = {
  async stat(path): Promise<FileFacts | undefined> {
    try {
      const facts = await Deno.stat(path);
      const type = facts.isSocket
        ? "socket"
        : facts.isDirectory
        ? "directory"
        : facts.isFile
        ? "file"
        : "other";
      return { type, uid: facts.uid ?? 0 };
    } catch (error) {
      if (isOutOfReach(error)) return undefined;
      throw error;
    }
  },
  async readText(path, bytesMax): Promise<string | undefined> {
    try {
      using file = await Deno.open(path);
      const buffer = new Uint8Array(bytesMax + 1);
      let length = 0;
      for (let read = await file.read(buffer); read !== null && read > 0;) {
        length += read;
        read = await file.read(buffer.subarray(length));
      }
      if (length > bytesMax) throw new RangeError(`"${path}" has more than ${bytesMax} bytes`);
      return new TextDecoder().decode(buffer.subarray(0, length));
    } catch (error) {
      if (isOutOfReach(error)) return undefined;
      throw error;
    }
  },
};

function isOutOfReach(error: unknown): boolean {
  return error instanceof Deno.errors.NotFound || error instanceof Deno.errors.PermissionDenied ||
    error instanceof Deno.errors.NotADirectory || error instanceof Deno.errors.IsADirectory ||
    error instanceof Deno.errors.NotCapable;
}
