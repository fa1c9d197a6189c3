/** The machine's side of apid as a process of its own, of this checkout or of another. */
import type { TlsCertificates } from "../../api/tls_certificates.ts";
import type { ApidSockets } from "./apid_process.ts";
import { denoWords, ROOT, surroundings } from "./host_process.ts";

/** What apid is told. */
export interface ApidSeeds {
  readonly token: string;
  readonly certificates: TlsCertificates;
}

/** A process that listens; disposing of it ends it. */
export class ApidMachineProcess implements ApidSockets, AsyncDisposable {
  readonly machineSocket: string;
  readonly stateSocket: string;
  /** Root's own: calls of what runs beside it on the machine. */
  readonly localSocket: string;
  readonly #child: Deno.ChildProcess;
  readonly #input: WritableStreamDefaultWriter<Uint8Array>;

  private constructor(folder: string, child: Deno.ChildProcess) {
    // As tests/fakes/apid_machine.ts names them.
    this.machineSocket = `${folder}/machine.sock`;
    this.stateSocket = `${folder}/state.sock`;
    this.localSocket = `${folder}/strata.sock`;
    this.#child = child;
    this.#input = child.stdin.getWriter();
  }

  /** Starts it and waits until it listens. @param root The checkout whose sources it is of. @throws {Error} It ended first. */
  static async start(
    folder: string,
    seeds: ApidSeeds,
    root: string = ROOT,
  ): Promise<ApidMachineProcess> {
    await Deno.writeTextFile(`${folder}/seeds.json`, JSON.stringify(seeds), { mode: 0o600 });
    const [run = "run", ...words] = denoWords(root);
    const script = `${ROOT}tests/host/apid_machine_main.ts`;
    const child = new Deno.Command(Deno.execPath(), {
      args: [run, "--v8-flags=--expose-gc", ...words, script, root, folder],
      cwd: root,
      env: surroundings(folder),
      stdin: "piped",
      stdout: "piped",
    }).spawn();
    const machine = new ApidMachineProcess(folder, child);
    const reader = child.stdout.getReader();
    const { value } = await reader.read();
    await reader.cancel();
    if (value !== undefined) return machine;
    await machine[Symbol.asyncDispose]();
    throw new Error(`Cannot start the machine's side of apid out of ${root}: it ended`);
  }

  get pid(): number {
    return this.#child.pid;
  }

  /** Has it collect its garbage, sooner than it would by itself. */
  async collect(): Promise<void> {
    await this.#input.write(Uint8Array.of(0));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#input.close().catch(() => {}); // It may have died.
    await this.#child.status;
  }
}
