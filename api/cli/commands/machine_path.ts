/** Paths of the machine, as people give them. */
import { CommandError, EXIT } from "../../client/command_error.ts";

/** Bytes of a path with its NUL: PATH_MAX of linux/limits.h. */
const PATH_BYTES_MAX = 4096;

/** The path as it is. @throws {CommandError} `usage`: it is not absolute, too long, or holds a NUL. */
export function machinePath(path: string): string {
  const reason = !path.startsWith("/")
    ? "it must begin with /"
    : path.includes("\0")
    ? "it must not hold a NUL"
    : new TextEncoder().encode(path).length >= PATH_BYTES_MAX
    ? `it must have less than ${PATH_BYTES_MAX} bytes`
    : undefined;
  if (reason === undefined) return path;
  const shown = path.length > 100 ? `${path.slice(0, 100)}…` : path;
  throw new CommandError(EXIT.usage, `cannot use path "${shown}": ${reason}`);
}
