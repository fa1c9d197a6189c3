import { join, resolve } from "@std/path/posix";
import { BuildError } from "./build_error.ts";

/** Sparse: the file takes what the machine wrote. */
const DATA_DISK_BYTES = 2 * 1024 ** 3;

/** Random bytes of a token: as many as guessing needs never to work. */
const TOKEN_BYTES = 32;

/** Bytes read of a process's command line: the arguments that name its folder are among them. */
const CMDLINE_BYTES_MAX = 64 * 1024;

/** The folder of a development machine: all that is known of it between `up` and `down`. */
export interface MachineFolder {
  readonly path: string;
  readonly token: string;
  readonly pid: string;
  readonly endpoint: string;
  readonly console: string;
  readonly disk: string;
  /** Kernel and initramfs of an image that was given. */
  readonly image: string;
}

/** The names inside `directory`; nothing is touched. */
export function machineFolder(directory: string): MachineFolder {
  const path = resolve(directory);
  return {
    path,
    token: join(path, "token"),
    pid: join(path, "qemu.pid"),
    endpoint: join(path, "endpoint"),
    console: join(path, "console.log"),
    disk: join(path, "data.img"),
    image: join(path, "image"),
  };
}

/**
 * Makes the folder ready for a start: a token only its owner may read, kept when there is
 * one, an empty console, and a data disk, kept unless `disk` is `fresh`.
 *
 * @returns The token.
 */
export async function prepareFolder(
  folder: MachineFolder,
  options: { readonly disk: "keep" | "fresh" },
): Promise<string> {
  await Deno.mkdir(folder.path, { recursive: true, mode: 0o700 });
  const token = await readToken(folder) ?? await makeToken(folder);
  await Deno.chmod(folder.token, 0o600);
  await Deno.writeTextFile(folder.console, "", { mode: 0o600 });
  if (options.disk === "fresh") await removeIfPresent(folder.disk);
  using disk = await Deno.open(folder.disk, { write: true, create: true, mode: 0o600 });
  if ((await disk.stat()).size === 0) await disk.truncate(DATA_DISK_BYTES);
  return token;
}

/** The machine's token, or undefined. */
export async function readToken(folder: MachineFolder): Promise<string | undefined> {
  const text = (await readIfPresent(folder.token))?.trim();
  return text !== undefined && /^[\w-]{43}$/.test(text) ? text : undefined;
}

async function makeToken(folder: MachineFolder): Promise<string> {
  const bytes = crypto.getRandomValues(new Uint8Array(TOKEN_BYTES));
  const token = bytes.toBase64({ alphabet: "base64url", omitPadding: true });
  await removeIfPresent(folder.token);
  await Deno.writeTextFile(folder.token, token, { createNew: true, mode: 0o600 });
  return token;
}

/**
 * The process id of the QEMU that runs in this folder, or undefined. A number left behind
 * that belongs to another process by now does not count.
 */
export async function runningPid(folder: MachineFolder): Promise<number | undefined> {
  const text = (await readIfPresent(folder.pid))?.trim() ?? "";
  if (!/^[1-9]\d{0,9}$/.test(text)) return undefined;
  const pid = Number(text);
  return await runsIn(folder, pid) ? pid : undefined;
}

async function runsIn(folder: MachineFolder, pid: number): Promise<boolean> {
  const words = (await commandLine(pid)).split("\0");
  return (words[0] ?? "").includes("qemu-system-") && words.includes(folder.pid);
}

/** A process that has ended, or is a zombie, has no command line. */
async function commandLine(pid: number): Promise<string> {
  try {
    using file = await Deno.open(`/proc/${pid}/cmdline`);
    const bytes = new Uint8Array(CMDLINE_BYTES_MAX);
    const read = await file.read(bytes);
    return new TextDecoder().decode(bytes.subarray(0, read ?? 0));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || isGone(error)) return "";
    throw error;
  }
}

/** ESRCH: the process ended between opening and reading. */
function isGone(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ESRCH";
}

/** @throws {BuildError} The port is not free, or not to be had. */
export function checkPortFree(port: number): void {
  try {
    Deno.listen({ hostname: "127.0.0.1", port }).close();
  } catch (error) {
    if (error instanceof Deno.errors.AddrInUse) {
      throw new BuildError(
        `Cannot use port ${port} of 127.0.0.1: it is in use; choose another with --http-port N`,
      );
    }
    if (error instanceof Deno.errors.PermissionDenied) {
      throw new BuildError(`Cannot use port ${port} of 127.0.0.1: permission denied`);
    }
    throw error;
  }
}

/** The text of a small file, or undefined when it is not there. */
export async function readIfPresent(path: string): Promise<string | undefined> {
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

/** Removes a file that may not be there. */
export async function removeIfPresent(path: string): Promise<void> {
  try {
    await Deno.remove(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
