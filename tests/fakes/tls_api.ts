/** An API behind TLS, made anew for each call, so that one call cannot spoil what the next one asks for. */
import { listenTls, type TlsListening } from "../../api/listen_tls.ts";
import { newMetadata } from "../../runtime/core/metadata.ts";
import { OpaqueSpec } from "../../runtime/core/opaque.ts";
import { MACHINE_NAMESPACES } from "../../runtime/resources/machine_types.ts";
import { registerTypes, resourceDefinitionType } from "../../runtime/resources/meta.ts";
import { systemClock } from "../../runtime/system/clock.ts";
import { type ApiFixture, apiFixture } from "./api.ts";
import type { CallerCertificates } from "./caller_certificates.ts";
import { FakeLog } from "./log.ts";
import { SECRETS, typesWithSecrets } from "./secrets.ts";

/** A listener, and what stands behind it now. */
export class TlsApi implements AsyncDisposable {
  readonly #stop = new AbortController();
  #fixture: ApiFixture | undefined;
  #listening: TlsListening | undefined;
  /** Requests that reached the API since it was made anew. */
  asked = 0;

  static async open({ server, ca }: CallerCertificates): Promise<TlsApi> {
    const made = new TlsApi();
    made.#listening = await listenTls({
      hostname: "127.0.0.1",
      port: 0,
      certificates: { ...server, ca },
      handler: (exchange) => made.#now().api.exchange(exchange),
      handle: (request, arrival) => made.#now().api.handle(request, arrival),
      clock: systemClock(),
      log: new FakeLog(),
      signal: made.#stop.signal,
    });
    return made;
  }

  get port(): number {
    return this.#listening?.port ?? 0;
  }

  #now(): ApiFixture {
    if (this.#fixture === undefined) throw new Error("renew() comes first");
    this.asked++;
    return this.#fixture;
  }

  /**
   * Makes the API anew: types are declared, `os/test` among them as callers declare types, and there is one secret,
   * `runtime/Secrets.test.strata/key`.
   */
  async renew(setUp: (fixture: ApiFixture) => Promise<unknown> | void = () => {}): Promise<void> {
    this.#fixture?.stop.abort();
    const types = typesWithSecrets();
    const fixture = apiFixture({ types });
    const { state } = fixture;
    await registerTypes(state, { namespaces: MACHINE_NAMESPACES, types });
    await state.create(resourceDefinitionType.newResource("os/test", { resourceType: "os/test" }));
    await state.create(SECRETS.newResource("key", { contents: "hush", mode: 0o600 }));
    await state.create({
      metadata: newMetadata({ namespace: "default", type: "os/test", id: "there" }),
      spec: new OpaqueSpec(undefined, "1\n"),
    });
    await setUp(fixture);
    this.#fixture = fixture;
    this.asked = 0;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#fixture?.stop.abort();
    this.#stop.abort();
    await this.#listening?.closed;
  }
}
