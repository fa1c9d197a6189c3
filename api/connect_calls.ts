/** Calls over Connect and gRPC-Web, as the API holds them: what answers them is loaded with the first. */
import type { ConnectParts, ConnectRoutes } from "./connect_routes.ts";
import { SERVICES } from "./grpc/served_methods.ts";
import { isProcedure } from "./procedure_path.ts";

/** The RPCs of this process. The library's part of them takes a tenth of a boot to read, and gRPC does without it. */
export function connectCalls(parts: ConnectParts): ConnectRoutes {
  let routes: ConnectRoutes | undefined;
  let coming: Promise<ConnectRoutes> | undefined;
  return {
    procedures: SERVICES.flatMap(({ typeName, methods }) =>
      methods.map(({ name }) => `/${typeName}/${name}`)
    ),
    matches: isProcedure,
    handle(call) {
      if (routes !== undefined) return routes.handle(call);
      coming ??= import("./connect_routes.ts")
        .then(({ connectRoutes }) => routes = connectRoutes(parts));
      return coming.then((loaded) => loaded.handle(call));
    },
  };
}
