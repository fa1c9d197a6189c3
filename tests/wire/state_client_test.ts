/**
 * The state over the wire does what a state must. What a history of a given size holds is the server's: how far a watch may
 * lag is more over the wire, by what is on its way.
 */
import { stateConformance } from "../conformance/state.ts";
import { RemoteState } from "../fakes/remote_state.ts";

for (const protocol of ["grpc", "connect"] as const) {
  stateConformance(
    `stateClient() by ${protocol}`,
    () => Promise.resolve(new RemoteState({ protocol })),
  );
}
