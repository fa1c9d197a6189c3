/** A byte stream in both directions: TCP, a unix socket, `node:tls` behind an adapter. */
export interface Duplex {
  /** Waits for bytes, and fills the beginning of `into`. @returns Bytes read; null at the end. */
  read(into: Uint8Array): Promise<number | null>;
  /** Waits until some of `bytes` are taken. @returns How many. The caller leaves `bytes` alone until then. */
  write(bytes: Uint8Array): Promise<number>;
  /** Closes both directions at once; pending reads and writes end. Twice is once, and never throws. */
  close(): void;
}
