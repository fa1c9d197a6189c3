// @ts-types="../../types/std_assert.d.ts"
import { assertRejects, assertStrictEquals } from "@std/assert";
import { FakeClock } from "../../tests/fakes/clock.ts";
import { patientDial } from "./dial.ts";
import type { Duplex } from "../http2/duplex.ts";

const { NotFound, PermissionDenied, ConnectionRefused, NotADirectory } = Deno.errors;

Deno.test("patientDial() tries again while the server is not there yet", async () => {
  const clock = new FakeClock();
  const refusals: Error[] = [new NotFound(), new PermissionDenied(), new ConnectionRefused()];
  const made = {} as Duplex;
  const dial = patientDial(() => {
    const refusal = refusals.shift();
    return refusal === undefined ? Promise.resolve(made) : Promise.reject(refusal);
  }, clock);
  const dialled = dial(new AbortController().signal);
  for (let attempt = 0; attempt < 3; attempt++) {
    await clock.sleeping();
    await clock.advance(20);
  }
  assertStrictEquals(await dialled, made);
});

Deno.test("patientDial() waits as long as the attempt may take, and not for what will not change", async () => {
  const clock = new FakeClock();
  const patient = patientDial(() => Promise.reject(new NotFound()), clock);
  const over = new AbortController();
  const waiting = patient(over.signal);
  await clock.sleeping();
  over.abort(new DOMException("it is late", "TimeoutError"));
  await assertRejects(() => waiting, DOMException, "it is late");
  const hopeless = patientDial(() => Promise.reject(new NotADirectory("no")), clock);
  await assertRejects(() => hopeless(new AbortController().signal), NotADirectory);
});
