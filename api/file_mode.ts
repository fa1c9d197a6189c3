/** File modes as clients of the machine API read them: the bits of Go's fs.FileMode, not those of st_mode. */
import type { FileEntry } from "./machine_port.ts";

/** Bits of fs.FileMode. Source: Go, io/fs. Multiplied, since `1 << 31` is negative. */
const MODE = {
  DIR: 2 ** 31,
  SYMLINK: 2 ** 27,
  SETUID: 2 ** 23,
  SETGID: 2 ** 22,
  STICKY: 2 ** 20,
  IRREGULAR: 2 ** 19,
} as const;

const TYPE_BITS = {
  directory: MODE.DIR,
  symlink: MODE.SYMLINK,
  file: 0,
  // Devices, pipes and sockets are not told apart.
  other: MODE.IRREGULAR,
} as const satisfies Record<FileEntry["type"], number>;

/** The mode of a file. @param mode The low twelve bits of st_mode. */
export function goFileMode(type: FileEntry["type"], mode: number): number {
  const special = (mode & 0o4000 ? MODE.SETUID : 0) + (mode & 0o2000 ? MODE.SETGID : 0) +
    (mode & 0o1000 ? MODE.STICKY : 0);
  return TYPE_BITS[type] + special + (mode & 0o777);
}
