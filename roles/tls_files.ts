/** Where a machine finds the certificates by which it listens for callers on TLS. */
import type { TlsCertificates } from "../api/tls_certificates.ts";
import type { Kernel } from "../fs/kernel/kernel.ts";

/** As QEMU's firmware hands them over. */
const FIRMWARE: TlsPlaces = {
  cert: "/sys/firmware/qemu_fw_cfg/by_name/opt/strata/tls/cert/raw",
  key: "/sys/firmware/qemu_fw_cfg/by_name/opt/strata/tls/key/raw",
  ca: "/sys/firmware/qemu_fw_cfg/by_name/opt/strata/tls/ca/raw",
};

/** As files of the machine, put there by whoever prepared the disk; those of `strata gen certs`. */
const FILES: TlsPlaces = {
  cert: "/var/system/strata/tls/server.crt",
  key: "/var/system/strata/tls/server.key",
  ca: "/var/system/strata/tls/ca.crt",
};

/** Bytes of a file that are read: a bundle of authorities has some hundred thousand. */
export const PEM_BYTES_MAX = 1024 * 1024;

/** Permission bits that nobody may have on the key but its owner. */
const OTHERS = 0o077;

type TlsPlaces = Readonly<Record<keyof TlsCertificates, string>>;

/** What there is of certificates, or why it cannot be used. */
export type FoundTls = { readonly certificates: TlsCertificates } | { readonly error: unknown };

/** The certificates, the firmware's before the files; undefined where there are none. Does not throw. */
export function foundTls(kernel: Kernel): FoundTls | undefined {
  try {
    const certificates = readPlaces(kernel, FIRMWARE) ?? readPlaces(kernel, FILES, OTHERS);
    return certificates && { certificates };
  } catch (error) {
    return { error };
  }
}

/**
 * @param refused Permission bits that the key may not have: what the firmware hands over has those that the kernel gives it.
 * @throws {RangeError} Some files are missing, or the key is not for its owner alone. @throws {SyscallError}
 */
function readPlaces(kernel: Kernel, places: TlsPlaces, refused = 0): TlsCertificates | undefined {
  const all = Object.values(places);
  const missing = all.filter((path) => kernel.lstat(path) === undefined);
  if (missing.length === all.length) return undefined;
  if (missing.length > 0) throw new RangeError(`Cannot serve TLS without ${missing.join(", ")}`);
  const mode = kernel.lstat(places.key)?.mode ?? 0;
  if ((mode & refused) !== 0) {
    const bits = (mode & 0o777).toString(8).padStart(4, "0");
    throw new RangeError(`Cannot serve TLS: ${places.key} has mode ${bits}, and may have 0600`);
  }
  const read = (path: string): string => kernel.readText(path, { maxBytes: PEM_BYTES_MAX });
  return { cert: read(places.cert), key: read(places.key), ca: read(places.ca) };
}
