/** Asks the probe of a test image over the API, as any client would. */
import { PROBE_ANSWERS, PROBE_REQUESTS, type ProbeAnswer, type ProbeRequest } from "./probe.ts";
import type { TestMachine } from "./machine.ts";

/** Milliseconds a probe may take: a digest of the whole root under emulation is the longest. */
const ANSWER_MS_MAX = 120_000;

/** Milliseconds between two looks for the answer. */
const LOOK_EVERY_MS = 50;

let asked = 0;

/** Asks and waits for the answer. @throws An error when there is none in time. */
export async function probe(machine: TestMachine, request: ProbeRequest): Promise<ProbeAnswer> {
  const id = `probe-${++asked}`;
  const { namespace, type } = PROBE_REQUESTS;
  const created = await machine.http(`/api/v1/resources/${namespace}/${type}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({
      metadata: { id, namespace, type },
      spec: { yaml: JSON.stringify(request) },
    }),
  });
  const text = await created.text();
  if (created.status !== 201) throw new Error(`Cannot ask the probe: ${created.status} ${text}`);
  return await answer(machine, id);
}

async function answer(machine: TestMachine, id: string): Promise<ProbeAnswer> {
  const path = `/api/v1/resources/${PROBE_ANSWERS.namespace}/${PROBE_ANSWERS.type}/${id}`;
  const untilMs = performance.now() + ANSWER_MS_MAX;
  while (performance.now() < untilMs) {
    const response = await machine.http(path);
    const body = await response.json();
    if (response.status === 200) return JSON.parse(body.spec.yaml);
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
  throw new Error(`Cannot hear from the probe: no answer to ${id} within ${ANSWER_MS_MAX} ms`);
}
