/** The kernel said no: which call, which errno, about what. */
import { ERRNO } from "./errno.ts";

/** Facts of a refused call. */
export interface SyscallFacts {
  /** The call's C name. */
  readonly call: string;
  /** Positive. */
  readonly errno: number;
  /** What it was about: a path, a device, a name. */
  readonly subject: string;
  /** What was found wrong, where errno alone does not say it. */
  readonly detail?: string;
}

/** A refusal of the kernel. The message is made from the facts: `Cannot mount "/run": EBUSY (16)`. */
export class SyscallError extends Error {
  override readonly name = "SyscallError";
  readonly call: string;
  readonly errno: number;
  readonly subject: string;
  /** C name of `errno`, or `E<number>` for one without. */
  readonly code: string;

  constructor(facts: SyscallFacts, options?: ErrorOptions) {
    const code = ERRNO_NAMES.get(facts.errno) ?? `E${facts.errno}`;
    const detail = facts.detail === undefined ? "" : `: ${facts.detail}`;
    super(`Cannot ${facts.call} "${facts.subject}": ${code} (${facts.errno})${detail}`, options);
    this.call = facts.call;
    this.errno = facts.errno;
    this.subject = facts.subject;
    this.code = code;
  }

  /** Whether it is one of these, by C name. */
  is(...codes: readonly (keyof typeof ERRNO)[]): boolean {
    return codes.some((code) => ERRNO[code] === this.errno);
  }
}

const ERRNO_NAMES: ReadonlyMap<number, string> = new Map(
  Object.entries(ERRNO).map(([name, errno]) => [errno, name]),
);
