/** Socket files that a listener left behind which nobody answers on. */
import { listenFailure } from "./listen_failure.ts";

/** Removes the file of a socket unless somebody answers on it. @throws {Error} Somebody answers, or it is no socket. */
export async function removeStaleSocket(path: string): Promise<void> {
  let found: Deno.FileInfo;
  try {
    found = await Deno.lstat(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return;
    throw listenFailure(path, error);
  }
  if (!found.isSocket) {
    throw new Error(
      `Cannot listen on ${path}: it is no socket, move it away or choose another path`,
    );
  }
  try {
    const connection = await Deno.connect({ transport: "unix", path });
    connection.close();
  } catch (error) {
    if (!(error instanceof Deno.errors.ConnectionRefused)) throw listenFailure(path, error);
    await Deno.remove(path);
    return;
  }
  throw listenFailure(path, new Deno.errors.AddrInUse());
}
