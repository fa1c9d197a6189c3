/** Why an address cannot be listened on, in one line. */

/** @param address As people write it, such as `127.0.0.1:50080` or a path. */
export function listenFailure(address: string, error: unknown): Error {
  const detail = error instanceof Error ? error.message : String(error);
  return new Error(`Cannot listen on ${address}: ${reason(error) ?? detail}`, { cause: error });
}

function reason(error: unknown): string | undefined {
  // Node's sockets have codes where Deno's have classes.
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  if (error instanceof Deno.errors.AddrInUse || code === "EADDRINUSE") {
    return "something else listens there, choose another or end it";
  }
  if (error instanceof Deno.errors.AddrNotAvailable || code === "EADDRNOTAVAIL") {
    return "it is no address of this machine";
  }
  if (error instanceof Deno.errors.PermissionDenied || code === "EACCES") {
    return "permission denied, ports below 1024 and foreign folders need root";
  }
  if (error instanceof Deno.errors.NotFound) return "its folder does not exist";
  return undefined;
}
