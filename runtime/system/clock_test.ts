import { clockConformance } from "../../tests/conformance/clock.ts";
import { FakeClock } from "../../tests/fakes/clock.ts";
import { systemClock } from "./clock.ts";

clockConformance("systemClock()", () => ({
  clock: systemClock(),
  pass: () => Promise.resolve(), // It does so by itself.
}));
clockConformance("FakeClock", () => {
  const clock = new FakeClock();
  return { clock, pass: (milliseconds) => clock.advance(milliseconds) };
});
