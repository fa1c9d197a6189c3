/**
 * What the launcher (build/launcher.ts) runs: system calls one after another, laid out in a file that it maps.
 *
 * The file begins with the address of the step that was begun last and with what that step returned if it was refused:
 * 8 bytes each, 0 before. Steps follow, each the number of a call, six arguments, and a refusal that is no failure;
 * then the data that arguments point to. Everything is little-endian, and addresses are those of the mapping.
 */
import { NR } from "./constants.ts";
import { ERRNO } from "./errno.ts";
import { cstr } from "./libc.ts";
import { SyscallError } from "./syscall_error.ts";

/** Where the image has the launcher. */
export const LAUNCHER = "/usr/lib/strata/launch";

/** How a script is laid out. Addresses and sizes in bytes. */
export const LAUNCH = {
  /** Where the launcher maps the script: far from the program, below 2 GiB so that its code is short. */
  ADDRESS: 0x1000_0000,
  HEADER_BYTES: 16,
  STEP_BYTES: 64,
  /** Where in a step the refusal is that is no failure. */
  TOLERATED_OFFSET: 56,
  /** All of a script: what may be executed at once (128 KiB of texts) and thousands of steps. */
  BYTES_MAX: 1 << 20,
  /** Code the launcher ends with when a step is refused. */
  REFUSED: 127,
  /** The first descriptor behind the standard ones: a step that opens something gets the lowest that is free. */
  FIRST_FD: 3,
} as const;

/** A number; the address of bytes, of a C string, or of a list of C strings that ends with a null pointer. */
export type LaunchArgument =
  | number
  | bigint
  | Uint8Array<ArrayBuffer>
  | string
  | readonly string[];

/** One system call. */
export interface LaunchStep {
  readonly call: keyof typeof NR;
  /** What a refusal is about. */
  readonly subject: string;
  readonly arguments: readonly LaunchArgument[];
  /** Refusal after which the launcher goes on. */
  readonly tolerated?: keyof typeof ERRNO;
}

/** Lays out a script. @throws {RangeError} A text holds a NUL, or it takes more than {@linkcode LAUNCH}.BYTES_MAX. */
export function encodeScript(steps: readonly LaunchStep[]): Uint8Array<ArrayBuffer> {
  const data = launchData(LAUNCH.HEADER_BYTES + steps.length * LAUNCH.STEP_BYTES);
  const words: bigint[] = [];
  for (const { call, arguments: given, tolerated } of steps) {
    const values = given.map((each) => data.valueOf(each));
    while (values.length < 6) values.push(0n);
    words.push(NR[call], ...values, tolerated === undefined ? 0n : -BigInt(ERRNO[tolerated]));
  }
  const file = new Uint8Array(data.end());
  if (file.length > LAUNCH.BYTES_MAX) {
    throw new RangeError(
      `Cannot start a process by ${file.length} bytes of steps: ${LAUNCH.BYTES_MAX} at most`,
    );
  }
  const view = new DataView(file.buffer);
  words.forEach((word, at) => view.setBigInt64(LAUNCH.HEADER_BYTES + 8 * at, word, true));
  data.writeTo(file);
  return file;
}

/** What a script that was run says: the refusal of its last step, `unread` when it was never begun. */
export function launchRefusal(
  steps: readonly Pick<LaunchStep, "call" | "subject">[],
  header: Uint8Array<ArrayBuffer>,
): SyscallError | "unread" | undefined {
  const view = new DataView(header.buffer, header.byteOffset, LAUNCH.HEADER_BYTES);
  const [address, result] = [view.getBigUint64(0, true), view.getBigInt64(8, true)];
  if (address === 0n) return "unread";
  if (result === 0n) return undefined;
  const at = (Number(address) - LAUNCH.ADDRESS - LAUNCH.HEADER_BYTES) / LAUNCH.STEP_BYTES;
  const step = steps[at];
  const { call, subject } = step ?? { call: "launch", subject: `step ${at}` };
  return new SyscallError({ call, errno: Number(-result), subject });
}

/** What arguments point to, behind the steps. */
interface LaunchData {
  /** What a call is given for an argument. */
  valueOf(argument: LaunchArgument): bigint;
  end(): number;
  writeTo(file: Uint8Array<ArrayBuffer>): void;
}

function launchData(start: number): LaunchData {
  const parts: { readonly at: number; readonly bytes: Uint8Array<ArrayBuffer> }[] = [];
  let end = start;
  const add = (bytes: Uint8Array<ArrayBuffer>): bigint => {
    const at = end;
    parts.push({ at, bytes });
    // The kernel reads structs and pointers where they are aligned.
    end = Math.ceil((at + bytes.length) / 8) * 8;
    return BigInt(LAUNCH.ADDRESS + at);
  };
  return {
    valueOf(argument) {
      if (typeof argument === "bigint") return argument;
      if (typeof argument === "number") return BigInt(argument);
      if (typeof argument === "string") return add(cstr(argument));
      if (argument instanceof Uint8Array) return add(argument);
      const addresses = [...argument.map((each) => add(cstr(each))), 0n];
      return add(new Uint8Array(new BigInt64Array(addresses).buffer));
    },
    end: () => end,
    writeTo(file) {
      for (const { at, bytes } of parts) file.set(bytes, at);
    },
  };
}
