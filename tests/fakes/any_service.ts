/** Any service, served as the API serves its own, to callers who may all. */
import type { ServiceImpl } from "@connectrpc/connect";
import type { DescService } from "@bufbuild/protobuf";
import { LOCAL_ADMIN } from "../../api/authorization/roles.ts";
import { servedRoutes } from "../../api/connect_routes.ts";
import { httpHandler } from "../../api/grpc/exchange_request.ts";
import { grpcServer } from "../../api/grpc/grpc_server.ts";
import { serviceMethods } from "../../api/grpc/service_methods.ts";
import type { ExchangeHandler } from "../../api/http2/exchange.ts";
import type { Clock, Log, Random } from "../../runtime/core/ports.ts";

/** What it is served with. */
export interface AnyServiceParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly signal: AbortSignal;
  /** Bytes of one message of a request; those of the API unless given. */
  readonly messageBytesMax?: number;
}

/** A service, for listeners. */
export interface AnyServed {
  /** Answers Connect and gRPC-Web. */
  handle(request: Request): Promise<Response>;
  /** Answers HTTP/2: gRPC, and what `handle` answers. */
  readonly exchange: ExchangeHandler;
}

/** Serves it. */
export function anyService<Service extends DescService>(
  service: Service,
  implementation: Partial<ServiceImpl<Service>>,
  parts: AnyServiceParts,
): AnyServed {
  const services = [service];
  const routes = servedRoutes({
    ...parts,
    services,
    add: (router) => void router.service(service, implementation),
  });
  const handle: AnyServed["handle"] = (request) =>
    routes.handle({
      request,
      url: new URL(request.url),
      caller: { identity: LOCAL_ADMIN, request: "" },
    });
  const exchange = grpcServer({
    ...parts,
    methods: new Map(serviceMethods(service, implementation)),
    services,
    access: { admit: () => LOCAL_ADMIN },
    http: httpHandler(handle, parts.log),
  });
  return { handle, exchange };
}
