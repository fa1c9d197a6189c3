import { join } from "@std/path/posix";
import { type AcceleratorChoice, chooseAccelerator } from "./accelerator.ts";
import { BuildError } from "./build_error.ts";
import { consoleLines, consoleTail } from "./console_log.ts";
import { toolPath } from "./host_tools.ts";
import { endMachine, killMachine } from "./machine_down.ts";
import { type MachineCertificates, prepareCertificates } from "./machine_certificates.ts";
import {
  checkPortFree,
  type MachineFolder,
  machineFolder,
  prepareFolder,
  removeIfPresent,
  runningPid,
} from "./machine_folder.ts";
import { run } from "./process.ts";
import { MACHINE_ARGUMENTS, qemuArguments } from "./qemu.ts";
import { linkedAbort } from "../runtime/core/linked_abort.ts";
import type { Workshop } from "./workshop.ts";

/** An emulated first boot on a busy host takes half a minute; this is when hope ends. */
const READY_MS_MAX = 180_000;

/** QEMU opens its files and sockets and goes to the background, or fails, in a fraction of this. */
const START_MS_MAX = 20_000;

/** One question for readiness: the machine answers at once or not at all. */
const ASK_MS_MAX = 2_000;

const LOOK_MS = 100;

/** How the machine is started. */
export interface UpOptions {
  readonly directory: string;
  readonly httpPort: number;
  /** Of callers with certificates; without it the machine gets none. */
  readonly tlsPort?: number;
  readonly disk: "keep" | "fresh";
  readonly accelerator: AcceleratorChoice;
}

/** A machine that runs and is ready. */
export interface RunningMachine {
  readonly folder: MachineFolder;
  readonly endpoint: string;
  readonly token: string;
  /** For callers with certificates. */
  readonly secure?: { readonly endpoint: string; readonly certificates: MachineCertificates };
}

/** @throws {BuildError} A machine runs in the folder, or the port is in use. */
export async function checkVacant(options: UpOptions): Promise<void> {
  const folder = machineFolder(options.directory);
  const pid = await runningPid(folder);
  if (pid !== undefined) {
    throw new BuildError(
      `Cannot start a machine in ${folder.path}: one is running there (QEMU is process ${pid}); ` +
        `end it with "deno task down", or choose another with --dir DIR`,
    );
  }
  checkPortFree(options.httpPort);
  if (options.tlsPort !== undefined) checkPortFree(options.tlsPort);
}

/**
 * Boots the image in `image` and waits until the machine is ready. Nothing is left running
 * when it fails or is aborted.
 *
 * @throws {BuildError} It did not start, or was not ready in time; says what its console said.
 */
export async function bringUp(
  workshop: Workshop,
  options: UpOptions & { readonly image: string },
): Promise<RunningMachine> {
  await checkVacant(options);
  const kernel = join(options.image, "vmlinuz");
  const choice = options.accelerator;
  const accelerator = await chooseAccelerator(workshop, { choice, kernel });
  const folder = machineFolder(options.directory);
  const token = await prepareFolder(folder, options);
  const secure = await secured(folder, options.tlsPort);
  const endpoint = `http://127.0.0.1:${options.httpPort}`;
  await Deno.writeTextFile(folder.endpoint, `${endpoint}\n`, { mode: 0o600 });

  const args = qemuArguments({
    accelerator,
    kernel,
    initramfs: join(options.image, "initramfs"),
    kernelArguments: MACHINE_ARGUMENTS,
    disks: [folder.disk],
    console: folder.console,
    tokenFile: folder.token,
    httpPort: options.httpPort,
    ...(secure === undefined ? {} : { tls: secure.qemu }),
    onReboot: "reset",
  });
  try {
    await workshop.progress.step("QEMU", async (note) => {
      await startQemu(folder, args);
      note(accelerator.toUpperCase());
    });
    await awaitReady(workshop, { folder, endpoint });
    return { folder, endpoint, token, ...(secure === undefined ? {} : { secure }) };
  } catch (error) {
    await killMachine(folder);
    throw error;
  }
}

/** Certificates of the machine, and where callers with some reach it. */
async function secured(folder: MachineFolder, port: number | undefined) {
  if (port === undefined) return undefined;
  const certificates = await prepareCertificates(folder, Date.now());
  const { ca: caFile, server: { cert: certFile, key: keyFile } } = certificates;
  const qemu = { port, certFile, keyFile, caFile };
  return { endpoint: `https://127.0.0.1:${port}`, certificates, qemu };
}

/**
 * QEMU leaves this process's session, so that the terminal's Ctrl-C is ours to answer. The
 * start itself is not interrupted: it takes a moment, and who stops it half-way does not
 * know whether a machine runs.
 */
async function startQemu(folder: MachineFolder, qemu: readonly string[]): Promise<void> {
  await removeIfPresent(folder.pid);
  const args = [...qemu, "-daemonize", "-pidfile", folder.pid];
  const signal = AbortSignal.timeout(START_MS_MAX);
  await run(await toolPath("qemu-system-x86_64"), { args, detached: true, signal });
}

/** Waits for the machine's readiness, and shows its boot steps as they come. */
async function awaitReady(
  workshop: Workshop,
  machine: { readonly folder: MachineFolder; readonly endpoint: string },
): Promise<void> {
  const { progress, signal } = workshop;
  const shown = new AbortController();
  const show = showBoot(workshop, { folder: machine.folder, until: shown.signal });
  const deadlineMs = performance.now() + READY_MS_MAX;
  try {
    while (!(await isReady(machine.endpoint, signal))) {
      signal.throwIfAborted();
      if ((await runningPid(machine.folder)) === undefined) {
        throw await notReady(machine.folder, "QEMU has ended");
      }
      if (performance.now() > deadlineMs) {
        throw await notReady(machine.folder, `not ready after ${READY_MS_MAX / 1000} s`);
      }
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
  } finally {
    shown.abort();
    await show;
  }
  progress.line("");
}

/** Lines of the agent's console that tell of its boot. */
async function showBoot(
  workshop: Workshop,
  of: { readonly folder: MachineFolder; readonly until: AbortSignal },
): Promise<void> {
  for await (const line of consoleLines(of.folder.console, of.until)) {
    if (line.startsWith("strata: ")) workshop.progress.line(`    ${line}`);
  }
}

async function isReady(endpoint: string, signal: AbortSignal): Promise<boolean> {
  using limit = linkedAbort(signal, AbortSignal.timeout(ASK_MS_MAX));
  try {
    const response = await fetch(`${endpoint}/readyz`, { signal: limit.signal });
    await response.body?.cancel();
    return response.status === 200;
  } catch {
    signal.throwIfAborted();
    return false; // Nobody listens yet.
  }
}

async function notReady(folder: MachineFolder, what: string): Promise<BuildError> {
  const tail = await consoleTail(folder.console);
  const said = tail.length === 0 ? "its console said nothing" : "its console said last:";
  return new BuildError([
    `Cannot start the machine: ${what}; ${said}`,
    ...tail.map((line) => `  ${line}`),
  ].join("\n"));
}

/**
 * Stays with a running machine until it ends by itself, or `signal` aborts: then it is
 * ended in order.
 */
export async function attend(workshop: Workshop, machine: RunningMachine): Promise<void> {
  const { folder } = machine;
  while (!workshop.signal.aborted) {
    if ((await runningPid(folder)) === undefined) {
      await removeIfPresent(folder.pid);
      workshop.progress.line("The machine has powered off");
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
  await workshop.progress.step("shutdown", async (note) => note(await endMachine(folder)));
}

function certifiedCall(
  { endpoint, certificates: { ca, client } }: NonNullable<RunningMachine["secure"]>,
): string {
  const files = `--cacert ${ca} --cert ${client.cert} --key ${client.key}`;
  return `curl -s ${files} ${endpoint}/api/v1/graph`;
}

/** What a user needs to talk to the machine: every command works when pasted. */
export function invitation(
  machine: RunningMachine,
  options: { readonly root: string; readonly mode: "attached" | "detached" },
): readonly string[] {
  const { endpoint, token, folder, secure } = machine;
  const usual = folder.path === join(options.root, ".strata");
  const where = usual ? "" : `STRATA_ENDPOINT=${endpoint} STRATA_TOKEN=${token} `;
  const bearer = `-H "Authorization: Bearer ${token}"`;
  const down = usual ? "deno task down" : `deno task down --dir ${folder.path}`;
  return [
    `The machine is ready: ${endpoint}`,
    `  token    ${token}`,
    `  console  ${folder.console}`,
    "Try:",
    `  curl -s ${bearer} ${endpoint}/api/v1/resources/fs/MountStatuses.fs.strata`,
    `  ${where}${usual ? "dist/strata" : join(options.root, "dist/strata")} get mounts`,
    `  curl -s ${bearer} -H "Content-Type: application/json" -d "{}" ${endpoint}/machine.MachineService/Version`,
    ...(secure === undefined ? [] : [`  ${certifiedCall(secure)}`]),
    options.mode === "detached" ? `End it with: ${down}` : "Ctrl-C ends it in order.",
  ];
}
