/** Boots an image in QEMU for a test: everything bounded, nothing left behind. */
import { join } from "@std/path/posix";
import { chooseAccelerator } from "../../build/accelerator.ts";
import { cacheDirectory, directoryCache } from "../../build/cache.ts";
import { toolPath } from "../../build/host_tools.ts";
import { linkedAbort } from "../../runtime/core/linked_abort.ts";
import { lastLines, plainText } from "../../build/process.ts";
import {
  type Accelerator,
  MACHINE_ARGUMENTS,
  qemuArguments,
  type QemuMachine,
} from "../../build/qemu.ts";
import { AGENT_STARTS, isEmulatorFault } from "./emulator_fault.ts";

/** An emulated first boot on a busy host takes half a minute. */
const READY_MS_MAX = 180_000;

/** An ordered end takes seconds; each of its steps has a deadline of its own. */
const EXIT_MS_MAX = 60_000;

/** One HTTP exchange with a machine that is there. */
const HTTP_MS_MAX = 30_000;

/** Attempts to find a port that is still free when QEMU takes it, and to boot where the emulator fails the kernel. */
export const ATTEMPTS_MAX = 3;

const LOOK_MS = 50;

const AGAIN = new TextEncoder().encode("QEMU failed, and not the machine: once more\n");

/** Bytes of a data disk made here: sparse, and as small as XFS takes it in good humour. */
const DISK_BYTES = 1024 ** 3;

/** What to boot, and how. */
export interface MachineOptions {
  /** The image's directory: `dist/image` or `dist/probe-image`, relative to the checkout. */
  readonly image: string;
  /** Raw disk images, in the order the machine sees them. None when not given. */
  readonly disks?: readonly string[];
  /** Where token and console go; a temporary one, removed at the end, when not given. */
  readonly dir?: string;
  /** Added behind the usual ones. */
  readonly kernelArgs?: readonly string[];
  /** What to wait for: /readyz, /livez, the agent's first line, or nothing. `ready` when not given. */
  readonly waitReady?: "ready" | "live" | "agent" | "nothing";
  /** Whether a reboot of the machine ends QEMU. It starts the machine again when not given. */
  readonly onReboot?: "reset" | "exit";
  /** Files in PEM that it listens with for callers with certificates. It does not listen for them when not given. */
  readonly tls?: TlsFiles;
}

/** The machine's pair, and the authority of its callers. */
export type TlsFiles = Omit<NonNullable<QemuMachine["tls"]>, "port">;

/** A machine in QEMU. Disposing of it cuts its power. */
export interface TestMachine extends AsyncDisposable {
  readonly endpoint: string;
  /** Where it listens for callers with certificates, soon after it is ready. */
  readonly secureEndpoint: string;
  readonly token: string;
  /** A request with the token, unless `init` has an `authorization` header of its own. */
  http(path: string, init?: RequestInit): Promise<Response>;
  /** A request without the token. */
  stranger(path: string, init?: RequestInit): Promise<Response>;
  /** What the console has said, without control characters. */
  console(): Promise<string>;
  /** Waits until `pattern` is on the console `count` times (1 when not given). */
  waitConsole(pattern: RegExp, count?: number): Promise<void>;
  /** Waits until `path` answers anybody with 200. */
  waitOk(path: string): Promise<void>;
  /** Waits until QEMU ends by itself. @returns Its exit code. */
  waitExit(): Promise<number>;
  /** Ends QEMU at once: what the machine had not written to its disk is lost. */
  powerCut(): Promise<void>;
  /** Has the machine power off in order, and waits for it. */
  stop(): Promise<void>;
}

/** Makes an empty, sparse disk image at `path`. */
export async function makeDisk(path: string, bytes: number = DISK_BYTES): Promise<string> {
  using file = await Deno.open(path, { write: true, createNew: true, mode: 0o600 });
  await file.truncate(bytes);
  return path;
}

/** Boots a machine. @throws When it does not come up in time; the console's end is in the message. */
export async function bootMachine(options: MachineOptions): Promise<TestMachine> {
  const dir = options.dir ?? await Deno.makeTempDir({ prefix: "strata-vm-" });
  const token = crypto.getRandomValues(new Uint8Array(32)).toBase64({
    alphabet: "base64url",
    omitPadding: true,
  });
  const tokenFile = join(dir, "token");
  await Deno.writeTextFile(tokenFile, token, { mode: 0o600 });
  const accelerator = await accelerate(options.image);
  for (let attempt = 1;; attempt++) {
    const running = await startQemu({ options, dir, tokenFile, accelerator });
    const machine = testMachine({ ...running, token, dir, temporary: options.dir === undefined });
    try {
      await untilUp(machine, options.waitReady ?? "ready");
      return machine;
    } catch (error) {
      await machine.powerCut();
      const taken = (await running.errors).includes("host forwarding rule");
      const again = taken || isEmulatorFault(await machine.console());
      if (again && attempt < ATTEMPTS_MAX) {
        Deno.stderr.writeSync(AGAIN);
        continue;
      }
      await machine[Symbol.asyncDispose]();
      throw error;
    }
  }
}

async function untilUp(
  machine: TestMachine,
  wait: NonNullable<MachineOptions["waitReady"]>,
): Promise<void> {
  if (wait === "agent") await machine.waitConsole(AGENT_STARTS);
  else if (wait !== "nothing") await machine.waitOk(wait === "ready" ? "/readyz" : "/livez");
}

async function accelerate(image: string): Promise<Accelerator> {
  return await chooseAccelerator({
    cache: directoryCache(cacheDirectory((name) => Deno.env.get(name))),
    progress: { line: () => {}, step: async (_, work) => await work(() => {}) },
    signal: AbortSignal.timeout(READY_MS_MAX),
  }, { choice: "auto", kernel: join(image, "vmlinuz") });
}

interface RunningQemu {
  readonly child: Deno.ChildProcess;
  readonly port: number;
  readonly securePort: number;
  readonly console: string;
  /** What QEMU itself complained of, once it has ended. */
  readonly errors: Promise<string>;
}

async function startQemu(
  start: {
    readonly options: MachineOptions;
    readonly dir: string;
    readonly tokenFile: string;
    readonly accelerator: Accelerator;
  },
): Promise<RunningQemu> {
  const { options, dir, tokenFile, accelerator } = start;
  const [port, securePort] = freePorts();
  const console = join(dir, "console.log");
  await Deno.writeTextFile(console, "");
  const args = qemuArguments({
    accelerator,
    kernel: join(options.image, "vmlinuz"),
    initramfs: join(options.image, "initramfs"),
    kernelArguments: [...MACHINE_ARGUMENTS, ...options.kernelArgs ?? []],
    disks: options.disks ?? [],
    console,
    tokenFile,
    httpPort: port,
    ...(options.tls === undefined ? {} : { tls: { ...options.tls, port: securePort } }),
    onReboot: options.onReboot ?? "reset",
  });
  const child = new Deno.Command(await toolPath("qemu-system-x86_64"), {
    args: [...args],
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).spawn();
  return { child, port, securePort, console, errors: new Response(child.stderr).text() };
}

function freePorts(): [number, number] {
  // Both are held until both are known: else they may be the same.
  using one = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  using other = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return [one.addr.port, other.addr.port];
}

function testMachine(
  running: RunningQemu & {
    readonly token: string;
    readonly dir: string;
    readonly temporary: boolean;
  },
): TestMachine {
  const { child, token } = running;
  const endpoint = `http://127.0.0.1:${running.port}`;
  const { ended, readConsole, until } = observe(running);
  const ask = async (path: string, init: RequestInit | undefined): Promise<Response> => {
    const sources = init?.signal ? [init.signal] : [];
    using limit = linkedAbort(AbortSignal.timeout(HTTP_MS_MAX), ...sources);
    return await fetch(`${endpoint}${path}`, { ...init, signal: limit.signal });
  };

  const machine: TestMachine = {
    endpoint,
    secureEndpoint: `https://127.0.0.1:${running.securePort}`,
    token,
    stranger: ask,
    http: (path, init) => {
      const headers = new Headers(init?.headers);
      if (!headers.has("authorization")) headers.set("authorization", `Bearer ${token}`);
      return ask(path, { ...init, headers });
    },
    console: readConsole,
    waitConsole: (pattern, count = 1) => {
      const all = new RegExp(pattern.source, [...new Set(`${pattern.flags}g`)].join(""));
      return until(`${pattern} ${count} times`, async () => {
        return [...(await readConsole()).matchAll(all)].length >= count;
      });
    },
    waitOk: (path) => until(`200 at ${path}`, () => answersOk(`${endpoint}${path}`)),
    waitExit: async () => {
      const late = await waitAtMost(ended.status, EXIT_MS_MAX);
      if (late) throw new Error(`Cannot see QEMU end: still up\n${await readConsole()}`);
      return (await ended.status).code;
    },
    powerCut: async () => {
      if (ended.code === undefined) child.kill("SIGKILL");
      await ended.status;
      await running.errors;
    },
    stop: async () => {
      const headers = { "content-type": "application/json" };
      const path = "/machine.MachineService/Shutdown";
      const response = await machine.http(path, { method: "POST", headers, body: "{}" });
      const answer = await response.text();
      if (!response.ok) throw new Error(`Cannot shut down: ${response.status} ${answer}`);
      await machine.waitExit();
    },
    [Symbol.asyncDispose]: async () => {
      await machine.powerCut();
      if (running.temporary) await Deno.remove(running.dir, { recursive: true }).catch(() => {});
    },
  };
  return machine;
}

/** How a machine is watched from outside. */
interface Observation {
  readonly ended: {
    readonly status: Promise<Deno.CommandStatus>;
    readonly code: number | undefined;
  };
  readonly readConsole: () => Promise<string>;
  /** Looks until `look` is true; the machine must live meanwhile. */
  readonly until: (what: string, look: () => Promise<boolean>) => Promise<void>;
}

function observe(running: RunningQemu): Observation {
  let code: number | undefined;
  const status = running.child.status.then((status) => {
    code = status.code;
    return status;
  });
  const readConsole = async (): Promise<string> =>
    plainText(await Deno.readTextFile(running.console));
  return {
    ended: {
      status,
      get code() {
        return code;
      },
    },
    readConsole,
    until: async (what, look) => {
      const deadlineMs = performance.now() + READY_MS_MAX;
      while (!(await look())) {
        const over = performance.now() > deadlineMs;
        if (!over && code === undefined) {
          await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
          continue;
        }
        const why = over ? `${READY_MS_MAX / 1000} s are over` : `QEMU ended with ${code}`;
        const said = over ? "" : `; QEMU: ${lastLines(await running.errors)}`;
        throw new Error(`Cannot see ${what}: ${why}${said}\n${await readConsole()}`);
      }
    },
  };
}

/** Nobody listens at first, and QEMU takes connections before the machine does. */
async function answersOk(url: string): Promise<boolean> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(2_000) });
    await response.body?.cancel();
    return response.status === 200;
  } catch {
    return false;
  }
}

/** @returns Whether `promise` is still pending after the time. Leaves no timer behind. */
async function waitAtMost(promise: Promise<unknown>, withinMs: number): Promise<boolean> {
  let timer: number | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(true), withinMs);
  });
  try {
    return await Promise.race([promise.then(() => false), late]);
  } finally {
    clearTimeout(timer);
  }
}
