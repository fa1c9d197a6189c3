/** Sockets as HTTP/2 reads and writes them. */
import type { Duplex } from "./http2/duplex.ts";

/**
 * A socket as a byte stream. In Deno closing ends a pending read, but a pending write only once the peer has read or
 * is gone.
 */
export function socketDuplex(socket: Deno.TcpConn | Deno.UnixConn): Duplex {
  try {
    if ("setNoDelay" in socket) socket.setNoDelay(true);
  } catch {
    // The peer is gone already, as the first read will say.
  }
  let open = true;
  return {
    read: (into) => socket.read(into),
    write: (bytes) => socket.write(bytes),
    close: () => {
      if (!open) return;
      open = false;
      socket.close();
    },
  };
}
