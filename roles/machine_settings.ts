/** What the machine is told from outside: the kernel's command line, the firmware, the image. */
import { type CommandLine, unknownArguments } from "../fs/cmdline.ts";
import { type IpConfiguration, parseIpArgument } from "../fs/ip_argument.ts";
import type { Kernel } from "../fs/kernel/kernel.ts";
import { persistenceFaults, type PersistentDirectory } from "../fs/overlays.ts";
import { PERSISTENT_DIRECTORIES } from "./layers.ts";
import { parseHttp } from "./listen_address.ts";
import { WATCHDOG_SECONDS } from "./pid1.ts";

/** The token as QEMU's firmware hands it over. */
const TOKEN_FIRMWARE = "/sys/firmware/qemu_fw_cfg/by_name/opt/strata/token/raw";

/** The token as a file of the machine; mode 0600, put there by whoever prepared the disk. */
const TOKEN_FILE = "/var/system/token";

/** Bytes of a token that are read. */
const TOKEN_BYTES_MAX = 4_096;

/** Where the API listens unless `strata.http=` says otherwise: nobody outside the machine. */
const HTTP_DEFAULT = "127.0.0.1:50080";

/** Where callers with certificates are listened for unless `strata.tls=` says otherwise, once there are certificates. */
const TLS_DEFAULT = "0.0.0.0:50000";

/** Letters of a hostname that Linux takes. Source: linux/utsname.h, __NEW_UTS_LEN. */
const HOSTNAME_LETTERS_MAX = 64;

/** Least and most seconds of `strata.watchdog=`: below, a busy start would reset the machine. */
const WATCHDOG_RANGE = { least: 5, most: 3_600 };

/** What the life of a machine is told. */
export interface MachineSettings {
  readonly hostname: string;
  readonly http: { readonly hostname: string; readonly port: number };
  readonly tls: { readonly hostname: string; readonly port: number };
  readonly network: IpConfiguration | undefined;
  readonly watchdogSeconds: number;
  readonly platform: string;
  /** Directories of the image that keep what is written to them. */
  readonly overlays: readonly PersistentDirectory[];
  /** What could not be used, one sentence each. */
  readonly problems: readonly string[];
  /** The bearer token, or undefined where none is configured. */
  token(kernel: Kernel): string | undefined;
  /** The kernel's number of this boot. */
  bootId(kernel: Kernel): string;
  /** What the image says of its build. */
  build(kernel: Kernel): { readonly sha: string };
}

/** Names behind `strata.` that mean something. */
const KNOWN = ["hostname", "http", "tls", "watchdog", "platform", "overlays"];

/**
 * Reads the settings. What cannot be used is named in `problems` and replaced by its default, so that a machine with
 * a slip on its command line can still be reached.
 */
export function machineSettings(commandLine: CommandLine): MachineSettings {
  const { strata, ip } = commandLine;
  const problems = unknownArguments(commandLine, KNOWN);
  const network = orDefault(
    () => ip === undefined ? undefined : parseIpArgument(ip),
    undefined,
    problems,
  );
  const http = strata.get("http") ?? HTTP_DEFAULT;
  const tls = strata.get("tls") ?? TLS_DEFAULT;
  const watchdog = strata.get("watchdog") ?? `${WATCHDOG_SECONDS}`;
  const hostname = network?.hostname ?? "strata";
  const wished = strata.get("hostname") ?? hostname;
  return {
    hostname: orDefault(() => parseHostname(wished), hostname, problems),
    http: orDefault(() => parseHttp(http), parseHttp(HTTP_DEFAULT), problems),
    tls: orDefault(() => parseHttp(tls), parseHttp(TLS_DEFAULT), problems),
    network,
    watchdogSeconds: orDefault(() => parseWatchdog(watchdog), WATCHDOG_SECONDS, problems),
    platform: strata.get("platform") ?? "metal",
    overlays: orDefault(
      () => parseOverlays(strata.get("overlays")),
      PERSISTENT_DIRECTORIES,
      problems,
    ),
    problems,
    token: (kernel) => readToken(kernel, TOKEN_FIRMWARE) ?? readToken(kernel, TOKEN_FILE),
    bootId: (kernel) => kernel.readText("/proc/sys/kernel/random/boot_id").trim(),
    build: (kernel) => ({ sha: osRelease(kernel).get("BUILD_ID") ?? "" }),
  };
}

function orDefault<T>(parse: () => T, otherwise: T, problems: string[]): T {
  try {
    return parse();
  } catch (error) {
    problems.push(error instanceof Error ? error.message : String(error));
    return otherwise;
  }
}

/** A name that Linux refuses would keep the network down, and it is written into /etc/hosts. */
function parseHostname(text: string): string {
  const isName = text.length <= HOSTNAME_LETTERS_MAX &&
    /^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/i.test(text);
  if (isName) return text;
  throw new RangeError(
    `Cannot use strata.hostname=${text}: must be letters, digits, "-" and ".", at most ${HOSTNAME_LETTERS_MAX}`,
  );
}

function parseWatchdog(text: string): number {
  const seconds = Number(text);
  const { least, most } = WATCHDOG_RANGE;
  if (!Number.isInteger(seconds) || seconds < least || seconds > most) {
    throw new RangeError(
      `Cannot use strata.watchdog=${text}: not a whole number of ${least} to ${most} seconds`,
    );
  }
  return seconds;
}

/** Reads `DIRECTORY[:exec],…`; nothing at all keeps nothing. */
function parseOverlays(text: string | undefined): readonly PersistentDirectory[] {
  if (text === undefined) return PERSISTENT_DIRECTORIES;
  const directories = text.split(",").filter((each) => each !== "").map((each) => {
    const [path = "", option] = each.split(":", 2);
    if (option !== undefined && option !== "exec") {
      throw new RangeError(`Cannot use strata.overlays=${text}: ":${option}" is not ":exec"`);
    }
    return { path, executable: option === "exec" ? "strata.overlays= says so" : "" };
  });
  const [fault] = persistenceFaults(directories.map(({ path }) => path));
  if (fault !== undefined) throw new RangeError(`Cannot use strata.overlays=${text}: ${fault}`);
  return directories;
}

function readToken(kernel: Kernel, path: string): string | undefined {
  if (kernel.lstat(path) === undefined) return undefined;
  return kernel.readText(path, { maxBytes: TOKEN_BYTES_MAX }).trim() || undefined;
}

function osRelease(kernel: Kernel): ReadonlyMap<string, string> {
  const lines = kernel.readText("/etc/os-release").split("\n");
  return new Map(
    lines.filter((line) => line.includes("=")).map((line) => {
      const at = line.indexOf("=");
      return [line.slice(0, at), line.slice(at + 1).replace(/^"(.*)"$/, "$1")];
    }),
  );
}
