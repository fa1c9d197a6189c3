/** What VM tests ask of a machine, in the words of its users: the HTTP API and the shipped command line. */
// @ts-types="types/std_assert.d.ts"
import { assertEquals } from "@std/assert";
import type { TestMachine } from "./machine.ts";

/** The shipped binary, relative to the checkout. */
const STRATA = "dist/strata";

/** Longest wait for a state to come about, under emulation on a busy host. */
const UNTIL_MS_MAX = 120_000;

const LOOK_MS = 100;

/** After that an answer is not waited for where the machine may be gone. */
const LATE_MS = 3_000;

const MACHINE_STATUS = "runtime/MachineStatuses.runtime.strata/machine";

/** A resource as the HTTP API gives it. */
export interface Answered {
  readonly metadata: { readonly id: string; readonly version: string };
  readonly spec: Readonly<Record<string, unknown>>;
}

/** Gets `NAMESPACE/TYPE/ID`. */
export async function resource(
  machine: TestMachine,
  path: string,
  signal?: AbortSignal,
): Promise<Answered> {
  const response = await machine.http(`/api/v1/resources/${path}`, signal ? { signal } : {});
  const body = await response.json();
  assertEquals(response.status, 200, `${path}: ${JSON.stringify(body)}`);
  return body;
}

/** Creates a resource in `NAMESPACE/TYPE`. */
export async function createResource(
  machine: TestMachine,
  kind: string,
  resource: { readonly id: string; readonly spec: Readonly<Record<string, unknown>> },
): Promise<void> {
  const { id, spec } = resource;
  const response = await machine.http(`/api/v1/resources/${kind}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ metadata: { id }, spec }),
  });
  assertEquals(response.status, 201, await response.text());
}

/** Has /etc/hosts give `name` an address. */
export async function giveHost(
  machine: TestMachine,
  name: string,
  address: string,
): Promise<void> {
  const spec = { addresses: [address] };
  await createResource(machine, "network/StaticHostSpecs.network.strata", { id: name, spec });
}

/** The one MachineStatus. */
export async function machineStatusOf(machine: TestMachine): Promise<Answered["spec"]> {
  return (await resource(machine, MACHINE_STATUS)).spec;
}

/** Runs `strata ARGS` against the machine. */
export async function strata(
  machine: TestMachine,
  ...args: readonly string[]
): Promise<{ code: number; stdout: string; stderr: string }> {
  const { code, stdout, stderr } = await new Deno.Command(STRATA, {
    args: [...args],
    env: { STRATA_ENDPOINT: machine.endpoint, STRATA_TOKEN: machine.token, NO_COLOR: "1" },
  }).output();
  const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
  return { code, stdout: text(stdout), stderr: text(stderr) };
}

/** The text of a file of the machine. */
export async function readFile(machine: TestMachine, path: string): Promise<string> {
  const { code, stdout, stderr } = await strata(machine, "read", path);
  assertEquals([code, stderr], [0, ""], path);
  return stdout;
}

/** Waits until `look` finds something. @throws Naming `what`, when it never does. */
export async function until<T>(what: string, look: () => Promise<T | undefined>): Promise<T> {
  const deadlineMs = performance.now() + UNTIL_MS_MAX;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (performance.now() > deadlineMs) throw new Error(`Cannot wait longer for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}

/** Waits until the machine is ready in another boot than `bootId`. @returns Its status. */
export async function nextBoot(
  machine: TestMachine,
  bootId: unknown,
): Promise<Answered["spec"]> {
  return await until("the next boot", async () => {
    try {
      // One that is being reset takes a request and never answers it.
      const signal = AbortSignal.timeout(LATE_MS);
      const status = (await resource(machine, MACHINE_STATUS, signal)).spec;
      return status["bootId"] !== bootId && status["ready"] === true ? status : undefined;
    } catch {
      return undefined; // Not up yet.
    }
  });
}
