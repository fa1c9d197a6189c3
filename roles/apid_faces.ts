/** The machine's side of its network face: the two sockets, and what the face is told. */
import type { Api } from "../api/api.ts";
import type { Http2ListenOptions } from "../api/listen_http2.ts";
import { stateFace } from "../api/state_face.ts";
import type { TlsCertificates } from "../api/tls_certificates.ts";
import type { Kernel } from "../fs/kernel/kernel.ts";
import { StateError } from "../runtime/core/errors.ts";
import type { Clock, Log, Random } from "../runtime/core/ports.ts";
import type { ResourceTypes } from "../runtime/core/resource_types.ts";
import type { LocalState, State } from "../runtime/core/state.ts";
import { apiCertificate, apiListener } from "../runtime/resources/apid.ts";
import { API_ID } from "../runtime/resources/apid_kinds.ts";
import { filteredState } from "../runtime/state/filtered.ts";
import {
  APID_DIRECTORY,
  APID_DIRECTORY_MODE,
  APID_SOCKET_MODE,
  APID_UID,
  MACHINE_SOCKET,
  STATE_SOCKET,
} from "./apid_sockets.ts";
import { keepSocket, type Listener } from "./kept_socket.ts";
import { httpText } from "./listen_address.ts";
import type { MachineSettings } from "./machine_settings.ts";

/** What the face may look at. */
const SEEN: readonly string[] = [apiListener.type, apiCertificate.type];

/** What the sockets stand on. */
export interface FaceParts {
  readonly state: LocalState;
  readonly types: ResourceTypes;
  /** Answers what the face passes on. */
  readonly handler: Api["exchange"];
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Aborts when the agent ends. */
  readonly signal: AbortSignal;
  listen(options: Http2ListenOptions): Promise<Listener>;
}

/** What the face is told at the boot. */
export interface FaceSeeds {
  readonly settings: Pick<MachineSettings, "http" | "tls">;
  readonly token: string | undefined;
  readonly certificates: TlsCertificates | undefined;
}

/** The state as the face sees it: its own kinds, and nothing to be written. */
export function apidState(state: LocalState): LocalState {
  return filteredState(state, ({ verb, type }) => {
    const isReading = verb === "get" || verb === "list" || verb === "watch";
    if (isReading && SEEN.includes(type)) return;
    const detail = `${verb} of ${type.slice(0, 256)} is not for apid, which may read ${
      SEEN.join(", ")
    }`;
    throw new StateError({ refusal: "access-denied", detail });
  });
}

/** Opens both sockets for the face's user alone. @throws As {@linkcode keepSocket}, with what is open closed by the signal. */
export async function openApidSockets(
  kernel: Kernel,
  parts: FaceParts,
): Promise<readonly Listener[]> {
  const { state, types, clock, random, log, signal } = parts;
  const looked = stateFace({ state: apidState(state), types, clock, random, log, signal });
  const owner = { uid: APID_UID, gid: APID_UID };
  const keep = (path: string, handler: Http2ListenOptions["handler"], by?: "apid") =>
    keepSocket(kernel, {
      path,
      clock,
      log,
      signal,
      listen: async (until) => {
        kernel.chmod(APID_DIRECTORY, APID_DIRECTORY_MODE);
        const address = { path, mode: APID_SOCKET_MODE, owner, ...(by && { by }) };
        return await parts.listen({ address, handler, clock, log, signal: until });
      },
    });
  return [await keep(MACHINE_SOCKET, parts.handler, "apid"), await keep(STATE_SOCKET, looked)];
}

/** Creates what the face is told: nobody's, so that callers of the API may change it. */
export async function seedApid(
  state: State,
  { settings, token, certificates }: FaceSeeds,
): Promise<void> {
  const cause = { cause: { actor: "boot" } };
  const listener = apiListener.newResource(API_ID, {
    httpAddress: httpText(settings.http),
    tlsAddress: httpText(settings.tls),
    token: token ?? "",
  });
  await state.create(listener, cause);
  if (certificates === undefined) return;
  const { cert, key, ca } = certificates;
  const spec = { certificate: cert, key, clientAuthorities: ca };
  await state.create(apiCertificate.newResource(API_ID, spec), cause);
}
