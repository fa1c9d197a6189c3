/** Network faces to kill: one that a supervisor keeps as a machine does, and one that nobody keeps. */
import { join } from "@std/path/posix";
import { dialTls } from "../../api/client/dial.ts";
import { http2Transport } from "../../api/client/http2_transport.ts";
import { http2Client } from "../../api/http2/http2_client.ts";
import { stateClient } from "../../api/state_client/state_client.ts";
import { makeCgroup, removeCgroup } from "../../fs/cgroup.ts";
import { CODE_CACHE } from "../../fs/code_cache_paths.ts";
import type { Kernel } from "../../fs/kernel/kernel.ts";
import { seedApid } from "../../roles/apid_faces.ts";
import { APID_LAUNCH, APID_SERVICE } from "../../roles/apid_launch.ts";
import { apidService } from "../../roles/apid_service.ts";
import { APID_DIRECTORY, APID_DIRECTORY_MODE, APID_UID } from "../../roles/apid_sockets.ts";
import { healthProbe } from "../../roles/health_probes.ts";
import { httpStatus } from "../../roles/http_status.ts";
import { serviceCgroups } from "../../roles/service_cgroups.ts";
import { serviceConditions } from "../../roles/service_conditions.ts";
import { serviceProcesses } from "../../roles/services.ts";
import { SETTLED_MS } from "../../runtime/controllers/services/restart_decision.ts";
import type { ServiceView } from "../../runtime/controllers/services/service_view.ts";
import { Supervisor } from "../../runtime/controllers/services/supervisor.ts";
import { serviceSpec } from "../../runtime/resources/service.ts";
import { systemClock } from "../../runtime/system/clock.ts";
import { systemRandom } from "../../runtime/system/random.ts";
import { opaqueResource } from "../fakes/api.ts";
import { ApidMachine } from "../fakes/apid_machine.ts";
import type { CallerCertificates } from "../fakes/caller_certificates.ts";
import { errorLog } from "../fakes/grpc_server.ts";

/** Milliseconds between two questions: what is asked too early takes little of the processors. */
const ASK_PAUSE_MS = 5;
/** Milliseconds after which a question is given up. */
const ASK_MS_MAX = 2_000;
/** Milliseconds in which a face must answer: a hundred times what its start takes. */
const ANSWER_MS_MAX = 30_000;
/** Milliseconds in which services must end. */
const END_MS_MAX = 10_000;

const RESOURCE = opaqueResource("asked", { yaml: "1\n" });

/** When both answered, as performance.now() tells it. */
export interface Answers {
  readonly livezMs: number;
  readonly grpcMs: number;
}

/** The machine's side of one face, and who asks that one. */
export class FaceMachine implements AsyncDisposable {
  readonly folder: string;
  readonly httpAddress = `127.0.0.1:${freePort()}`;
  readonly #tlsPort = freePort();
  readonly #machine: ApidMachine;
  readonly #certificates: CallerCertificates;

  private constructor(folder: string, machine: ApidMachine, certificates: CallerCertificates) {
    this.folder = folder;
    this.#machine = machine;
    this.#certificates = certificates;
  }

  /** Listens for the face in `folder`, which it makes. */
  static async start(folder: string, certificates: CallerCertificates): Promise<FaceMachine> {
    await Deno.mkdir(folder);
    await Deno.chmod(folder, APID_DIRECTORY_MODE);
    const machine = await ApidMachine.make(folder);
    const made = new FaceMachine(folder, machine, certificates);
    const { state } = machine;
    await state.create(RESOURCE);
    const { ca, server } = certificates;
    const [hostname = "", port = ""] = made.httpAddress.split(":");
    await seedApid(state, {
      settings: {
        http: { hostname, port: Number(port) },
        tls: { hostname, port: made.#tlsPort },
      },
      token: undefined,
      certificates: { ...server, ca },
    });
    await machine.start();
    for (const socket of [machine.machineSocket, machine.stateSocket]) {
      await Deno.chown(socket, APID_UID, APID_UID);
    }
    return made;
  }

  /** Asks until both are answered: `/livez` in clear, and a Get by gRPC over TLS. @throws {Error} One never was. */
  async answers(): Promise<Answers> {
    const url = new URL(`http://${this.httpAddress}/livez`);
    const livez = untilDone("/livez", async (signal) => {
      const status = await httpStatus(url, signal);
      if (status !== 200) throw new Error(`it answers ${status}`);
    });
    const grpc = untilDone("Get", (signal) => this.#get(signal));
    const [livezMs, grpcMs] = await Promise.all([livez, grpc]);
    return { livezMs, grpcMs };
  }

  /** By a connection of its own. */
  async #get(signal: AbortSignal): Promise<void> {
    const { clock, random, types } = this.#machine;
    const { ca, admin } = this.#certificates;
    const place = { hostname: "127.0.0.1", port: this.#tlsPort };
    using client = http2Client({ dial: dialTls(place, { ca, ...admin }), clock, random });
    const transport = http2Transport({ client, protocol: "grpc", clock });
    await stateClient(transport, { types, clock, random }).get(RESOURCE.metadata, { signal });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#machine[Symbol.asyncDispose]();
  }
}

/** What the kept face stands on. */
export interface KeptPlaces {
  readonly kernel: Kernel;
  /** A directory of cgroups that is not there yet. */
  readonly cgroup: string;
  /** The agent's file. */
  readonly program: string;
  /** What V8 made of its code. */
  readonly code: string;
}

/** A face as a machine keeps it: supervised, in its cgroup and its own root. Begun when made. */
export class KeptFace implements AsyncDisposable {
  readonly #supervisor: Supervisor;
  readonly #remove: () => void;
  #aheadMs = 0;

  constructor({ kernel, cgroup, program, code }: KeptPlaces, machine: FaceMachine) {
    makeCgroup(kernel, cgroup, {});
    this.#remove = () => removeCgroup(kernel, cgroup);
    enableControllers(cgroup);
    const [clock, random] = [systemClock(), systemRandom()];
    this.#supervisor = new Supervisor({
      processes: serviceProcesses(kernel),
      cgroups: serviceCgroups(kernel, cgroup),
      conditions: serviceConditions(kernel),
      probe: healthProbe({ kernel, clock, random }),
      clock: {
        now: () => clock.now(),
        monotonicMs: () => clock.monotonicMs() + this.#aheadMs,
        sleep: (milliseconds, options) => clock.sleep(milliseconds, options),
      },
      random,
      log: errorLog(),
    });
    this.#supervisor.apply(new Map([[APID_SERVICE, keptSpec({ program, code }, machine)]]));
  }

  get view(): ServiceView {
    const runner = this.#supervisor.runner(APID_SERVICE);
    if (runner === undefined) throw new Error(`There is no service ${APID_SERVICE}`);
    return runner.view;
  }

  /** Has the supervisor see it as one that ran for a minute: the next pause is the first of all. */
  settle(): void {
    this.#aheadMs += SETTLED_MS;
  }

  /** Resolves to the time of the first change from now on after which it is as wanted, in the turn of that change. */
  becomes(wanted: (view: ServiceView) => boolean): Promise<number> {
    return new Promise((resolve) => {
      const following = this.#supervisor.onChange(({ view }) => {
        if (!wanted(view)) return;
        resolve(performance.now());
        following[Symbol.dispose]();
      });
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#supervisor.stopAll(END_MS_MAX);
    this.#remove();
  }
}

/** The program as it is begun by anybody, by root and with all that is there. Disposing of it kills it. */
export function bareFace(program: string, { folder }: FaceMachine): AsyncDisposable {
  const [, ...words] = APID_LAUNCH.command;
  const child = new Deno.Command(program, {
    args: words.map((word) => word.replace(APID_DIRECTORY, folder)),
    clearEnv: true,
    env: { HOME: folder, NO_COLOR: "1" },
    detached: true,
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  return {
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await child.status;
    },
  };
}

/** The machine's own wish, with this host's places in the place of the machine's. */
function keptSpec(
  { program, code }: Pick<KeptPlaces, "program" | "code">,
  { folder, httpAddress }: FaceMachine,
) {
  const wish = apidService(httpAddress);
  if (!serviceSpec.is(wish)) throw new Error(`Cannot keep ${wish.metadata.type}: it is no service`);
  const { spec } = wish;
  const sources = new Map([
    [APID_LAUNCH.command[0], program],
    [APID_DIRECTORY, folder],
    [CODE_CACHE, code],
  ]);
  const parts = spec.root?.parts.map((part) => ({
    ...part,
    source: sources.get(part.target) ?? part.source,
  }));
  return { ...spec, ...(spec.root && parts && { root: { ...spec.root, parts } }) };
}

/** Groups below have the bounds that this host lends. */
function enableControllers(cgroup: string): void {
  const known = Deno.readTextFileSync(join(cgroup, "cgroup.controllers")).trim();
  if (known === "") return;
  const words = known.split(" ").map((each) => `+${each}`).join(" ");
  Deno.writeTextFileSync(join(cgroup, "cgroup.subtree_control"), words);
}

/** A port of loopback that nobody has. */
function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

/** Tries until it goes well. @returns When it did. @throws {Error} It did not in time. */
async function untilDone(
  what: string,
  attempt: (signal: AbortSignal) => Promise<void>,
): Promise<number> {
  const lateMs = performance.now() + ANSWER_MS_MAX;
  for (;;) {
    try {
      await attempt(AbortSignal.timeout(ASK_MS_MAX));
      return performance.now();
    } catch (cause) {
      if (performance.now() > lateMs) {
        throw new Error(`Cannot measure: ${what} is not answered in ${ANSWER_MS_MAX} ms`, {
          cause,
        });
      }
    }
    await new Promise((resolve) => setTimeout(resolve, ASK_PAUSE_MS));
  }
}
