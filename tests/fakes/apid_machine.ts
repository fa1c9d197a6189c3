/** The machine's side of apid, on sockets in a folder of the test: it ends and comes back, and its state stays. */
import { createApi } from "../../api/api.ts";
import { type Http2Listening, listenHttp2 } from "../../api/listen_http2.ts";
import { stateFace } from "../../api/state_face.ts";
import { apidState } from "../../roles/apid_faces.ts";
import { MACHINE_NAMESPACES, machineTypes } from "../../runtime/resources/machine_types.ts";
import { registerTypes, resourceDefinitionType } from "../../runtime/resources/meta.ts";
import { type MemoryState, memoryState } from "../../runtime/state/memory.ts";
import { systemClock } from "../../runtime/system/clock.ts";
import { systemRandom } from "../../runtime/system/random.ts";
import { FakeMachine } from "./api.ts";
import { FakeGraph } from "./graph.ts";
import { FakeLog } from "./log.ts";

/** The machine, begun and ended as often as a test likes. */
export class ApidMachine implements AsyncDisposable {
  readonly clock = systemClock();
  readonly random = systemRandom();
  readonly types = machineTypes();
  readonly state: MemoryState = memoryState({ clock: this.clock, random: this.random });
  readonly log = new FakeLog();
  readonly machineSocket: string;
  readonly stateSocket: string;
  /** Root's own: calls of what runs beside it on the machine. */
  readonly localSocket: string;
  /** Calls of apid's callers that came through. */
  calls = 0;
  #running:
    | { readonly stop: AbortController; readonly listening: readonly Http2Listening[] }
    | undefined;
  #watches = () => 0;

  private constructor(folder: string) {
    this.machineSocket = `${folder}/machine.sock`;
    this.stateSocket = `${folder}/state.sock`;
    this.localSocket = `${folder}/strata.sock`;
  }

  /** Types are declared, and `os/test` among them. Nothing listens yet. */
  static async make(folder: string): Promise<ApidMachine> {
    const made = new ApidMachine(folder);
    const { state, types } = made;
    await registerTypes(state, { namespaces: MACHINE_NAMESPACES, types });
    await state.create(resourceDefinitionType.newResource("os/test", { resourceType: "os/test" }));
    return made;
  }

  /** Watches of callers that are open. */
  get watches(): number {
    return this.#watches();
  }

  async start(): Promise<void> {
    const stop = new AbortController();
    const { clock, random, log, state, types } = this;
    const parts = { state, types, clock, random, log, signal: stop.signal };
    const api = createApi({
      ...parts,
      machine: new FakeMachine(),
      graph: new FakeGraph(),
      health: () => ({ ready: true, unmet: [] }),
      reservedOwner: () => false,
    });
    this.#watches = () => api.watches;
    const ports = { clock, log, signal: stop.signal, limits: { closeGraceMs: 0 } };
    const machine = await listenHttp2({
      ...ports,
      address: { path: this.machineSocket, mode: 0o600, by: "apid" },
      handler: (exchange) => {
        this.calls++;
        api.exchange(exchange);
      },
    });
    const face = stateFace({ ...parts, state: apidState(state) });
    const address = { path: this.stateSocket, mode: 0o600 };
    const looked = await listenHttp2({ ...ports, address, handler: face });
    const local = await listenHttp2({
      ...ports,
      address: { path: this.localSocket, mode: 0o600 },
      handler: api.exchange,
    });
    this.#running = { stop, listening: [machine, looked, local] };
  }

  async stop(): Promise<void> {
    this.#running?.stop.abort();
    await Promise.all(this.#running?.listening.map(({ closed }) => closed) ?? []);
    this.#running = undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}
