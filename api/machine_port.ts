/** What the wire needs of the machine besides its state. `main.ts` makes one; nothing here knows Linux. */

import type { EventPort } from "./event_port.ts";
import type { KernelLogPort } from "./kernel_log_port.ts";
import type { ServicePort } from "./service_port.ts";
import type { UsagePort } from "./usage_port.ts";

/** Build and platform. */
export interface VersionFacts {
  /** Release, such as `v0.1.0`. */
  readonly tag: string;
  /** Revision of the sources; "" when not known. */
  readonly sha: string;
  /** RFC 3339; "" when not known. */
  readonly built: string;
  /** Such as `deno 2.7.14`. */
  readonly runtime: string;
  readonly os: string;
  /** As Go names it: `amd64`, `arm64`. */
  readonly arch: string;
  /** Such as `qemu`, `host`. */
  readonly platform: string;
  readonly mode: "metal" | "container";
}

/** One line of /proc/mounts with its sizes in bytes. */
export interface MountFacts {
  readonly filesystem: string;
  readonly size: bigint;
  readonly available: bigint;
  readonly mountedOn: string;
}

/** An extended attribute of a file. */
export interface FileAttribute {
  /** With its namespace. */
  readonly name: string;
  readonly data: Uint8Array<ArrayBuffer>;
}

/** What is known of one path. */
export interface FileEntry {
  /** Absolute. */
  readonly name: string;
  /** Below the root asked for; "." for the root itself, its base name where the root is a file. */
  readonly relativeName: string;
  readonly type: "file" | "directory" | "symlink" | "other";
  readonly size: bigint;
  /** Permission bits, the low twelve of st_mode. */
  readonly mode: number;
  /** Seconds since 1970. */
  readonly modified: bigint;
  readonly link: string;
  readonly uid: number;
  readonly gid: number;
  /** Those that can be read, at most 1 MiB; none unless asked for. */
  readonly attributes: readonly FileAttribute[];
  /** Why nothing more is known of it; "" when all is. */
  readonly error: string;
}

/** What to list. */
export interface ListFilesRequest {
  /** Absolute; "" is `/`. */
  readonly root: string;
  /** Levels below the root to show: 1 is its direct children, Infinity is all. */
  readonly depth: number;
  /** Only these are answered; directories left out are still looked into. Empty is all. */
  readonly types: readonly ("file" | "directory" | "symlink")[];
  /** Whether extended attributes are wanted. */
  readonly attributes: boolean;
  readonly signal: AbortSignal;
}

/** Why the machine refuses a call. */
export type MachineRefusal =
  | "not-found"
  | "invalid"
  | "denied"
  | "unsupported"
  /** What it is asked about does not allow it as it is. */
  | "precondition"
  | "closed"
  /** A bound of ours is reached. */
  | "exhausted"
  /** What was asked for is forgotten. */
  | "lost"
  /** It cannot be done, for a reason that official machines tell in words alone. */
  | "failed";

/** The machine refused a call. The message is safe to show to the caller. */
export class MachineError extends Error {
  override readonly name = "MachineError";
  readonly refusal: MachineRefusal;

  constructor(refusal: MachineRefusal, message: string, options?: ErrorOptions) {
    super(message, options);
    this.refusal = refusal;
  }
}

/** The calls. Each may throw a {@linkcode MachineError}. */
export interface MachinePort {
  version(): VersionFacts;
  mounts(): readonly MountFacts[];
  /**
   * The bytes of a regular file in pieces of at most 64 KiB. Links are followed, never out of the machine's root.
   *
   * @param path Absolute. One of nothing is refused as `not-found`, one of anything but a regular file as `failed`.
   */
  read(path: string, signal: AbortSignal): AsyncIterable<Uint8Array<ArrayBuffer>>;
  list(request: ListFilesRequest): AsyncIterable<FileEntry>;
  /**
   * Begins an ordered end and returns at once; a second one while it runs is the same end.
   *
   * @returns A name for this end in logs and events.
   */
  end(ending: "restart" | "power-off"): string;
  readonly services: ServicePort;
  readonly events: EventPort;
  readonly kernelLog: KernelLogPort;
  readonly usage: UsagePort;
}
