/** The machine's network face: wished for early, since its runtime starts beside the boot, and waited for at its end. */
import type { Kernel } from "../fs/kernel/kernel.ts";
import { networkFaceController } from "../runtime/controllers/runtime/network_face.ts";
import { watchFor } from "../runtime/core/watch_for.ts";
import { linkedAbort } from "../runtime/core/linked_abort.ts";
import { ServiceHealth, serviceStatus } from "../runtime/resources/service.ts";
import type { Agent } from "./agent.ts";
import { seedApid } from "./apid_faces.ts";
import { APID_SERVICE } from "./apid_launch.ts";
import { apidService } from "./apid_service.ts";
import { APID_DIRECTORY, APID_DIRECTORY_MODE } from "./apid_sockets.ts";
import { httpText } from "./listen_address.ts";
import type { MachineSettings } from "./machine_settings.ts";
import type { Timeline } from "./timeline.ts";
import { foundTls } from "./tls_files.ts";

/** Milliseconds the boot waits for it: on a machine with busy processors its start takes some seconds. */
export const FACE_MS_MAX = 30_000;

/** Has it kept, and begun where it was not yet. Its sockets' directory must be there before it sees it: it is tried until then. */
export async function keepNetworkFace(
  { engine }: Pick<Agent, "engine">,
  kernel: Kernel,
  { http }: Pick<MachineSettings, "http">,
): Promise<void> {
  const httpAddress = httpText(http);
  // First: what was begun already must not stay unkept for want of a directory, which it has.
  await engine.register(networkFaceController({ httpAddress, serviceAt: apidService }));
  kernel.mkdir(APID_DIRECTORY, APID_DIRECTORY_MODE);
}

/** What it is told from outside. */
export interface ToldFace {
  readonly kernel: Kernel;
  readonly timeline: Timeline;
  readonly settings: MachineSettings;
}

/** Tells it where to listen, for whom and as whom. What cannot be read is told, and it goes without. */
export async function tellNetworkFace(
  { state }: Pick<Agent, "state">,
  { kernel, timeline, settings }: ToldFace,
): Promise<void> {
  const token = await timeline.attempt("token", (note) => {
    const found = settings.token(kernel);
    note.detail = found === undefined ? "none: only health and version answer on TCP" : "";
    return found;
  });
  const certificates = await timeline.attempt("certificates", (note) => {
    const found = foundTls(kernel);
    note.detail = found === undefined ? "none: nobody is listened for on TLS" : "";
    if (found && "error" in found) throw found.error;
    return found?.certificates;
  });
  await seedApid(state, { settings, token, certificates });
}

/** Waits until it answers, at most {@linkcode FACE_MS_MAX}. @returns Whether it does. */
export async function networkFaceAnswers(
  { state, clock }: Pick<Agent, "state" | "clock">,
  { mostMs = FACE_MS_MAX, signal }: {
    readonly mostMs?: number | undefined;
    readonly signal: AbortSignal;
  },
): Promise<boolean> {
  const over = new AbortController();
  using link = linkedAbort(signal, over.signal);
  const { namespace, type } = serviceStatus;
  const healthy = watchFor(state, { namespace, type, id: APID_SERVICE }, {
    events: ["created", "updated"],
    predicate: (each) => serviceStatus.is(each) && each.spec.health === ServiceHealth.HEALTHY,
    signal: link.signal,
  });
  const late = clock.sleep(mostMs, { signal: link.signal }).then(() => false, () => false);
  try {
    return await Promise.race([healthy.then(() => true, () => late), late]);
  } finally {
    over.abort();
  }
}
